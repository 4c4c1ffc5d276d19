//! The loop: connections of gateways, ends of workers, signals, time.

use std::collections::BTreeMap;
use std::fs::remove_file;
use std::io::{self, Write};
use std::os::raw::c_int;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

use fastfn_wire::encode::{fault_frame, frame};
use fastfn_wire::frames::DEFAULT_MAX_FRAME;
use fastfn_wire::messages::{self as m, Link, ToDaemon};
use fastfn_wire::sandbox;
use fastfn_wire::sys::{self, Ended, PollFd, POLLIN, POLLOUT};
use fastfn_wire::text::split_text;
use fastfn_wire::{Fault, Item, PROTOCOL_VERSION};

use crate::control::{Came, Control};
use crate::spawn::{check_spec, listen, spawn, text, StartError};
use crate::worker::Worker;

const STOP_GRACE: Duration = Duration::from_secs(1);
/// After a SIGKILL the reaping follows; until then nothing more is due.
const KILLED: Duration = Duration::from_secs(3600);
const WANTED_FILES: u64 = 16384;
/// What compiled us, for HELLO.
const TOOL: Option<&str> = option_env!("FASTFN_TOOL");

static WAKE_FD: AtomicI32 = AtomicI32::new(-1);
static STOP_WANTED: AtomicBool = AtomicBool::new(false);

extern "C" fn on_child(_: c_int) {
    sys::poke(WAKE_FD.load(Ordering::Relaxed));
}

extern "C" fn on_stop(_: c_int) {
    // Runs between any two instructions of the loop: only notes it, the loop acts.
    STOP_WANTED.store(true, Ordering::Relaxed);
    sys::poke(WAKE_FD.load(Ordering::Relaxed));
}

/// Serves until told to end.
///
/// # Errors
/// The socket cannot be made.
pub fn run(path: &str, lifeline: bool) -> io::Result<()> {
    sys::raise_file_limit(WANTED_FILES);
    let listener = listen(Path::new(path))?;
    let mut daemon = Daemon::new(listener)?;
    println!("ready");
    io::stdout().flush()?;
    let result = daemon.serve(lifeline);
    unlink(Path::new(path));
    result
}

struct Daemon {
    hello: Vec<u8>,
    listener: UnixListener,
    limit: usize,
    /// Held open by the daemon alone: its end of file tells workers that the daemon died.
    death_read: OwnedFd,
    _death_write: OwnedFd,
    wake_read: OwnedFd,
    _wake_write: OwnedFd,
    controls: BTreeMap<u64, Control>,
    next_control: u64,
    workers: BTreeMap<i32, Worker>,
    stopping: bool,
}

impl Daemon {
    fn new(listener: UnixListener) -> io::Result<Daemon> {
        let hello = hello();
        let (death_read, death_write) = sys::make_pipe()?;
        let (wake_read, wake_write) = sys::make_pipe()?;
        sys::set_nonblocking(wake_read.as_raw_fd());
        sys::set_nonblocking(wake_write.as_raw_fd());
        listener.set_nonblocking(true)?;
        WAKE_FD.store(wake_write.as_raw_fd(), Ordering::Relaxed);
        sys::on_signal(sys::SIGCHLD, on_child);
        sys::on_signal(sys::SIGTERM, on_stop);
        sys::on_signal(sys::SIGINT, on_stop);
        let limit = std::env::var("FN_MAX_FRAME_BYTES").ok().and_then(|text| text.parse().ok());
        Ok(Daemon {
            hello,
            listener,
            limit: limit.filter(|limit| *limit > 0).unwrap_or(DEFAULT_MAX_FRAME),
            death_read,
            _death_write: death_write,
            wake_read,
            _wake_write: wake_write,
            controls: BTreeMap::new(),
            next_control: 0,
            workers: BTreeMap::new(),
            stopping: false,
        })
    }

    fn serve(&mut self, lifeline: bool) -> io::Result<()> {
        let mut lifeline = lifeline;
        while !(self.stopping && self.workers.is_empty()) {
            let ids: Vec<u64> = self.controls.keys().copied().collect();
            let mut fds = vec![
                watch(self.wake_read.as_raw_fd(), POLLIN),
                watch(self.listener.as_raw_fd(), POLLIN),
                // A negative descriptor is not looked at.
                watch(if lifeline { 0 } else { -1 }, POLLIN),
            ];
            fds.extend(self.controls.values().map(|control| {
                watch(control.stream.as_raw_fd(), if control.wants_to_write() { POLLIN | POLLOUT } else { POLLIN })
            }));
            sys::wait(&mut fds, self.next_timeout())?;
            if fds[0].revents != 0 {
                discard(self.wake_read.as_raw_fd());
                self.reap();
            }
            if fds[1].revents != 0 {
                self.accept();
            }
            if fds[2].revents != 0 && !matches!(sys::read_some(0, &mut [0; 4096]), Some(1..)) {
                lifeline = false;
                self.stop_all(Duration::ZERO);
            }
            for (id, fd) in ids.iter().zip(&fds[3..]) {
                if fd.revents & POLLOUT != 0 && !self.controls.get_mut(id).map_or(true, Control::flush) {
                    self.drop_control(*id);
                }
                if fd.revents & !POLLOUT != 0 {
                    self.read(*id);
                }
            }
            self.tick();
        }
        Ok(())
    }

