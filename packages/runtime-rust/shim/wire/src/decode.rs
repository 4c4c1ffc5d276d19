//! Reading MessagePack (PROTOCOL.md §1): every width, no extension types, maps with str keys.

use crate::fault::Fault;
use crate::item::{Item, MAX_SAFE};

/// Arrays and maps inside each other, the message itself included.
pub const MAX_NESTING: usize = 100;

/// A cursor over one payload. Allocates only for what is really there.
pub struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(data: &'a [u8]) -> Reader<'a> {
        Reader { data, at: 0 }
    }

    /// # Errors
    /// `malformed_frame` when bytes are left.
    pub fn check_finished(&self) -> Result<(), Fault> {
        match self.data.len() - self.at {
            0 => Ok(()),
            left => Err(Fault::malformed(format!("{} bytes follow the message inside its frame", left))),
        }
    }

    /// The number of elements of the array that begins here; `None` when here is something else (then nothing is read).
    pub fn array_len(&mut self) -> Result<Option<usize>, Fault> {
        let start = self.at;
        let code = self.byte()?;
        let len = match code {
            0x90..=0x9f => (code & 15) as usize,
            0xdc => self.length(2)?,
            0xdd => self.length(4)?,
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        self.check_room(len, 1)?;
        Ok(Some(len))
    }

    /// Bytes of a bin or str that begins here; `None` when here is something else (then nothing is read).
    pub fn span(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        let start = self.at;
        let code = self.byte()?;
        let len = match code {
            0xa0..=0xbf => (code & 31) as usize,
            0xc4 | 0xd9 => self.length(1)?,
            0xc5 | 0xda => self.length(2)?,
            0xc6 | 0xdb => self.length(4)?,
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        self.take(len).map(Some)
    }

    /// Whether a str begins here.
    pub fn at_str(&self) -> bool {
        matches!(self.data.get(self.at), Some(0xa0..=0xbf | 0xd9 | 0xda | 0xdb))
    }

    /// Steps over a nil; false when here is something else.
    pub fn nil(&mut self) -> bool {
        let nil = self.data.get(self.at) == Some(&0xc0);
        if nil {
            self.at += 1;
        }
        nil
    }

    /// Any value. `depth`: of arrays and maps around it.
    pub fn item(&mut self, depth: usize) -> Result<Item, Fault> {
        let code = self.byte()?;
        match code {
            0x00..=0x7f => Ok(Item::Int(code as i64)),
            0xe0..=0xff => Ok(Item::Int(code as i8 as i64)),
            0x80..=0x8f => self.map((code & 15) as usize, depth),
            0x90..=0x9f => self.array((code & 15) as usize, depth),
            0xa0..=0xbf => self.text((code & 31) as usize),
            0xc0 => Ok(Item::Nil),
            0xc2 => Ok(Item::Bool(false)),
            0xc3 => Ok(Item::Bool(true)),
            0xc4 => self.length(1).and_then(|len| self.bin(len)),
            0xc5 => self.length(2).and_then(|len| self.bin(len)),
            0xc6 => self.length(4).and_then(|len| self.bin(len)),
            0xca => Ok(Item::Float(f32::from_bits(self.uint(4)? as u32) as f64)),
            0xcb => Ok(Item::Float(f64::from_bits(self.uint(8)?))),
            0xcc => self.unsigned(1),
            0xcd => self.unsigned(2),
            0xce => self.unsigned(4),
            0xcf => self.unsigned(8),
            0xd0 => Ok(Item::Int(self.uint(1)? as u8 as i8 as i64)),
            0xd1 => Ok(Item::Int(self.uint(2)? as u16 as i16 as i64)),
            0xd2 => Ok(Item::Int(self.uint(4)? as u32 as i32 as i64)),
            0xd3 => {
                let n = self.uint(8)? as i64;
                if n <= -MAX_SAFE || n >= MAX_SAFE {
                    return Err(beyond());
                }
                Ok(Item::Int(n))
            }
            0xd9 => self.length(1).and_then(|len| self.text(len)),
            0xda => self.length(2).and_then(|len| self.text(len)),
            0xdb => self.length(4).and_then(|len| self.text(len)),
            0xdc => self.length(2).and_then(|len| self.array(len, depth)),
            0xdd => self.length(4).and_then(|len| self.array(len, depth)),
            0xde => self.length(2).and_then(|len| self.map(len, depth)),
            0xdf => self.length(4).and_then(|len| self.map(len, depth)),
            // 0xc1 is never used; 0xc7-0xc9 and 0xd4-0xd8 are extension types.
            _ => Err(Fault::malformed(format!("MessagePack type {:#x} is not part of the protocol", code))),
        }
    }

    fn array(&mut self, len: usize, depth: usize) -> Result<Item, Fault> {
        self.check_room(len, 1)?;
        check_depth(depth)?;
        let mut items = Vec::with_capacity(len);
        for _ in 0..len {
            items.push(self.item(depth + 1)?);
        }
        Ok(Item::Array(items))
    }

    fn map(&mut self, len: usize, depth: usize) -> Result<Item, Fault> {
        self.check_room(len, 2)?;
        check_depth(depth)?;
        let mut pairs: Vec<(String, Item)> = Vec::with_capacity(len);
        for _ in 0..len {
            if !self.at_str() {
                return Err(Fault::malformed("a map key is no str"));
            }
            let key = match self.span()? {
                Some(bytes) => to_text(bytes),
                None => return Err(truncated()),
            };
            let item = self.item(depth + 1)?;
            pairs.push((key, item));
        }
        Ok(Item::Map(pairs))
    }

    fn text(&mut self, len: usize) -> Result<Item, Fault> {
        Ok(Item::Str(to_text(self.take(len)?)))
    }

    fn bin(&mut self, len: usize) -> Result<Item, Fault> {
        Ok(Item::Bin(self.take(len)?.to_vec()))
    }

    fn unsigned(&mut self, width: usize) -> Result<Item, Fault> {
        let n = self.uint(width)?;
        if n >= MAX_SAFE as u64 {
            return Err(beyond());
        }
        Ok(Item::Int(n as i64))
    }

    fn uint(&mut self, width: usize) -> Result<u64, Fault> {
        Ok(self.take(width)?.iter().fold(0, |n, byte| n << 8 | *byte as u64))
    }

    fn length(&mut self, width: usize) -> Result<usize, Fault> {
        Ok(self.uint(width)? as usize)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.data.get(self.at).ok_or_else(truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        if len > self.data.len() - self.at {
            return Err(truncated());
        }
        let bytes = &self.data[self.at..self.at + len];
        self.at += len;
        Ok(bytes)
    }

    /// Each element takes a byte at least: an announced length that cannot be true allocates nothing.
    fn check_room(&self, len: usize, least: usize) -> Result<(), Fault> {
        if len.saturating_mul(least) > self.data.len() - self.at {
            return Err(truncated());
        }
        Ok(())
    }
}

/// The bytes as text; what is no UTF-8 reads as U+FFFD.
pub fn to_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn check_depth(depth: usize) -> Result<(), Fault> {
    if depth >= MAX_NESTING {
        return Err(Fault::malformed(format!("more than {} arrays and maps inside each other", MAX_NESTING)));
    }
    Ok(())
}

fn truncated() -> Fault {
    Fault::malformed("the message is longer than its frame")
}

fn beyond() -> Fault {
    Fault::malformed("an integer is beyond 2^53")
}
