use serde_json::{json, Value};

mod _helper;

// BREAK-HERE
pub fn handler(_: Value) -> Value {
    json!({ "handler": "HANDLER-ONE", "helper": _helper::HELPER })
}
