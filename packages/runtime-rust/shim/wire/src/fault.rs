//! The one error of the wire.

/// A frame that breaks PROTOCOL.md; `code` is one of its fault codes. Ends the connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub code: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into() }
    }

    pub fn malformed(what: impl std::fmt::Display) -> Fault {
        Fault::new("malformed_frame", format!("The frame cannot be read: {}.", what))
    }
}
