//! Message types of PROTOCOL.md and the check of what comes in.

use crate::decode::{to_text, Reader};
use crate::fault::Fault;
use crate::item::Item;
use crate::PROTOCOL_VERSION;

/// CHUNK bytes of one call that may be unacknowledged.
pub const CREDIT_WINDOW: usize = 262_144;
pub const MAX_CHUNK: usize = 65_536;
pub const HANDSHAKE_TIMEOUT_S: u64 = 5;

pub const HELLO: i64 = 0;
pub const PING: i64 = 1;
pub const PONG: i64 = 2;
pub const FAULT: i64 = 3;
pub const START: i64 = 10;
pub const STARTED: i64 = 11;
pub const START_FAILED: i64 = 12;
pub const STOP: i64 = 13;
pub const EXITED: i64 = 14;
pub const LOG: i64 = 15;
pub const INVOKE: i64 = 20;
pub const INPUT: i64 = 21;
pub const CANCEL: i64 = 22;
pub const CREDIT: i64 = 23;
pub const READY: i64 = 30;
pub const LOAD_ERROR: i64 = 31;
pub const FILES: i64 = 32;
pub const HEAD: i64 = 40;
pub const CHUNK: i64 = 41;
pub const END: i64 = 42;
pub const ERROR: i64 = 43;
pub const OUTPUT: i64 = 44;
pub const PROXY: i64 = 45;

/// What a gateway may send to any side.
#[derive(Debug, PartialEq)]
pub enum Link {
    Hello { version: i64, info: Item },
    Ping(i64),
    Pong(i64),
    Fault { code: String, message: String },
}

#[derive(Debug, PartialEq)]
pub enum ToDaemon {
    Link(Link),
    Start { worker: String, spec: Item },
    Stop { worker: String, grace_ms: u64 },
}

#[derive(Debug, PartialEq)]
pub enum ToWorker {
    Link(Link),
    Invoke(Box<Invoke>),
    Input { id: u32, bytes: Vec<u8>, last: bool },
    Cancel { id: u32, reason: String },
    Credit { id: u32, bytes: u32 },
}

/// INVOKE, element by element.
#[derive(Debug, PartialEq)]
pub struct Invoke {
    pub id: u32,
    pub request_id: String,
    pub method: String,
    pub path: String,
    pub raw_path: String,
    /// Names and values in order.
    pub query: Vec<(String, String)>,
    pub params: Vec<(String, String)>,
    /// `name\nvalue\n…`
    pub headers: String,
    pub client_ip: String,
    pub ts: f64,
    pub timeout_ms: f64,
    pub session: Option<Item>,
    pub context: Option<Item>,
    pub flags: u32,
    pub body: Vec<u8>,
}

impl Invoke {
    /// More of the body follows in INPUT.
    pub fn has_more(&self) -> bool {
        self.flags & 1 == 1
    }
}

/// # Errors
/// `malformed_frame`, `unknown_message`, `unexpected_message`
pub fn read_for_daemon(payload: &[u8]) -> Result<ToDaemon, Fault> {
    let mut fields = Fields::open(payload)?;
    let message = match fields.kind {
        START => ToDaemon::Start { worker: fields.text()?, spec: fields.map()? },
        STOP => ToDaemon::Stop { worker: fields.text()?, grace_ms: fields.uint()? as u64 },
        _ => ToDaemon::Link(fields.link()?),
    };
    fields.close()?;
    Ok(message)
}

/// # Errors
/// `malformed_frame`, `unknown_message`, `unexpected_message`
pub fn read_for_worker(payload: &[u8]) -> Result<ToWorker, Fault> {
    let mut fields = Fields::open(payload)?;
    let message = match fields.kind {
        INVOKE => ToWorker::Invoke(Box::new(fields.invoke()?)),
        INPUT => ToWorker::Input { id: fields.uint()?, bytes: fields.bytes()?, last: fields.bool()? },
        CANCEL => ToWorker::Cancel { id: fields.uint()?, reason: fields.text()? },
        CREDIT => ToWorker::Credit { id: fields.uint()?, bytes: fields.uint()? },
        _ => ToWorker::Link(fields.link()?),
    };
    fields.close()?;
    Ok(message)
}

/// The first message of a gateway.
///
/// # Errors
/// `unexpected_message`, `protocol_version`
pub fn check_hello(link: &Link) -> Result<(), Fault> {
    match link {
        Link::Hello { version, .. } if *version != PROTOCOL_VERSION => Err(Fault::new(
            "protocol_version",
            format!(
                "Version {} of the protocol is not supported; this side speaks version {}.",
                version, PROTOCOL_VERSION
            ),
        )),
        Link::Hello { info, .. } if info.get("role").and_then(Item::as_str) == Some("gateway") => Ok(()),
        Link::Hello { .. } => Err(Fault::new("unexpected_message", "HELLO must come from a gateway.")),
        _ => Err(not_greeted()),
    }
}

/// Something else came before HELLO.
pub fn not_greeted() -> Fault {
    Fault::new("unexpected_message", "The first message must be HELLO.")
}

/// The elements of one message, in order. Elements beyond those known are read over.
struct Fields<'a> {
    reader: Reader<'a>,
    kind: i64,
    left: usize,
    at: usize,
}

