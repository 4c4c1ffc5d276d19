use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{json, Value};

static COUNT: AtomicU64 = AtomicU64::new(0);

pub fn handler(_: Value) -> Value {
    json!({ "count": COUNT.fetch_add(1, Ordering::Relaxed) + 1, "pid": std::process::id() })
}
