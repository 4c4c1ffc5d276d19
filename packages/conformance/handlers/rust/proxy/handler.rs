use serde_json::{json, Value};

pub fn handler(event: Value) -> Value {
    json!({
        "proxy": {
            "url": event["query"]["url"],
            "path": event["query"]["path"],
            "method": event["method"],
            "headers": { "x-sent": "by the handler" },
            "body": event["body"],
        }
    })
}