    // --- connections

    fn accept(&mut self) {
        let stream = match self.listener.accept() {
            Ok((stream, _)) if !self.stopping => stream,
            _ => return,
        };
        if let Ok(control) = Control::new(stream, self.limit) {
            self.next_control += 1;
            self.controls.insert(self.next_control, control);
        }
    }

    fn read(&mut self, id: u64) {
        let control = match self.controls.get_mut(&id) {
            Some(control) => control,
            None => return,
        };
        match control.read() {
            Came::Nothing => {}
            Came::Bytes if control.closing => {}
            Came::End if control.closing => self.drop_control(id),
            Came::End => match control.reader.check_end() {
                Ok(()) => self.drop_control(id),
                Err(fault) => self.fault(id, &fault),
            },
            Came::Bytes => {
                if let Err(fault) = self.receive_all(id) {
                    self.fault(id, &fault);
                }
            }
        }
    }

    fn receive_all(&mut self, id: u64) -> Result<(), Fault> {
        loop {
            let message = match self.controls.get_mut(&id) {
                Some(control) if !control.closing => match control.reader.next_payload()? {
                    Some(payload) => m::read_for_daemon(payload)?,
                    None => return Ok(()),
                },
                _ => return Ok(()),
            };
            self.receive(id, message)?;
        }
    }

    fn receive(&mut self, id: u64, message: ToDaemon) -> Result<(), Fault> {
        let greeted = self.controls.get(&id).map_or(false, |control| control.greeted);
        match message {
            ToDaemon::Link(Link::Fault { .. }) => self.finish(id),
            ToDaemon::Link(link) if !greeted => {
                m::check_hello(&link)?;
                if let Some(control) = self.controls.get_mut(&id) {
                    control.greeted = true;
                }
                self.greet(id);
            }
            _ if !greeted => return Err(m::not_greeted()),
            ToDaemon::Link(Link::Ping(n)) => self.send(id, &frame(&[m::PONG.into(), n.into()])),
            ToDaemon::Link(Link::Pong(_)) => {}
            ToDaemon::Link(Link::Hello { .. }) => return Err(Fault::new("unexpected_message", "HELLO came twice.")),
            ToDaemon::Start { worker, spec } => self.start(id, worker, &spec),
            ToDaemon::Stop { worker, grace_ms } => {
                let own = |one: &&mut Worker| one.name == worker && one.control == Some(id);
                if let Some(worker) = self.workers.values_mut().find(own) {
                    worker.stop(Duration::from_millis(grace_ms));
                }
            }
        }
        Ok(())
    }

    fn fault(&mut self, id: u64, fault: &Fault) {
        // Our own HELLO is the first frame, also before a FAULT.
        if self.controls.get(&id).map_or(false, |control| !control.greeted) {
            self.greet(id);
        }
        self.send(id, &fault_frame(fault));
        self.finish(id);
    }

    fn finish(&mut self, id: u64) {
        if let Some(control) = self.controls.get_mut(&id) {
            control.finish();
        }
    }

    fn greet(&mut self, id: u64) {
        let hello = self.hello.clone();
        self.send(id, &hello);
    }

    fn send(&mut self, id: u64, frame: &[u8]) {
        if !self.controls.get_mut(&id).map_or(true, |control| control.send(frame)) {
            self.drop_control(id);
        }
    }

    /// The connection is gone, and with it the right of its workers to live.
    fn drop_control(&mut self, id: u64) {
        if self.controls.remove(&id).is_none() {
            return;
        }
        for worker in self.workers.values_mut().filter(|worker| worker.control == Some(id)) {
            worker.control = None;
            worker.stop(STOP_GRACE);
        }
    }

    // --- workers

    fn start(&mut self, id: u64, name: String, spec: &Item) {
        match self.try_start(id, &name, spec) {
            Ok(pid) => self.send(id, &frame(&[m::STARTED.into(), name.into(), (pid as i64).into()])),
            Err(error) => {
                self.send(id, &frame(&[m::START_FAILED.into(), name.into(), error.code.into(), error.message.into()]))
            }
        }
    }

