pub fn handler() -> &'static str {
    println!("debug line");
    "ok"
}
