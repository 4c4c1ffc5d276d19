use fastfn::{Answer, IntoAnswer, Response};
use serde_json::{json, Value};

const BYTES: &[u8] = &[0, 255, 128, 10, 13, 0];
const BASE64: &str = "AP+ACg0A";

/// Answers that are JSON values.
fn value(case: &str) -> Option<Value> {
    Some(match case {
        "object" => json!({ "a": 1, "b": [true, null], "c": "ü" }),
        "list" => json!([1, "two", { "three": 3 }]),
        "true" => json!(true),
        "false" => json!(false),
        "empty-object" => json!({}),
        "empty-list" => json!([]),
        "text" => json!("Grüße 👋"),
        "empty-text" => json!(""),
        "html" => json!("<!DOCTYPE html><p>ü</p>"),
        "html-tag" => json!("<HTML><p>x</p>"),
        "almost-html" => json!("<p>x</p>"),
        "number" => json!(42),
        "fraction" => json!(1.5),
        "nothing" => json!(null),

        "status-ok" => json!({ "status": "ok" }),
        "status-success" => json!({ "status": "success", "data": { "id": 1 } }),
        "status-and-more" => json!({ "status": 404, "data": 1 }),
        "body-and-more" => json!({ "body": "x", "other": 1 }),
        "status-true" => json!({ "status": true }),

        "status" => json!({ "status": 202 }),
        "status-code" => json!({ "statusCode": 201, "body": "made" }),
        "no-content" => json!({ "status": 204 }),
        "error-status" => json!({ "status": 418, "body": "teapot" }),
        "body" => json!({ "body": "just this" }),
        "body-null" => json!({ "status": 200, "body": null }),
        "body-object" => json!({ "body": { "a": 1 } }),
        "body-list" => json!({ "body": [1, 2] }),
        "body-html" => json!({ "body": "<html></html>" }),
        "typed" => json!({ "headers": { "content-type": "application/problem+json" }, "body": { "title": "x" } }),
        "typed-case" => json!({ "headers": { "Content-TYPE": "text/x-thing" }, "body": "x" }),
        "headers" => json!({ "headers": { "X-One": "1", "x-two": "zwei" }, "body": "ok" }),
        "header-number" => json!({ "headers": { "x-number": 42 }, "body": "ok" }),
        "header-list" => json!({ "headers": { "Set-Cookie": ["a=1; Path=/", "b=2"] }, "body": "ok" }),
        "header-crlf" => json!({ "headers": { "x-evil": "a\r\nx-injected: 1", "x-good": "yes" }, "body": "ok" }),
        "cookies" => json!({
            "cookies": [
                "a=1; Path=/",
                { "name": "b", "value": "2", "path": "/", "http_only": true, "same_site": "lax", "max_age": 60 },
            ],
            "body": "ok",
        }),
        "base64" => json!({ "headers": { "content-type": "image/png" }, "is_base64": true, "body_base64": BASE64 }),
        "base64-aws" => json!({ "statusCode": 200, "isBase64Encoded": true, "body": BASE64 }),
        "csv" => json!({
            "headers": { "content-type": "text/csv" },
            "body": [{ "name": "Ada", "note": "say \"hi\", ü" }, { "name": "Bob", "note": null }],
        }),
        "csv-lists" => json!({ "headers": { "content-type": "text/csv" }, "body": [[1, "a"], [2, "b,c"]] }),
        "csv-text" => json!({ "headers": { "content-type": "text/csv" }, "body": "x;y\n" }),

        "status-99" => json!({ "status": 99 }),
        "status-600" => json!({ "status": 600, "body": "x" }),
        "status-negative" => json!({ "status": -1 }),
        "status-text" => json!({ "status": "ok", "body": "x" }),
        "status-fraction" => json!({ "status": 200.5, "body": "x" }),
        "base64-broken" => json!({ "is_base64": true, "body_base64": "*** no base64 ***" }),
        _ => return None,
    })
}

pub enum Made {
    Json(Value),
    Response(Response),
}

impl IntoAnswer for Made {
    fn into_answer(self) -> Answer {
        match self {
            Made::Json(value) => value.into_answer(),
            Made::Response(response) => response.into_answer(),
        }
    }
}

pub fn handler(event: Value) -> Made {
    let case = event["query"]["case"].as_str().unwrap_or_default();
    if let Some(value) = value(case) {
        return Made::Json(value);
    }
    Made::Response(match case {
        "bytes" => Response::from(BYTES),
        "native-bytes" => Response::bytes(BYTES).header("content-type", "image/png"),
        "large" => Response::from(vec![b'x'; 17 * 1024 * 1024]),
        "nan" => Response::from(f64::NAN),
        other => panic!("there is no case {other}"),
    })
}
