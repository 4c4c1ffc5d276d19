//! The headers of an answer: from JSON, and what of them may be sent.

use serde_json::Value;

use crate::output::OUTPUT;
use crate::values::describe;

/// The `headers` of an envelope flat; a value may be a list, null is left out.
///
/// # Errors
/// What is no set of names and values.
pub fn read_headers(value: &Value, headers: &mut Vec<(String, String)>) -> Result<(), String> {
    let pairs = match value {
        Value::Null => return Ok(()),
        Value::Object(pairs) => pairs,
        other => return Err(format!("`headers` is {}; use an object of names and values.", describe(other))),
    };
    for (name, value) in pairs {
        match value {
            Value::Array(values) => {
                for value in values {
                    read_header(name, value, headers)?;
                }
            }
            value => read_header(name, value, headers)?,
        }
    }
    Ok(())
}

fn read_header(name: &str, value: &Value, headers: &mut Vec<(String, String)>) -> Result<(), String> {
    let text = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        other => {
            return Err(format!("Header `{}` is {}; use text, a number or a list of them.", name, describe(other)))
        }
    };
    headers.push((name.to_owned(), text));
    Ok(())
}

/// Leaves out, with a log line, a name that is no HTTP token, and a value with CR, LF or NUL: one bad header, often a user's
/// input, must not turn an answer into an error.
pub fn drop_unsafe(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, value)| {
        let problem = if !is_token(name) {
            "its name is not valid in HTTP"
        } else if value.contains(&['\r', '\n', '\0'][..]) {
            "its value has a line break or NUL"
        } else {
            return true;
        };
        OUTPUT.write(2, format!("header {:?} was left out: {}\n", name, problem).as_bytes());
        false
    });
}

/// The first value of that name (lower case).
pub fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// RFC 9110 token.
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
