//! What a FastFN handler written in Rust is compiled with.
//!
//! ```no_run
//! use serde_json::{json, Value};
//!
//! pub fn handler(event: Value) -> Value {
//!     json!({ "hello": event["query"]["name"].as_str().unwrap_or("world") })
//! }
//! ```
//!
//! A handler takes the event, or the event and the path parameters, as [`Value`](serde_json::Value) or [`Event`], and
//! returns a `Value`, text, bytes, a [`Response`], or a `Result` of one of them. Nothing of this crate is needed for that.

mod answer;
mod base64;
mod call;
mod connection;
mod cookie;
mod csv;
mod event;
mod failure;
mod handler;
mod headers;
mod http_date;
mod lane;
mod output;
mod reply;
mod response;
mod serve;
mod server;
mod sink;
mod steward;
mod threads;
mod values;

pub use call::{cancel_token, cancelled, sleep, time_left, CancelToken};
pub use event::Event;
pub use failure::{Error, Failure};
pub use handler::{Answer, FromEvent, FromParams, Handler, IntoAnswer};
pub use response::{Body, IntoPiece, Piece, Response};
pub use serde_json;

#[doc(hidden)]
pub use output::__print;
#[doc(hidden)]
pub use serve::__serve;
