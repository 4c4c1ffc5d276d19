use serde_json::{json, Value};

pub fn handler() -> Value {
    json!({ "package": format!("itoa {}", itoa::Buffer::new().format(4711)) })
}
