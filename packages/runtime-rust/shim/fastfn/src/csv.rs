//! Rows as CSV (RFC 4180): CRLF line ends, quotes doubled, null empty. SPEC §8, §16.

use serde_json::Value;

use crate::values::describe;

/// A list of objects starts with a header line of the keys in order of first appearance; in a list of lists each is a line as
/// it is.
///
/// # Errors
/// A row is neither, or both kinds are mixed.
pub fn to_csv(rows: &[Value]) -> Result<Vec<u8>, String> {
    let mixed = |at: usize, row: &Value| {
        format!("CSV row {} is {}: a text/csv body is a list of lists, or a list of objects.", at, describe(row))
    };
    let mut csv = String::new();
    if let Some(Value::Array(_)) = rows.first() {
        for (at, row) in rows.iter().enumerate() {
            let cells = row.as_array().ok_or_else(|| mixed(at, row))?;
            line(&mut csv, cells.iter().map(cell));
        }
    } else {
        let mut keys: Vec<&String> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            for key in row.as_object().ok_or_else(|| mixed(at, row))?.keys() {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        if !rows.is_empty() {
            line(&mut csv, keys.iter().map(|key| quoted(key)));
        }
        for row in rows {
            line(&mut csv, keys.iter().map(|key| row.get(key.as_str()).map_or_else(String::new, cell)));
        }
    }
    Ok(csv.into_bytes())
}

fn line(csv: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            csv.push(',');
        }
        csv.push_str(&cell);
    }
    csv.push_str("\r\n");
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    }
}

fn quoted(text: &str) -> String {
    match text.contains(&['"', ',', '\r', '\n'][..]) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_become_lines() {
        for (rows, csv) in [
            (json!([]), ""),
            (json!([{ "b": 1, "a": null }, { "a": "x\"y", "c": "1,2" }]), "b,a,c\r\n1,,\r\n,\"x\"\"y\",\"1,2\"\r\n"),
            (json!([[1, "a"], [true, 2.5, [1, 2]]]), "1,a\r\ntrue,2.5,\"[1,2]\"\r\n"),
        ] {
            assert_eq!(String::from_utf8(to_csv(rows.as_array().unwrap()).unwrap()).unwrap(), csv);
        }
        assert!(to_csv(&[json!([1]), json!({})]).unwrap_err().contains("row 1 is an object"));
        assert!(to_csv(&[json!(1)]).unwrap_err().contains("row 0"));
    }
}
