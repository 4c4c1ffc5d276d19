//! A worker process, from its start to its end (PROTOCOL.md §4).

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::os::raw::c_int;
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastfn_wire::decode::Reader;
use fastfn_wire::encode::{chunk_frame, end_of_call_frame, fault_frame, frame, head_frame};
use fastfn_wire::frames::{FrameReader, DEFAULT_MAX_FRAME, FRAME_HEADROOM};
use fastfn_wire::messages::{self as m, Invoke, Link, ToWorker, MAX_CHUNK};
use fastfn_wire::sys::{self, PollFd, POLLIN};
use fastfn_wire::{Fault, Item, PROTOCOL_VERSION};

use crate::call::{run_as, Call};
use crate::connection::Connection;
use crate::event::{Event, EventFactory};
use crate::failure::{install_panic_hook, Failure};
use crate::handler::{Answer, Handler};
use crate::output::OUTPUT;
use crate::reply::{to_reply, type_of_piece, Head, Reply};
use crate::response::{Piece, Pieces};
use crate::threads::Threads;

const READ_SIZE: usize = 262_144;

static WAKE_FD: AtomicI32 = AtomicI32::new(-1);
static STOPPING: AtomicBool = AtomicBool::new(false);

extern "C" fn on_stop(_: c_int) {
    STOPPING.store(true, Ordering::Relaxed);
    sys::poke(WAKE_FD.load(Ordering::Relaxed));
}

extern "C" {
    fn atexit(callback: extern "C" fn()) -> c_int;
}

/// A handler that ends the process takes nothing along that it has printed.
extern "C" fn on_exit() {
    OUTPUT.drain();
    OUTPUT.flush();
}

/// Serves the handler until told to end. `entry`: the handler's file.
#[doc(hidden)]
pub fn __serve<H: Handler<Args>, Args>(handler: H, entry: &'static str) {
    let mut args = std::env::args().skip(1);
    let fds: Vec<RawFd> = match (args.next().as_deref(), args.next()) {
        (Some("--fastfn-worker"), Some(fds)) => fds.split(',').filter_map(|fd| fd.parse().ok()).collect(),
        _ => Vec::new(),
    };
    if fds.len() != 5 {
        eprintln!("This is the worker of {}; FastFN starts it.", entry);
        std::process::exit(2);
    }
    fds.iter().for_each(|fd| sys::keep_private(*fd));
    let take = |at: usize| unsafe { OwnedFd::from_raw_fd(fds[at]) };
    let outcome = run(
        UnixListener::from(take(0)),
        fds[1],
        [take(2), take(3)],
        fs::File::from(take(4)),
        Box::new(move |event| handler.call(event)),
        entry,
    );
    if let Err(error) = outcome {
        eprintln!("The worker of {} cannot serve: {}", entry, error);
        std::process::exit(1);
    }
}

struct Server {
    handler: Box<dyn Fn(Event) -> Answer + Send + Sync>,
    entry: &'static str,
    events: EventFactory,
    limit: usize,
    threads: Arc<Threads>,
    /// HELLO and READY.
    greeting: Vec<u8>,
}

fn run(
    listener: UnixListener,
    death: RawFd,
    outputs: [OwnedFd; 2],
    mut spec_file: fs::File,
    handler: Box<dyn Fn(Event) -> Answer + Send + Sync>,
    entry: &'static str,
) -> io::Result<()> {
    let started = Instant::now();
    let [stdout, stderr] = outputs;
    OUTPUT.install(stdout, stderr)?;
    install_panic_hook();
    unsafe { atexit(on_exit) };
    std::thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        // The daemon never writes: this returns when it is gone.
        while let Some(1..) = sys::read_some(death, &mut [0; 16]) {}
        sys::end_group();
    })?;
    let (wake_read, wake_write) = sys::make_pipe()?;
    WAKE_FD.store(wake_write.as_raw_fd(), Ordering::Relaxed);
    sys::on_signal(sys::SIGTERM, on_stop);

    let mut bytes = Vec::new();
    spec_file.read_to_end(&mut bytes)?;
    let spec = Reader::new(&bytes).item(0).map_err(|fault| io::Error::new(ErrorKind::InvalidData, fault.message))?;
    let limit = spec.get("max_frame").and_then(Item::as_int).filter(|limit| *limit > 0);
    let server = Arc::new(Server {
        handler,
        entry,
        events: EventFactory::new(&spec),
        limit: limit.map_or(DEFAULT_MAX_FRAME, |limit| limit as usize),
        threads: Arc::default(),
        greeting: greeting(&spec, started),
    });

    listener.set_nonblocking(true)?;
    let mut connections: Vec<Arc<Connection>> = Vec::new();
    while !STOPPING.load(Ordering::Relaxed) {
        let fds = [listener.as_raw_fd(), wake_read.as_raw_fd()];
        let mut fds = fds.map(|fd| PollFd { fd, events: POLLIN, revents: 0 });
        sys::wait(&mut fds, -1)?;
        if fds[0].revents == 0 {
            continue;
        }
        if let Ok((stream, _)) = listener.accept() {
            connections.retain(|connection| connection.is_open());
            connections.push(server.clone().serve(stream)?);
        }
    }
    server.threads.wait_for_all();
    OUTPUT.drain();
    OUTPUT.flush();
    connections.iter().for_each(|connection| connection.settle());
    std::process::exit(0)
}

