//! Frames: a 4-byte big-endian length, then one message (PROTOCOL.md §1).

use crate::fault::Fault;

pub const DEFAULT_MAX_FRAME: usize = 16_777_216;

/// Part of the limit kept free for everything but the body.
pub const FRAME_HEADROOM: usize = 65_536;

/// Cuts what a socket gives into payloads; holds less than one frame beyond what one read gave.
pub struct FrameReader {
    limit: usize,
    data: Vec<u8>,
    at: usize,
}

impl FrameReader {
    pub fn new(limit: usize) -> FrameReader {
        FrameReader { limit, data: Vec::new(), at: 0 }
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.data.drain(..self.at);
            self.at = 0;
        }
        self.data.extend_from_slice(bytes);
    }

    /// The next whole payload; `None` when more must be fed first.
    ///
    /// # Errors
    /// `malformed_frame`, `frame_too_large`; decided from the length alone.
    pub fn next_payload(&mut self) -> Result<Option<&[u8]>, Fault> {
        let have = self.data.len() - self.at;
        if have < 4 {
            return Ok(None);
        }
        let mut length = [0; 4];
        length.copy_from_slice(&self.data[self.at..self.at + 4]);
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            return Err(Fault::malformed("its length is zero"));
        }
        if length > self.limit {
            let message = format!("A frame of {} bytes came; the limit is {}.", length, self.limit);
            return Err(Fault::new("frame_too_large", message));
        }
        if have < 4 + length {
            self.data.reserve(4 + length - have);
            return Ok(None);
        }
        let start = self.at + 4;
        self.at = start + length;
        Ok(Some(&self.data[start..self.at]))
    }

    /// To be asked when the other side has ended.
    ///
    /// # Errors
    /// `malformed_frame`: it ended inside a frame.
    pub fn check_end(&self) -> Result<(), Fault> {
        match self.data.len() - self.at {
            0 => Ok(()),
            left => Err(Fault::malformed(format!("the other side closed after {} bytes of it", left))),
        }
    }
}
