use std::time::Duration;

use serde_json::Value;

pub fn handler(event: Value) -> &'static str {
    let tag = event["query"]["tag"].as_str().unwrap_or_default();
    println!("out-{tag}");
    eprintln!("err-{tag}");
    std::thread::sleep(Duration::from_millis(50));
    println!("end-{tag}");
    "ok"
}
