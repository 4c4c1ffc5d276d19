//! Capture of everything the worker prints, told apart by call (PROTOCOL.md, "Output").
//!
//! `println!` and its like of the handler's own files are ours (the generated main shadows them) and know their thread's
//! call. Everything else that reaches file descriptors 1 and 2 comes through pipes, and belongs to the call that runs alone,
//! or to none.

use std::fmt::Arguments;
use std::io::Write;
use std::os::unix::io::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use fastfn_wire::sys::{self, PollFd, POLLIN};

use crate::call::{self, Call};
use crate::connection::Connection;
use crate::sink::Sink;

/// How long what a running call printed may lie before it is sent.
const FLUSH_AFTER: Duration = Duration::from_millis(10);
/// What comes through a pipe is left in it for so long: there the daemon finds it when the process dies.
const PIPE_PATIENCE: Duration = Duration::from_millis(2);
/// Who prints as much in that time is not made to wait.
const FLOOD: usize = 16_384;
/// Reads of a full pipe in one go: a child process may write for ever.
const MAX_READS: usize = 4;

pub static OUTPUT: Output = Output::new();

pub struct Output {
    state: Mutex<State>,
    /// Read ends of the pipes behind fd 1 and 2; -1 when there is none.
    reads: [AtomicI32; 2],
    /// Wakes the thread that sends.
    wake: AtomicI32,
    /// Held while the pipes are emptied: what was taken out of them must have arrived before a call may end.
    draining: Mutex<()>,
}

struct State {
    running: Vec<Arc<Call>>,
    /// Running calls with something to send.
    noted: Vec<Arc<Call>>,
    background: Sink,
    connections: Vec<Weak<Connection>>,
}

impl Output {
    const fn new() -> Output {
        let state = State { running: Vec::new(), noted: Vec::new(), background: Sink::new(0), connections: Vec::new() };
        Output {
            state: Mutex::new(state),
            reads: [AtomicI32::new(-1), AtomicI32::new(-1)],
            wake: AtomicI32::new(-1),
            draining: Mutex::new(()),
        }
    }