impl<'a> Fields<'a> {
    fn open(payload: &'a [u8]) -> Result<Fields<'a>, Fault> {
        let mut reader = Reader::new(payload);
        let left = match reader.array_len()? {
            Some(0) | None => {
                // Bytes that are no MessagePack at all are told as such.
                reader.item(0)?;
                return Err(Fault::malformed("it is no array with a message type"));
            }
            Some(len) => len - 1,
        };
        let kind = match reader.item(1)? {
            Item::Int(kind) if kind >= 0 => kind,
            _ => return Err(Fault::malformed("its first element is no message type")),
        };
        Ok(Fields { reader, kind, left, at: 0 })
    }

    fn close(mut self) -> Result<(), Fault> {
        self.skip_rest()?;
        self.reader.check_finished()
    }

    fn link(&mut self) -> Result<Link, Fault> {
        match self.kind {
            HELLO => Ok(Link::Hello { version: self.uint()? as i64, info: self.map()? }),
            PING => Ok(Link::Ping(self.uint()? as i64)),
            PONG => Ok(Link::Pong(self.uint()? as i64)),
            FAULT => Ok(Link::Fault { code: self.text()?, message: self.text()? }),
            kind => {
                // Bytes that cannot be read at all are told as such.
                self.skip_rest()?;
                self.reader.check_finished()?;
                Err(match kind {
                    START..=LOG | INVOKE..=CREDIT | READY..=FILES | HEAD..=PROXY => {
                        Fault::new("unexpected_message", format!("Message type {} does not travel this way.", kind))
                    }
                    _ => Fault::new("unknown_message", format!("Message type {} is not known.", kind)),
                })
            }
        }
    }

    fn skip_rest(&mut self) -> Result<(), Fault> {
        while self.left > 0 {
            self.left -= 1;
            self.reader.item(1)?;
        }
        Ok(())
    }

    fn invoke(&mut self) -> Result<Invoke, Fault> {
        Ok(Invoke {
            id: self.uint()?,
            request_id: self.text()?,
            method: self.text()?,
            path: self.text()?,
            raw_path: self.text()?,
            query: self.pairs()?,
            params: self.pairs()?,
            headers: self.text()?,
            client_ip: self.text()?,
            ts: self.number()?,
            timeout_ms: self.number()?,
            session: self.map_or_nil()?,
            context: self.map_or_nil()?,
            flags: self.uint_or_nil()?,
            body: self.bytes()?,
        })
    }

    /// Steps to the next element; true when it is nil or missing.
    fn next_is_nil(&mut self) -> bool {
        self.at += 1;
        if self.left == 0 {
            return true;
        }
        self.left -= 1;
        self.reader.nil()
    }

    fn text(&mut self) -> Result<String, Fault> {
        if self.next_is_nil() || !self.reader.at_str() {
            return Err(self.wrong("str"));
        }
        self.reader.span()?.map(to_text).ok_or_else(|| self.wrong("str"))
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Fault> {
        if self.next_is_nil() {
            return Ok(Vec::new());
        }
        match self.reader.span()? {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(self.wrong("bin")),
        }
    }

    fn uint(&mut self) -> Result<u32, Fault> {
        if self.next_is_nil() {
            return Err(self.wrong("int"));
        }
        self.read_uint()
    }

    fn uint_or_nil(&mut self) -> Result<u32, Fault> {
        if self.next_is_nil() {
            return Ok(0);
        }
        self.read_uint()
    }

    fn read_uint(&mut self) -> Result<u32, Fault> {
        match self.reader.item(1)?.as_int() {
            Some(n @ 0..=0xffff_ffff) => Ok(n as u32),
            _ => Err(self.wrong("unsigned 32-bit int")),
        }
    }

    fn number(&mut self) -> Result<f64, Fault> {
        if self.next_is_nil() {
            return Err(self.wrong("number"));
        }
        match self.reader.item(1)? {
            Item::Int(n) => Ok(n as f64),
            Item::Float(n) if n.is_finite() => Ok(n),
            _ => Err(self.wrong("number")),
        }
    }

    fn bool(&mut self) -> Result<bool, Fault> {
        if self.next_is_nil() {
            return Ok(false);
        }
        match self.reader.item(1)? {
            Item::Bool(value) => Ok(value),
            _ => Err(self.wrong("bool")),
        }
    }

    fn map(&mut self) -> Result<Item, Fault> {
        self.map_or_nil()?.ok_or_else(|| self.wrong("map"))
    }

    fn map_or_nil(&mut self) -> Result<Option<Item>, Fault> {
        if self.next_is_nil() {
            return Ok(None);
        }
        match self.reader.item(1)? {
            map @ Item::Map(_) => Ok(Some(map)),
            _ => Err(self.wrong("map")),
        }
    }

    /// An array of names and values.
    fn pairs(&mut self) -> Result<Vec<(String, String)>, Fault> {
        if self.next_is_nil() {
            return Ok(Vec::new());
        }
        let len = match self.reader.array_len()? {
            Some(len) if len % 2 == 0 => len,
            _ => return Err(self.wrong("list of names and values")),
        };
        let mut pairs = Vec::with_capacity(len / 2);
        for _ in 0..len / 2 {
            let name = self.list_text()?;
            let value = self.list_text()?;
            pairs.push((name, value));
        }
        Ok(pairs)
    }

    fn list_text(&mut self) -> Result<String, Fault> {
        if !self.reader.at_str() {
            return Err(self.wrong("list of names and values"));
        }
        self.reader.span()?.map(to_text).ok_or_else(|| self.wrong("list of names and values"))
    }

    fn wrong(&self, expected: &str) -> Fault {
        Fault::malformed(format!("element {} of message {} is no {}", self.at, self.kind, expected))
    }
}
