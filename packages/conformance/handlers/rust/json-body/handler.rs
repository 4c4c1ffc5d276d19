use fastfn::{Error, Event};
use serde_json::{json, Value};

pub fn handler(event: Event) -> Result<Value, Error> {
    Ok(json!({ "received": event.json()? }))
}
