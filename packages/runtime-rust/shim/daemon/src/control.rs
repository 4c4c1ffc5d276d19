//! One connection of a gateway: what came, what is still to be sent.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use fastfn_wire::frames::FrameReader;
use fastfn_wire::messages::HANDSHAKE_TIMEOUT_S;

/// Bytes that a connection may owe its gateway before it is cut: the gateway has stopped reading.
const MAX_BACKLOG: usize = 8 * 1024 * 1024;
/// How long who closes waits for the other side's end of file.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

pub struct Control {
    pub stream: UnixStream,
    pub reader: FrameReader,
    pub greeted: bool,
    pub closing: bool,
    /// Of the handshake, then of closing.
    pub deadline: Instant,
    backlog: Vec<u8>,
}

/// What one read brought.
pub enum Came {
    Bytes,
    Nothing,
    End,
}

impl Control {
    pub fn new(stream: UnixStream, limit: usize) -> std::io::Result<Control> {
        stream.set_nonblocking(true)?;
        Ok(Control {
            stream,
            reader: FrameReader::new(limit),
            greeted: false,
            closing: false,
            deadline: Instant::now() + Duration::from_secs(HANDSHAKE_TIMEOUT_S),
            backlog: Vec::new(),
        })
    }

    pub fn wants_to_write(&self) -> bool {
        !self.backlog.is_empty()
    }

    pub fn is_timed(&self) -> bool {
        self.closing || !self.greeted
    }

    pub fn read(&mut self) -> Came {
        let mut buffer = [0; 65536];
        match self.stream.read(&mut buffer) {
            Ok(0) => Came::End,
            Ok(size) => {
                if !self.closing {
                    self.reader.feed(&buffer[..size]);
                }
                Came::Bytes
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Came::Nothing,
            Err(_) => Came::End,
        }
    }

    /// False when the connection is no good any more.
    pub fn send(&mut self, frame: &[u8]) -> bool {
        self.backlog.extend_from_slice(frame);
        self.backlog.len() <= MAX_BACKLOG && self.flush()
    }

    /// Sends as much as goes now. False when the connection is no good any more.
    pub fn flush(&mut self) -> bool {
        while !self.backlog.is_empty() {
            match self.stream.write(&self.backlog) {
                Ok(size) => {
                    self.backlog.drain(..size);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        if self.closing {
            self.end_writing();
        }
        true
    }

    /// Sends what is left and ends our half; the other side's end, or a second, closes the connection.
    pub fn finish(&mut self) {
        self.closing = true;
        self.deadline = Instant::now() + CLOSE_GRACE;
        if self.backlog.is_empty() {
            self.end_writing();
        }
    }

    fn end_writing(&self) {
        // Fails only when the other side is gone, which is as good.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
