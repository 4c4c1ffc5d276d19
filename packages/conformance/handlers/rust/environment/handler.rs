use std::env::{current_dir, var};

use serde_json::{json, Value};

pub fn handler(_: Value) -> Value {
    json!({
        "greeting": var("GREETING").ok(),
        "inherited": var("FROM_REAL_ENV").ok(),
        "admin": var("FN_ADMIN_TOKEN").ok(),
        "foreign": var("FOREIGN_VALUE").ok(),
        "path": var("PATH").is_ok(),
        "cwd": current_dir().unwrap(),
    })
}
