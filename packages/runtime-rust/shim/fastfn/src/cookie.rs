//! The `cookies` of an envelope as `Set-Cookie` values.

use serde_json::{Map, Value};

use crate::headers::is_token;
use crate::http_date::http_date;
use crate::values::describe;

/// A text is taken as it is; an object needs `name` and `value` and may have `path`, `domain`, `max_age` (`maxAge`, seconds),
/// `expires` (text, or epoch milliseconds), `http_only`, `secure`, `same_site`, `partitioned`, `priority` (camelCase also).
///
/// # Errors
/// A sentence that names the entry.
pub fn read_cookies(value: &Value) -> Result<Vec<String>, String> {
    let list = match value {
        Value::Null => &[][..],
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    };
    let read = |(at, cookie): (usize, &Value)| match cookie {
        Value::String(text) => Ok(text.clone()),
        Value::Object(parts) => write(parts).map_err(|problem| format!("`cookies[{}]` is no cookie: {}", at, problem)),
        other => {
            Err(format!("`cookies[{}]` is {}; use text, or an object with `name` and `value`.", at, describe(other)))
        }
    };
    list.iter().enumerate().map(read).collect()
}

fn write(cookie: &Map<String, Value>) -> Result<String, String> {
    let get = |keys: [&str; 2]| keys.iter().filter_map(|key| cookie.get(*key)).find(|value| !value.is_null());
    let name = match cookie.get("name") {
        Some(Value::String(name)) if is_token(name) => name,
        other => {
            let found = describe(other.unwrap_or(&Value::Null));
            return Err(format!("`name` must be a non-empty token, not {}.", found));
        }
    };
    let mut text = format!("{}={}", name, quoted(&plain(cookie.get("value").unwrap_or(&Value::Null))));
    let mut add = |label: &str, value: &str| {
        text.push_str("; ");
        text.push_str(label);
        if !value.is_empty() {
            text.push('=');
            text.push_str(value);
        }
    };
    if let Some(age) = get(["max_age", "maxAge"]) {
        let seconds = age.as_f64().or_else(|| age.as_str()?.parse().ok());
        add("Max-Age", &format!("{}", seconds.ok_or("`max_age` must be a number of seconds.")? as i64));
    }
    if let Some(domain) = get(["domain", "domain"]) {
        add("Domain", &attribute("domain", plain(domain))?);
    }
    if let Some(path) = get(["path", "path"]) {
        add("Path", &attribute("path", plain(path))?);
    }
    if let Some(expires) = get(["expires", "expires"]) {
        let date = match expires.as_f64() {
            Some(ms) => http_date(ms).ok_or("`expires` is beyond the years 1970 to 9999.")?,
            None => attribute("expires", plain(expires))?,
        };
        add("Expires", &date);
    }
    for (label, keys) in
        [("HttpOnly", ["http_only", "httpOnly"]), ("Secure", ["secure"; 2]), ("Partitioned", ["partitioned"; 2])]
    {
        if get(keys).map_or(false, |value| value != &Value::Bool(false)) {
            add(label, "");
        }
    }
    if let Some(priority) = get(["priority", "priority"]) {
        add("Priority", &attribute("priority", capitalized(&plain(priority)))?);
    }
    if let Some(same_site) = get(["same_site", "sameSite"]).filter(|value| *value != &Value::Bool(false)) {
        let label = match plain(same_site).to_ascii_lowercase().as_str() {
            "lax" => "Lax",
            "strict" | "true" => "Strict",
            "none" => "None",
            _ => return Err(format!("`same_site` must be lax, strict or none, not {}.", describe(same_site))),
        };
        add("SameSite", label);
    }
    Ok(text)
}

/// The value without the quotes of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn attribute(label: &str, text: String) -> Result<String, String> {
    match text.contains(&[';', '\r', '\n', '\0'][..]) {
        true => Err(format!("`{}` may not hold a semicolon or line break.", label)),
        false => Ok(text),
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase())
}

/// Percent-encoded, as cookie readers expect it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~!'()*".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{:02X}", byte));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cookies_are_written() {
        for (cookie, text) in [
            (json!("a=1; Path=/"), "a=1; Path=/"),
            (json!({ "name": "a", "value": "ü ;" }), "a=%C3%BC%20%3B"),
            (
                json!({ "name": "a", "value": 1, "maxAge": 60, "secure": true, "httpOnly": false }),
                "a=1; Max-Age=60; Secure",
            ),
            (
                json!({ "name": "a", "expires": 0, "sameSite": true }),
                "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Strict",
            ),
            (
                json!({ "name": "a", "priority": "HIGH", "path": "/x", "domain": "d.e" }),
                "a=; Domain=d.e; Path=/x; Priority=High",
            ),
        ] {
            assert_eq!(read_cookies(&json!([cookie])).unwrap(), [text]);
        }
        assert_eq!(read_cookies(&json!("one=1")).unwrap(), ["one=1"]);
        assert!(read_cookies(&Value::Null).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_cookie_is_named() {
        for (cookies, says) in [
            (json!([1]), "`cookies[0]` is the number 1"),
            (json!(["a=1", { "name": "a b" }]), "`cookies[1]` is no cookie: `name`"),
            (json!([{ "name": "a", "path": "/; x" }]), "`path` may not hold"),
            (json!([{ "name": "a", "same_site": "far" }]), "`same_site` must be"),
            (json!([{ "name": "a", "max_age": "soon" }]), "`max_age` must be"),
        ] {
            let problem = read_cookies(&cookies).unwrap_err();
            assert!(problem.contains(says), "{}", problem);
        }
    }
}
