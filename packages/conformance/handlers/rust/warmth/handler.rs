pub fn handler() -> &'static str {
    "ok"
}
