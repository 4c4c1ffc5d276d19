//! From a response to what travels: status, headers with a content type, bytes or pieces, or a proxy directive.

use fastfn_wire::Item;
use serde_json::Value;

use crate::answer::{bad_status, decode};
use crate::csv::to_csv;
use crate::headers::{drop_unsafe, find, read_headers};
use crate::response::{Body, Piece, Pieces, Response};
use crate::values::describe;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const BYTES: &str = "application/octet-stream";

pub enum Reply {
    Whole(Head, Vec<u8>),
    /// The content type follows from the first piece unless the head has one.
    Stream(Head, Pieces),
    Proxy(Item),
}

pub struct Head {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub fn is_typed(&self) -> bool {
        find(&self.headers, "content-type").is_some()
    }

    /// Server-sent events.
    pub fn is_event_stream(&self) -> bool {
        let kind = find(&self.headers, "content-type").unwrap_or_default();
        kind.get(..17).map_or(false, |start| start.eq_ignore_ascii_case("text/event-stream"))
    }

    pub fn set_type(&mut self, kind: &str) {
        self.headers.push(("content-type".to_owned(), kind.to_owned()));
    }
}

/// # Errors
/// Why it is no response.
pub fn to_reply(response: Response) -> Result<Reply, String> {
    if let Some(proxy) = response.proxy {
        return read_proxy(&proxy).map(Reply::Proxy);
    }
    if !(100..=599).contains(&response.status) {
        return Err(bad_status(&response.status.to_string()));
    }
    let mut head = Head { status: response.status as u16, headers: response.headers };
    drop_unsafe(&mut head.headers);
    if let Body::Stream(stream) = response.body {
        return Ok(Reply::Stream(head, stream.0));
    }
    let is_csv = find(&head.headers, "content-type")
        .and_then(|kind| kind.get(..8))
        .map_or(false, |kind| kind.eq_ignore_ascii_case("text/csv"));
    let (kind, bytes) = read_body(response.body, is_csv)?;
    if let (Some(kind), false) = (kind, head.is_typed()) {
        head.set_type(kind);
    }
    Ok(Reply::Whole(head, bytes))
}

/// The type that follows from the first piece of a stream.
pub fn type_of_piece(piece: &Piece) -> &'static str {
    match piece {
        Piece::Text(text) => type_of_text(text),
        Piece::Bytes(_) => BYTES,
    }
}

fn type_of_text(text: &str) -> &'static str {
    let starts = |page: &str| text.get(..page.len()).map_or(false, |start| start.eq_ignore_ascii_case(page));
    match starts("<!doctype html") || starts("<html") {
        true => HTML,
        false => TEXT,
    }
}

/// The type of a body and its bytes.
fn read_body(body: Body, is_csv: bool) -> Result<(Option<&'static str>, Vec<u8>), String> {
    match body {
        Body::Empty | Body::Json(Value::Null) | Body::Stream(_) => Ok((None, Vec::new())),
        Body::Text(text) | Body::Json(Value::String(text)) => Ok((Some(type_of_text(&text)), text.into_bytes())),
        Body::Bytes(bytes) => Ok((Some(BYTES), bytes)),
        Body::Number(n) if !n.is_finite() => Err(format!("The handler returned {}, which is no response.", n)),
        Body::Number(n) => Ok((Some(TEXT), n.to_string().into_bytes())),
        Body::Json(Value::Number(n)) => Ok((Some(TEXT), n.to_string().into_bytes())),
        Body::Json(Value::Array(rows)) if is_csv => Ok((Some(JSON), to_csv(&rows)?)),
        Body::Json(value) => match serde_json::to_vec(&value) {
            Ok(bytes) => Ok((Some(JSON), bytes)),
            Err(error) => Err(format!("The handler returned something that JSON cannot hold: {}.", error)),
        },
    }
}

/// The `proxy` of an envelope, checked for types; what is allowed is the gateway's business. SPEC §9.
fn read_proxy(proxy: &Value) -> Result<Item, String> {
    if !proxy.is_object() {
        return Err(format!("`proxy` is {}; use an object with `url` or `path`.", describe(proxy)));
    }
    let mut directive = Vec::new();
    for key in ["url", "path", "method"] {
        match &proxy[key] {
            Value::Null => {}
            Value::String(text) => directive.push((key.to_owned(), Item::Str(text.clone()))),
            other => return Err(format!("`proxy.{}` is {}; it must be text.", key, describe(other))),
        }
    }
    for key in ["timeout_ms", "max_response_bytes"] {
        match &proxy[key] {
            Value::Null => {}
            value => match value.as_f64() {
                Some(n) if (0.0..9_007_199_254_740_992.0).contains(&n) => {
                    let item = value.as_i64().map_or(Item::Float(n), Item::Int);
                    directive.push((key.to_owned(), item));
                }
                _ => return Err(format!("`proxy.{}` is {}; it must be a number, 0 or more.", key, describe(value))),
            },
        }
    }
    if !proxy["headers"].is_null() {
        let mut headers = Vec::new();
        read_headers(&proxy["headers"], &mut headers)
            .map_err(|problem| problem.replacen("`headers`", "`proxy.headers`", 1))?;
        directive.push(("headers".to_owned(), grouped(headers)));
    }
    let (encoded, body) = (&proxy["body_base64"], &proxy["body"]);
    let bytes = match (encoded.is_null(), body.is_null()) {
        (false, _) => Some(decode(encoded, "proxy.body_base64")?),
        (true, true) => None,
        (true, false) if proxy["is_base64"] == true => Some(decode(body, "proxy.body")?),
        (true, false) => Some(read_body(Body::Json(body.clone()), false)?.1),
    };
    directive.extend(bytes.map(|bytes| ("body".to_owned(), Item::Bin(bytes))));
    Ok(Item::Map(directive))
}

/// Headers by name; a list where a name repeats.
fn grouped(headers: Vec<(String, String)>) -> Item {
    let mut pairs: Vec<(String, Item)> = Vec::new();
    for (name, value) in headers {
        match pairs.iter_mut().find(|(other, _)| *other == name) {
            None => pairs.push((name, Item::Str(value))),
            Some((_, Item::Array(values))) => values.push(Item::Str(value)),
            Some((_, first)) => *first = Item::Array(vec![first.clone(), Item::Str(value)]),
        }
    }
    Item::Map(pairs)
}