fn greeting(spec: &Item, started: Instant) -> Vec<u8> {
    let pid = std::process::id() as i64;
    let map =
        |pairs: Vec<(&str, Item)>| Item::Map(pairs.into_iter().map(|(key, item)| (key.to_owned(), item)).collect());
    let hello = map(vec![("role", "worker".into()), ("runtime", "rust".into()), ("pid", pid.into())]);
    let ready = map(vec![
        ("pid", pid.into()),
        ("concurrency", 0.into()),
        ("files", source_files(spec)),
        ("load_ms", Item::Float(started.elapsed().as_secs_f64() * 1000.0)),
    ]);
    let mut frames = frame(&[m::HELLO.into(), PROTOCOL_VERSION.into(), hello]);
    frames.extend_from_slice(&frame(&[m::READY.into(), ready]));
    frames
}

/// What the binary was compiled from: whoever built it left a list beside it.
fn source_files(spec: &Item) -> Item {
    let list = spec.get("entry").and_then(Item::as_str).map(|entry| format!("{}.files", entry));
    let text = list.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    Item::Array(text.lines().map(Item::from).collect())
}

impl Server {
    fn serve(self: Arc<Self>, stream: UnixStream) -> io::Result<Arc<Connection>> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(Duration::from_secs(m::HANDSHAKE_TIMEOUT_S)))?;
        let connection = Arc::new(Connection::new(stream));
        let served = connection.clone();
        std::thread::Builder::new().name("connection".to_owned()).spawn(move || {
            let mut session = Session { server: self, connection: served, greeted: false, unfinished: Vec::new() };
            if let Err(fault) = session.read_all() {
                if !session.greeted {
                    session.connection.send(&session.server.greeting);
                }
                session.connection.send(&fault_frame(&fault));
                session.connection.close_gently();
            }
            session.connection.close();
        })?;
        Ok(connection)
    }

    /// Runs a call to its end; its terminal frame is the last that is sent.
    fn run_call(&self, call: &Arc<Call>, invoke: Invoke) {
        OUTPUT.begin_call(call);
        let last = run_as(call, || {
            let outcome = match call.is_canceled() {
                true => Err(Failure::Canceled),
                false => catch_unwind(AssertUnwindSafe(|| self.answer(call, invoke)))
                    .unwrap_or_else(|payload| Err(Failure::from_panic(&*payload))),
            };
            outcome.unwrap_or_else(|failure| {
                if let Some(report) = failure.report(self.entry) {
                    OUTPUT.write(2, report.as_bytes());
                }
                self.error_frame(call.id, &failure)
            })
        });
        let mut frames = OUTPUT.end_call(call);
        call.connection.calls().remove(&call.id);
        if frames.is_empty() {
            call.connection.send(&last);
        } else {
            frames.extend_from_slice(&last);
            call.connection.send(&frames);
        }
    }

    /// The terminal frame; what comes before it is sent.
    fn answer(&self, call: &Arc<Call>, invoke: Invoke) -> Result<Vec<u8>, Failure> {
        let response = (self.handler)(self.events.make(invoke))?;
        match to_reply(response).map_err(Failure::Invalid)? {
            Reply::Whole(head, body) => self.send_whole(call, head, &body),
            Reply::Stream(head, pieces) => send_stream(call, head, pieces),
            Reply::Proxy(directive) => Ok(frame(&[m::PROXY.into(), (call.id as i64).into(), directive])),
        }
    }

    fn send_whole(&self, call: &Call, head: Head, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let room = self.limit.saturating_sub(FRAME_HEADROOM).max(1024);
        if body.len() <= room {
            return Ok(head_frame(call.id, head.status, &head.headers, true, body));
        }
        call.connection.send(&head_frame(call.id, head.status, &head.headers, false, &body[..room]));
        send_chunks(call, &body[room..])?;
        Ok(end_of_call_frame(call.id))
    }

    fn error_frame(&self, id: u32, failure: &Failure) -> Vec<u8> {
        let [code, message, debug] = failure.to_items(self.entry);
        frame(&[m::ERROR.into(), (id as i64).into(), code, message, debug])
    }
}

/// Sends piece by piece, each as soon as it is there, and takes the next only when it may be sent.
fn send_stream(call: &Call, mut head: Head, pieces: Pieces) -> Result<Vec<u8>, Failure> {
    let mut head_sent = head.is_event_stream();
    if head_sent {
        // Who listens for events wants to know at once that it is connected.
        call.connection.send(&head_frame(call.id, head.status, &head.headers, false, b""));
    }
    for piece in pieces {
        if call.is_canceled() {
            return Err(Failure::Canceled);
        }
        let piece = piece?;
        let kind = type_of_piece(&piece);
        let bytes = match piece {
            Piece::Text(text) => text.into_bytes(),
            Piece::Bytes(bytes) => bytes,
        };
        let mut rest = &bytes[..];
        if !head_sent {
            if !head.is_typed() {
                head.set_type(kind);
            }
            let (first, more) = rest.split_at(rest.len().min(MAX_CHUNK));
            call.connection.send(&head_frame(call.id, head.status, &head.headers, false, first));
            head_sent = true;
            rest = more;
        }
        send_chunks(call, rest)?;
    }
    match head_sent {
        true => Ok(end_of_call_frame(call.id)),
        false => Ok(head_frame(call.id, head.status, &head.headers, true, b"")),
    }
}

