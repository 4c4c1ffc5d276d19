use serde_json::Value;

pub fn handler(event: Value) -> Value {
    event["secrets"].clone()
}
