use std::time::Duration;

use serde_json::Value;

pub fn handler(event: Value) -> &'static str {
    match event["query"]["mode"].as_str() {
        Some("sleep") => std::thread::sleep(Duration::from_secs(60)),
        Some("busy") => loop {
            std::hint::spin_loop();
        },
        _ => {}
    }
    "ok"
}
