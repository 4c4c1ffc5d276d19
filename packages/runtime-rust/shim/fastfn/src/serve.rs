//! A worker process, from its start to its end (PROTOCOL.md §4).

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::os::raw::c_int;
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::Arc;
use std::time::Instant;

use fastfn_wire::decode::Reader;
use fastfn_wire::encode::frame;
use fastfn_wire::frames::DEFAULT_MAX_FRAME;
use fastfn_wire::messages as m;
use fastfn_wire::sandbox::{self, Report};
use fastfn_wire::sys::{self, PollFd, POLLIN};
use fastfn_wire::{Item, PROTOCOL_VERSION};

use crate::event::{Event, EventFactory};
use crate::failure::install_panic_hook;
use crate::handler::{Answer, Handler};
use crate::lane::Lane;
use crate::output::OUTPUT;
use crate::server::Server;
use crate::steward::Steward;

static WAKE_FD: AtomicI32 = AtomicI32::new(-1);
static STOPPING: AtomicBool = AtomicBool::new(false);

extern "C" fn on_stop(_: c_int) {
    STOPPING.store(true, Ordering::Relaxed);
    sys::poke(WAKE_FD.load(Ordering::Relaxed));
}

/// SIGTERM has come.
pub fn is_stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
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

fn run(
    listener: UnixListener,
    death: RawFd,
    outputs: [OwnedFd; 2],
    mut spec_file: fs::File,
    handler: Box<dyn Fn(Event) -> Answer + Send + Sync>,
    entry: &'static str,
) -> io::Result<()> {
    let started = Instant::now();
    let mut bytes = Vec::new();
    spec_file.read_to_end(&mut bytes)?;
    let spec = Reader::new(&bytes).item(0).map_err(|fault| io::Error::new(ErrorKind::InvalidData, fault.message))?;
    let sources = source_files(&spec);
    // Before there is a second thread.
    let sandbox = spec.get("sandbox").map(sandbox::apply);
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

    let limit = spec.get("max_frame").and_then(Item::as_int).filter(|limit| *limit > 0);
    let limit = limit.map_or(DEFAULT_MAX_FRAME, |limit| limit as usize);
    let greeting = greeting(sources, sandbox, started);
    let server = Arc::new(Server::new(handler, entry, EventFactory::new(&spec), limit, greeting));
    let steward = Steward::start()?;

    listener.set_nonblocking(true)?;
    let mut lanes: Vec<Arc<Lane>> = Vec::new();
    while !is_stopping() {
        let fds = [listener.as_raw_fd(), wake_read.as_raw_fd()];
        let mut fds = fds.map(|fd| PollFd { fd, events: POLLIN, revents: 0 });
        sys::wait(&mut fds, -1)?;
        if fds[0].revents == 0 {
            continue;
        }
        if let Ok((stream, _)) = listener.accept() {
            lanes.retain(|lane| lane.connection.is_open());
            let lane = Lane::open(server.clone(), steward.clone(), stream)?;
            steward.add(&lane);
            lanes.push(lane);
        }
    }
    server.threads.wait_for_all();
    OUTPUT.drain();
    OUTPUT.flush();
    lanes.iter().for_each(|lane| lane.connection.settle());
    std::process::exit(0)
}

fn greeting(sources: Item, sandbox: Option<Report>, started: Instant) -> Vec<u8> {
    let pid = std::process::id() as i64;
    let map =
        |pairs: Vec<(&str, Item)>| Item::Map(pairs.into_iter().map(|(key, item)| (key.to_owned(), item)).collect());
    let hello = map(vec![("role", "worker".into()), ("runtime", "rust".into()), ("pid", pid.into())]);
    let ready = map(vec![
        ("pid", pid.into()),
        ("concurrency", 0.into()),
        ("files", sources),
        ("sandbox", sandbox.map_or(Item::Nil, |report| report.to_item())),
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
