//! What the JSON that a handler returned means (SPEC §8).

use serde_json::{Map, Value};

use crate::base64;
use crate::cookie::read_cookies;
use crate::headers::read_headers;
use crate::response::{Body, Response};
use crate::values::describe;

/// The keys an envelope may have; the first two do not make one by themselves.
const KEYS: [&str; 9] =
    ["status", "statusCode", "headers", "cookies", "body", "is_base64", "isBase64Encoded", "body_base64", "proxy"];
const WEAK_KEYS: usize = 2;

/// # Errors
/// Why it is no response.
pub fn read_value(value: Value) -> Result<Response, String> {
    match value {
        Value::Object(envelope) if is_envelope(&envelope) => read_envelope(envelope),
        other => Ok(Response::new(200).body(Body::Json(other))),
    }
}

fn is_envelope(value: &Map<String, Value>) -> bool {
    let mut strong = false;
    for (key, value) in value {
        match KEYS.iter().position(|known| known == key) {
            None => return false,
            Some(at) => strong |= at >= WEAK_KEYS || value.is_i64() || value.is_u64(),
        }
    }
    strong
}

fn read_envelope(mut envelope: Map<String, Value>) -> Result<Response, String> {
    let mut take = |key: &str| envelope.remove(key).unwrap_or_default();
    let proxy = take("proxy");
    if !proxy.is_null() {
        return Ok(Response::proxy(proxy));
    }
    let mut response = Response::new(200);
    for given in [take("statusCode"), take("status")] {
        if !given.is_null() {
            response.status = given.as_i64().ok_or_else(|| bad_status(&describe(&given)))?;
        }
    }
    read_headers(&take("headers"), &mut response.headers)?;
    for cookie in read_cookies(&take("cookies"))? {
        response.headers.push(("set-cookie".to_owned(), cookie));
    }
    let encoded = take("body_base64");
    let body = take("body");
    let is_base64 = is_true(&take("is_base64")) | is_true(&take("isBase64Encoded"));
    response.body = if !encoded.is_null() {
        Body::Bytes(decode(&encoded, "body_base64")?)
    } else if is_base64 {
        Body::Bytes(decode(&body, "body")?)
    } else {
        Body::Json(body)
    };
    Ok(response)
}

/// # Errors
/// It is no text, or no base64.
pub fn decode(value: &Value, key: &str) -> Result<Vec<u8>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => {
            base64::decode(text).map_err(|problem| format!("`{}` is no valid base64: {}.", key, problem))
        }
        other => Err(format!("`{}` is {}; with base64 it must be text.", key, describe(other))),
    }
}

pub fn bad_status(found: &str) -> String {
    format!("`status` is {}; it must be an integer from 100 to 599.", found)
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}
