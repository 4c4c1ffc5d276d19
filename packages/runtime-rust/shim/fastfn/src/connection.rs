//! A gateway's connection as calls see it: frames of all threads, gathered into few writes.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::call::Call;

/// Bytes that wait while another thread writes; beyond it threads wait with theirs.
const MAX_WAITING: usize = 1024 * 1024;
/// Gathered bytes that are worth a write of their own.
const MAX_CORKED: usize = 65_536;
const CLOSE_GRACE: Duration = Duration::from_secs(1);

pub struct Connection {
    stream: UnixStream,
    out: Mutex<Out>,
    /// `out` has become shorter.
    written: Condvar,
    /// Calls that have not ended, by id.
    calls: Mutex<HashMap<u32, Arc<Call>>>,
}

#[derive(Default)]
struct Out {
    waiting: Vec<u8>,
    /// A thread is writing, and will write what waits by then.
    writing: bool,
    /// Small frames wait for [`Connection::uncork`].
    corked: bool,
    closed: bool,
}

impl Connection {
    pub fn new(stream: UnixStream) -> Connection {
        Connection { stream, out: Mutex::default(), written: Condvar::new(), calls: Mutex::default() }
    }

    /// Sends frames, or leaves them to the thread that is at it or gathers; does nothing when the connection is gone. Any
    /// thread.
    pub fn send(&self, frames: &[u8]) {
        if frames.is_empty() {
            return;
        }
        let mut out = self.out();
        if out.corked && out.waiting.len() + frames.len() <= MAX_CORKED {
            out.waiting.extend_from_slice(frames);
            return;
        }
        while out.writing && out.waiting.len() > MAX_WAITING && !out.closed {
            out = self.written.wait(out).unwrap_or_else(PoisonError::into_inner);
        }
        if out.writing || !out.waiting.is_empty() {
            out.waiting.extend_from_slice(frames);
            if !out.writing {
                self.write_waiting(out);
            }
        } else if !out.closed {
            out.writing = true;
            drop(out);
            let fine = (&self.stream).write_all(frames).is_ok();
            let mut out = self.out();
            out.writing = false;
            out.closed |= !fine;
            self.write_waiting(out);
        }
    }

    /// Sends frames without waiting for more to come: pieces of a stream.
    pub fn send_now(&self, frames: &[u8]) {
        self.send(frames);
        let out = self.out();
        if !out.writing && !out.waiting.is_empty() {
            self.write_waiting(out);
        }
    }

    /// From now on small answers are gathered until [`uncork`](Connection::uncork).
    pub fn cork(&self) {
        self.out().corked = true;
    }

    pub fn uncork(&self) {
        let mut out = self.out();
        out.corked = false;
        if !out.writing {
            self.write_waiting(out);
        }
    }

    /// Writes what waits, and what comes while that is written.
    fn write_waiting<'a>(&'a self, mut out: MutexGuard<'a, Out>) {
        let mut next = Vec::new();
        while !out.waiting.is_empty() && !out.closed {
            next.clear();
            std::mem::swap(&mut next, &mut out.waiting);
            out.writing = true;
            drop(out);
            let fine = (&self.stream).write_all(&next).is_ok();
            out = self.out();
            out.closed |= !fine;
            out.writing = false;
            self.written.notify_all();
        }
        if out.closed {
            out.waiting = Vec::new();
            self.written.notify_all();
        }
    }

    pub fn is_open(&self) -> bool {
        !self.out().closed
    }

    /// Waits until everything has been written, but not for long.
    pub fn settle(&self) {
        let until = Instant::now() + CLOSE_GRACE;
        let mut out = self.out();
        while out.writing && Instant::now() < until {
            out = self.written.wait_timeout(out, CLOSE_GRACE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends our half and reads the other side's rest: closing at once could destroy what we sent last.
    pub fn close_gently(&self) {
        self.settle();
        let until = Instant::now() + CLOSE_GRACE;
        let _ = self.stream.shutdown(Shutdown::Write);
        let _ = self.stream.set_read_timeout(Some(CLOSE_GRACE));
        let mut rest = [0; 4096];
        while matches!((&self.stream).read(&mut rest), Ok(1..)) && Instant::now() < until {}
    }

    /// The connection is gone: nobody wants the answers of its calls.
    pub fn close(&self) {
        self.out().closed = true;
        self.written.notify_all();
        let _ = self.stream.shutdown(Shutdown::Both);
        let calls: Vec<_> = self.calls().drain().map(|(_, call)| call).collect();
        calls.iter().for_each(|call| call.cancel());
    }

    pub fn calls(&self) -> MutexGuard<'_, HashMap<u32, Arc<Call>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stream(&self) -> &UnixStream {
        &self.stream
    }

    fn out(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