    fn try_start(&mut self, id: u64, name: &str, spec: &Item) -> Result<i32, StartError> {
        if self.workers.values().any(|worker| worker.name == name) {
            return Err(StartError::new("duplicate_worker", format!("A worker called {} runs already.", name)));
        }
        if self.stopping {
            return Err(StartError::new("shutting_down", "The daemon is stopping.".to_owned()));
        }
        check_spec(spec)?;
        let socket = PathBuf::from(text(spec, "socket"));
        let listener = listen(&socket).map_err(|error| {
            let message = format!("The worker's socket {} cannot be made: {}.", socket.display(), error);
            StartError::new("socket_failed", message)
        })?;
        let (pid, outputs) = spawn(spec, &listener, self.death_read.as_raw_fd()).map_err(|error| {
            unlink(&socket);
            let message = format!("{} cannot be run in {}: {}.", text(spec, "entry"), text(spec, "folder"), error);
            StartError::new("fork_failed", message)
        })?;
        let worker = Worker { name: name.to_owned(), pid, socket, control: Some(id), outputs, kill_at: None };
        self.workers.insert(pid, worker);
        Ok(pid)
    }

    fn stop_all(&mut self, grace: Duration) {
        self.stopping = true;
        self.workers.values_mut().for_each(|worker| worker.stop(grace));
    }

    fn reap(&mut self) {
        while let Some((pid, ended)) = sys::reap() {
            if let Some(worker) = self.workers.remove(&pid) {
                self.ended(&worker, ended);
            }
        }
    }

    fn ended(&mut self, worker: &Worker, ended: Ended) {
        // What it started goes along.
        sys::signal_group(worker.pid, sys::SIGKILL);
        unlink(&worker.socket);
        let id = match worker.control {
            Some(id) => id,
            None => return,
        };
        for stream in 0..2 {
            for text in split_text(&worker.last_words(stream)) {
                let name = worker.name.as_str().into();
                self.send(id, &frame(&[m::LOG.into(), name, (stream as i64 + 1).into(), text.into()]));
            }
        }
        let (code, signal) = match ended {
            Ended::Code(code) => (Item::Int(code as i64), Item::Nil),
            Ended::Signal(number) => (Item::Nil, Item::Str(sys::signal_name(number))),
        };
        self.send(id, &frame(&[m::EXITED.into(), worker.name.as_str().into(), code, signal]));
    }

    // --- time

    /// Milliseconds until something is due; -1: nothing is.
    fn next_timeout(&self) -> i32 {
        let kills = self.workers.values().filter_map(|worker| worker.kill_at);
        let ends = self.controls.values().filter(|control| control.is_timed()).map(|control| control.deadline);
        match kills.chain(ends).min() {
            Some(due) => due.saturating_duration_since(Instant::now()).as_millis().min(60_000) as i32 + 1,
            None => -1,
        }
    }

    fn tick(&mut self) {
        if STOP_WANTED.load(Ordering::Relaxed) && !self.stopping {
            self.stop_all(STOP_GRACE);
        }
        let now = Instant::now();
        for worker in self.workers.values_mut().filter(|worker| worker.kill_at.map_or(false, |at| at <= now)) {
            sys::signal_group(worker.pid, sys::SIGKILL);
            worker.kill_at = Some(now + KILLED);
        }
        let overdue = |control: &Control| control.is_timed() && control.deadline <= now;
        let late: Vec<(u64, bool)> =
            self.controls.iter().filter(|(_, one)| overdue(one)).map(|(id, one)| (*id, one.closing)).collect();
        for (id, closing) in late {
            if closing {
                self.drop_control(id);
            } else {
                let message = format!("No HELLO came within {} s.", m::HANDSHAKE_TIMEOUT_S);
                self.fault(id, &Fault::new("handshake_timeout", message));
            }
        }
    }
}

fn hello() -> Vec<u8> {
    let info = Item::Map(vec![
        ("role".to_owned(), "daemon".into()),
        ("runtime".to_owned(), "rust".into()),
        ("pid".to_owned(), (std::process::id() as i64).into()),
        ("tool".to_owned(), TOOL.unwrap_or("Rust").into()),
        ("sandbox".to_owned(), sandbox::expected().to_item()),
    ]);
    frame(&[m::HELLO.into(), PROTOCOL_VERSION.into(), info])
}

fn watch(fd: RawFd, events: i16) -> PollFd {
    PollFd { fd, events, revents: 0 }
}

fn discard(fd: RawFd) {
    let mut buffer = [0; 256];
    while let Some(1..) = sys::read_some(fd, &mut buffer) {}
}

fn unlink(path: &Path) {
    match remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            eprintln!("Cannot remove {}: {}", path.display(), error)
        }
        _ => {}
    }
}
