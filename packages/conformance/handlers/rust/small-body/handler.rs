use fastfn::Event;
use serde_json::{json, Value};

pub fn handler(event: Event) -> Value {
    json!({ "size": event.raw_body().len() })
}
