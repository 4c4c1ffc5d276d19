//! The FastFN worker protocol as bytes: frames, the subset of MessagePack, the check of what comes in, and the system
//! calls that daemon and worker share. Knows nothing of handlers, and has no dependencies.

pub mod decode;
pub mod encode;
pub mod fault;
pub mod frames;
pub mod item;
pub mod messages;
pub mod sandbox;
pub mod sys;
pub mod text;

pub use fault::Fault;
pub use item::Item;

/// Version of PROTOCOL.md that is spoken here.
pub const PROTOCOL_VERSION: i64 = 1;