    /// Takes over the pipes, and starts the thread that empties them and sends what waits.
    pub fn install(&'static self, stdout: OwnedFd, stderr: OwnedFd) -> std::io::Result<()> {
        let (wake_read, wake_write) = sys::make_pipe()?;
        sys::set_nonblocking(wake_read.as_raw_fd());
        sys::set_nonblocking(wake_write.as_raw_fd());
        self.wake.store(wake_write.into_raw_fd(), Ordering::Relaxed);
        for (read, fd) in self.reads.iter().zip([stdout, stderr]) {
            read.store(fd.into_raw_fd(), Ordering::Relaxed);
        }
        std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || self.watch(wake_read.as_raw_fd(), wake_read))?;
        Ok(())
    }

    /// What belongs to no call goes to the first of the connections that is still there.
    pub fn add_connection(&self, connection: &Arc<Connection>) {
        self.state().connections.push(Arc::downgrade(connection));
        self.poke();
    }

    pub fn begin_call(&self, call: &Arc<Call>) {
        self.state().running.push(call.clone());
    }

    /// The rest of what the call printed, as frames; to be sent before its terminal frame.
    pub fn end_call(&self, call: &Arc<Call>) -> Vec<u8> {
        // `print!` by a library, without a line end.
        let _ = std::io::stdout().flush();
        let fds = [self.reads[0].load(Ordering::Relaxed), self.reads[1].load(Ordering::Relaxed)];
        if sys::readable(fds) || self.draining.try_lock().is_err() {
            self.drain();
        }
        self.state().running.retain(|other| !Arc::ptr_eq(other, call));
        let mut sink = call.sink();
        sink.done = true;
        sink.take(true)
    }

    /// Prints for the call of this thread, else for the one that runs alone, else for none.
    pub fn write(&self, stream: usize, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        if let Some(call) = call::current().or_else(|| self.only_call()) {
            let mut sink = call.sink();
            if !sink.done {
                sink.add(stream, data);
                if !std::mem::replace(&mut sink.noted, true) {
                    drop(sink);
                    self.state().noted.push(call);
                    self.poke();
                }
                return;
            }
        }
        let mut state = self.state();
        state.background.add(stream, data);
        if !std::mem::replace(&mut state.background.noted, true) {
            drop(state);
            self.poke();
        }
    }

    /// Empties the pipes of fd 1 and 2; says how many bytes there were.
    pub fn drain(&self) -> usize {
        let _one_at_a_time = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        let call = self.only_call();
        let mut buffer = vec![0; 65_536];
        let mut drained = 0;
        for (stream, read) in (1..).zip(&self.reads) {
            for _ in 0..MAX_READS {
                let fd = read.load(Ordering::Relaxed);
                match sys::read_some(fd, &mut buffer) {
                    None => break,
                    // Nobody holds the other end any more.
                    Some(0) => read.store(-1, Ordering::Relaxed),
                    Some(size) => {
                        drained += size;
                        self.add_drained(call.as_ref(), stream, &buffer[..size]);
                    }
                }
            }
        }
        drained
    }

    /// Sends what waits.
    pub fn flush(&self) {
        let noted = std::mem::take(&mut self.state().noted);
        for call in noted {
            let mut sink = call.sink();
            sink.noted = false;
            if !sink.done {
                let frames = sink.take(false);
                // With the lock held: what was printed must not overtake the end of its call.
                call.connection.send(&frames);
            }
        }
        let mut state = self.state();
        state.connections.retain(|connection| connection.upgrade().map_or(false, |one| one.is_open()));
        // While nobody is connected it is kept, and bounded.
        if let Some(connection) = state.connections.first().and_then(Weak::upgrade) {
            state.background.noted = false;
            let frames = state.background.take(true);
            drop(state);
            connection.send(&frames);
        }
    }

    fn add_drained(&self, call: Option<&Arc<Call>>, stream: usize, data: &[u8]) {
        match call {
            Some(call) if call::current().map_or(true, |current| !Arc::ptr_eq(&current, call)) => {
                let mut sink = call.sink();
                if sink.done {
                    drop(sink);
                    self.state().background.add(stream, data);
                    return;
                }
                sink.add(stream, data);
                if !std::mem::replace(&mut sink.noted, true) {
                    drop(sink);
                    self.state().noted.push(call.clone());
                }
            }
            Some(call) => call.sink().add(stream, data),
            None => {
                let mut state = self.state();
                state.background.noted = true;
                state.background.add(stream, data);
            }
        }
    }

    fn only_call(&self) -> Option<Arc<Call>> {
        match self.state().running.as_slice() {
            [call] => Some(call.clone()),
            _ => None,
        }
    }

    fn watch(&self, wake: RawFd, _open: OwnedFd) {
        let mut flush_at: Option<Instant> = None;
        let mut flooded = false;
        loop {
            let fds = [wake, self.reads[0].load(Ordering::Relaxed), self.reads[1].load(Ordering::Relaxed)];
            let mut fds = fds.map(|fd| PollFd { fd, events: POLLIN, revents: 0 });
            let timeout = flush_at.map_or(-1, |at| at.saturating_duration_since(Instant::now()).as_millis() as i32 + 1);
            if sys::wait(&mut fds, timeout).is_err() {
                return;
            }
            if fds[0].revents != 0 {
                sys::read_some(wake, &mut [0; 64]);
                flush_at = flush_at.or_else(|| Some(Instant::now() + FLUSH_AFTER));
            }
            if fds[1].revents | fds[2].revents != 0 {
                if !flooded {
                    std::thread::sleep(PIPE_PATIENCE);
                }
                flooded = self.drain() >= FLOOD;
                flush_at = Some(Instant::now());
            }
            if flush_at.map_or(false, |at| at <= Instant::now()) {
                flush_at = None;
                self.flush();
            }
        }
    }

    fn poke(&self) {
        sys::poke(self.wake.load(Ordering::Relaxed));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `print!` and `eprint!` of a handler.
#[doc(hidden)]
pub fn __print(stream: usize, text: Arguments, line: bool) {
    let mut text = text.to_string();
    if line {
        text.push('\n');
    }
    OUTPUT.write(stream, text.as_bytes());
}
