use serde_json::{json, Value};

pub fn handler(event: Value) -> Value {
    json!({ "function_name": event["context"]["function_name"], "id": event["params"]["id"] })
}
