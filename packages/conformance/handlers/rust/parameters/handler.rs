use serde_json::{json, Value};

pub fn handler(event: Value, params: Value) -> Value {
    json!({ "id": params["id"], "part": params["part"], "all": event["params"] })
}
