//! What a handler may return besides JSON: status, headers, bytes, streams.

use std::fmt::{self, Display};

use serde_json::Value;

use crate::failure::Failure;

/// An answer made by hand. `Response::new(201).header("x-made", "yes").body("done")`
pub struct Response {
    pub(crate) status: i64,
    /// Names and values; checked when the answer is sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) proxy: Option<Value>,
}

/// Pieces of a body that is still being made.
pub(crate) type Pieces = Box<dyn Iterator<Item = Result<Piece, Failure>> + Send>;

/// A body and, by its kind, the content type that it has unless a header says otherwise.
pub enum Body {
    /// Nothing.
    Empty,
    /// `text/plain`, or `text/html` when it begins like a page.
    Text(String),
    /// `application/octet-stream`
    Bytes(Vec<u8>),
    /// Objects, lists and booleans are JSON; text and numbers are text; null is empty.
    Json(Value),
    /// A number as text.
    Number(f64),
    #[doc(hidden)]
    Stream(Stream),
}

#[doc(hidden)]
pub struct Stream(pub(crate) Pieces);

/// One piece of a stream.
pub enum Piece {
    Text(String),
    Bytes(Vec<u8>),
}

impl Response {
    /// # Panics
    /// Never; a status outside 100–599 becomes 502 `invalid_response`.
    pub fn new(status: impl Into<i64>) -> Response {
        Response { status: status.into(), headers: Vec::new(), body: Body::Empty, proxy: None }
    }

    /// JSON with status 200, whatever the value: a text comes in quotes, an object is never taken for an envelope.
    pub fn json(value: impl Into<Value>) -> Response {
        let text = value.into().to_string();
        Response::new(200).header("content-type", "application/json").body(text)
    }

    pub fn text(text: impl Into<String>) -> Response {
        Response::new(200).header("content-type", "text/plain; charset=utf-8").body(text.into())
    }

    pub fn html(text: impl Into<String>) -> Response {
        Response::new(200).header("content-type", "text/html; charset=utf-8").body(text.into())
    }

    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Response {
        Response::new(200).body(bytes.into())
    }

    /// A body that is sent piece by piece, each as soon as the iterator gives it. When the client reads slowly the iterator is
    /// asked later; when it leaves, the iterator is dropped. An `Err`, like a panic, breaks the answer off.
    pub fn stream<I>(pieces: I) -> Response
    where
        I: IntoIterator,
        I::IntoIter: Send + 'static,
        I::Item: IntoPiece,
    {
        let mut pieces = pieces.into_iter();
        let pieces = std::iter::from_fn(move || pieces.next().map(IntoPiece::into_piece));
        Response::new(200).body(Body::Stream(Stream(Box::new(pieces))))
    }

    /// A redirect with status 302.
    pub fn redirect(location: impl Into<String>) -> Response {
        Response::new(302).header("location", location.into())
    }

    /// An answer that the gateway fetches elsewhere: `{"url" | "path", "method", "headers", "body", …}`. SPEC §9.
    pub fn proxy(directive: impl Into<Value>) -> Response {
        Response { proxy: Some(directive.into()), ..Response::new(200) }
    }

    pub fn status(mut self, status: impl Into<i64>) -> Response {
        self.status = status.into();
        self
    }

    /// Adds a header; a name may come several times. `content-type` replaces.
    pub fn header(mut self, name: impl Into<String>, value: impl Display) -> Response {
        let name = name.into();
        if name.eq_ignore_ascii_case("content-type") {
            self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case("content-type"));
        }
        self.headers.push((name, value.to_string()));
        self
    }

    /// Adds a cookie, as a `Set-Cookie` value: `"sid=1; HttpOnly"`.
    pub fn cookie(self, cookie: impl Into<String>) -> Response {
        self.header("set-cookie", cookie.into())
    }

    pub fn body(mut self, body: impl Into<Body>) -> Response {
        self.body = body.into();
        self
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.debug_struct("Response").field("status", &self.status).field("headers", &self.headers).finish()
    }
}

impl<T: Into<Body>> From<T> for Response {
    fn from(body: T) -> Response {
        Response::new(200).body(body)
    }
}

impl From<()> for Body {
    fn from(_: ()) -> Body {
        Body::Empty
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        Body::Text(text.to_owned())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::Text(text)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body::Bytes(bytes)
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Body {
        Body::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Body {
    fn from(bytes: &[u8; N]) -> Body {
        Body::Bytes(bytes.to_vec())
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Body {
        Body::Json(value)
    }
}

impl From<bool> for Body {
    fn from(value: bool) -> Body {
        Body::Json(Value::Bool(value))
    }
}

impl From<f64> for Body {
    fn from(number: f64) -> Body {
        Body::Number(number)
    }
}

macro_rules! integers_are_json {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Body {
            fn from(number: $kind) -> Body {
                Body::Json(Value::from(number))
            }
        })*
    };
}

integers_are_json!(i32, i64, u32, u64, usize);

/// What an iterator of [`Response::stream`] may give: text, bytes, or a `Result` of them.
pub trait IntoPiece {
    #[doc(hidden)]
    fn into_piece(self) -> Result<Piece, Failure>;
}

impl IntoPiece for Piece {
    fn into_piece(self) -> Result<Piece, Failure> {
        Ok(self)
    }
}

impl IntoPiece for String {
    fn into_piece(self) -> Result<Piece, Failure> {
        Ok(Piece::Text(self))
    }
}

impl IntoPiece for &str {
    fn into_piece(self) -> Result<Piece, Failure> {
        Ok(Piece::Text(self.to_owned()))
    }
}

impl IntoPiece for Vec<u8> {
    fn into_piece(self) -> Result<Piece, Failure> {
        Ok(Piece::Bytes(self))
    }
}

impl IntoPiece for &[u8] {
    fn into_piece(self) -> Result<Piece, Failure> {
        Ok(Piece::Bytes(self.to_vec()))
    }
}

impl<T: IntoPiece, E: Display + 'static> IntoPiece for Result<T, E> {
    fn into_piece(self) -> Result<Piece, Failure> {
        self.map_err(Failure::from_error)?.into_piece()
    }
}
