pub const HELPER: &str = "HELPER-ONE";