fn send_chunks(call: &Call, bytes: &[u8]) -> Result<(), Failure> {
    for chunk in bytes.chunks(MAX_CHUNK) {
        if !call.take_credit(chunk.len()) {
            return Err(Failure::Canceled);
        }
        call.connection.send(&chunk_frame(call.id, chunk));
    }
    Ok(())
}

/// The reading side of a connection.
struct Session {
    server: Arc<Server>,
    connection: Arc<Connection>,
    greeted: bool,
    /// Calls whose body is still coming.
    unfinished: Vec<(Arc<Call>, Invoke)>,
}

impl Session {
    /// Returns when the other side has ended.
    fn read_all(&mut self) -> Result<(), Fault> {
        let mut frames = FrameReader::new(self.server.limit);
        let mut buffer = vec![0; READ_SIZE];
        loop {
            let size = match self.connection.stream().read(&mut buffer) {
                Ok(0) => return frames.check_end(),
                Ok(size) => size,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    let message = format!("No HELLO came within {} s.", m::HANDSHAKE_TIMEOUT_S);
                    return Err(Fault::new("handshake_timeout", message));
                }
                Err(_) => return Ok(()),
            };
            frames.feed(&buffer[..size]);
            while let Some(payload) = frames.next_payload()? {
                match m::read_for_worker(payload)? {
                    ToWorker::Link(Link::Fault { .. }) => return Ok(()),
                    message => self.receive(message)?,
                }
            }
        }
    }

    fn receive(&mut self, message: ToWorker) -> Result<(), Fault> {
        match message {
            ToWorker::Link(link) if !self.greeted => self.greet(&link)?,
            _ if !self.greeted => return Err(m::not_greeted()),
            ToWorker::Link(Link::Ping(n)) => self.connection.send(&frame(&[m::PONG.into(), n.into()])),
            ToWorker::Link(Link::Hello { .. }) => return Err(Fault::new("unexpected_message", "HELLO came twice.")),
            ToWorker::Link(_) => {}
            ToWorker::Invoke(invoke) => self.invoke(*invoke)?,
            ToWorker::Input { id, bytes, last } => self.input(id, &bytes, last),
            ToWorker::Cancel { id, .. } => self.cancel(id),
            ToWorker::Credit { id, bytes } => {
                if let Some(call) = self.connection.calls().get(&id) {
                    call.add_credit(bytes as usize);
                }
            }
        }
        Ok(())
    }

    fn greet(&mut self, link: &Link) -> Result<(), Fault> {
        m::check_hello(link)?;
        self.greeted = true;
        // Fails only when the socket is closed, which the next read tells.
        let _ = self.connection.stream().set_read_timeout(None);
        self.connection.send(&self.server.greeting);
        OUTPUT.add_connection(&self.connection);
        Ok(())
    }

    fn invoke(&mut self, invoke: Invoke) -> Result<(), Fault> {
        if STOPPING.load(Ordering::Relaxed) {
            // Running calls are finished, no new ones are taken.
            return Ok(());
        }
        let call = Arc::new(Call::new(invoke.id, self.connection.clone(), invoke.timeout_ms));
        if self.connection.calls().insert(call.id, call.clone()).is_some() {
            return Err(Fault::malformed(format!("the call id {} is in use", call.id)));
        }
        match invoke.has_more() {
            true => self.unfinished.push((call, invoke)),
            false => self.dispatch(call, invoke),
        }
        Ok(())
    }

    fn input(&mut self, id: u32, bytes: &[u8], last: bool) {
        if let Some(at) = self.unfinished.iter().position(|(call, _)| call.id == id) {
            self.unfinished[at].1.body.extend_from_slice(bytes);
            if last {
                let (call, invoke) = self.unfinished.remove(at);
                self.dispatch(call, invoke);
            }
        }
    }

    fn cancel(&mut self, id: u32) {
        let call = self.connection.calls().get(&id).cloned();
        if let Some(call) = call {
            call.cancel();
        }
        // One that never began ends here.
        if let Some(at) = self.unfinished.iter().position(|(call, _)| call.id == id) {
            self.unfinished.remove(at);
            self.connection.calls().remove(&id);
            self.connection.send(&self.server.error_frame(id, &Failure::Canceled));
        }
    }

    fn dispatch(&self, call: Arc<Call>, invoke: Invoke) {
        let server = self.server.clone();
        self.server.threads.run(Box::new(move || server.run_call(&call, invoke)));
    }
}
