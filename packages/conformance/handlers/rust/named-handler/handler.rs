pub fn handler() -> &'static str {
    "wrong"
}

pub fn greet() -> &'static str {
    "greet"
}
