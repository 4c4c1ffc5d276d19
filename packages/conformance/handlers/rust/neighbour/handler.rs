pub fn handler() -> &'static str {
    "neighbour"
}
