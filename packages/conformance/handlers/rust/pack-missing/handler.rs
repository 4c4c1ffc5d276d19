pub fn handler() -> &'static str {
    "never"
}
