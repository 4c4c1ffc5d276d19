//! The reading side of a connection, and who does it.
//!
//! One thread at a time leads: it reads, hands slow handlers' calls to other threads, and runs quick handlers' calls itself,
//! their answers gathered into one write. Should such a call take long after all, the steward has another thread lead, which
//! goes on with the calls that wait and with reading; the old one ends with its call.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastfn_wire::encode::{fault_frame, frame};
use fastfn_wire::frames::FrameReader;
use fastfn_wire::messages::{self as m, Invoke, Link, ToWorker};
use fastfn_wire::Fault;

use crate::call::Call;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::OUTPUT;
use crate::serve::is_stopping;
use crate::server::Server;
use crate::steward::Steward;

const READ_SIZE: usize = 262_144;
/// Each leader has so many states to go through.
const REIGN: u64 = 1 << 32;

type Job = (Arc<Call>, Invoke);

pub struct Lane {
    server: Arc<Server>,
    steward: Arc<Steward>,
    pub connection: Arc<Connection>,
    session: Mutex<Session>,
    /// Calls that the leader runs itself, in order.
    jobs: Mutex<VecDeque<Job>>,
    /// Which leader, and odd while it runs a call: goes up with every step.
    state: AtomicU64,
}

impl Lane {
    /// Serves a connection on a thread of its own.
    pub fn open(server: Arc<Server>, steward: Arc<Steward>, stream: UnixStream) -> io::Result<Arc<Lane>> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(Duration::from_secs(m::HANDSHAKE_TIMEOUT_S)))?;
        let lane = Arc::new(Lane {
            session: Mutex::new(Session {
                frames: FrameReader::new(server.limit),
                buffer: vec![0; READ_SIZE],
                greeted: false,
                unfinished: Vec::new(),
            }),
            connection: Arc::new(Connection::new(stream)),
            jobs: Mutex::default(),
            state: AtomicU64::new(0),
            server,
            steward,
        });
        let leader = lane.clone();
        std::thread::Builder::new().name("connection".to_owned()).spawn(move || leader.lead(0))?;
        Ok(lane)
    }

    /// What the steward compares from look to look.
    pub fn state(&self) -> u64 {
        self.state.load(Ordering::Acquire)
    }

    /// Another thread leads when the one that leads is still in the same call. Answers that wait for it are sent.
    pub fn depose(self: &Arc<Self>, seen: u64) {
        let next = (seen / REIGN + 1) * REIGN;
        if seen % 2 == 0 || self.state.compare_exchange(seen, next, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        self.connection.uncork();
        loop {
            let leader = self.clone();
            match std::thread::Builder::new().name("connection".to_owned()).spawn(move || leader.lead(next)) {
                Ok(_) => return,
                // The system gives no more threads; somebody has to read, so this cannot be left.
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// Leads from `state` on, until the connection ends or another thread has taken over.
    fn lead(self: Arc<Self>, mut state: u64) {
        loop {
            while let Some((call, invoke)) = self.next_job() {
                self.state.store(state + 1, Ordering::Release);
                self.steward.watch();
                self.server.run_call(&call, invoke);
                self.server.threads.leave();
                match self.state.compare_exchange(state + 1, state + 2, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => state += 2,
                    Err(_) => return,
                }
            }
            self.connection.uncork();
            match self.session().read(&self) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    self.connection.send(&fault_frame(&fault));
                    self.connection.close_gently();
                    break;
                }
            }
        }
        self.connection.close();
    }

    fn next_job(&self) -> Option<Job> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn dispatch(&self, call: Arc<Call>, invoke: Invoke) {
        if self.server.is_quick() {
            self.server.threads.enter();
            self.connection.cork();
            self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push_back((call, invoke));
        } else {
            let server = self.server.clone();
            self.server.threads.run(Box::new(move || server.run_call(&call, invoke)));
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came and is not dealt with yet.
struct Session {
    frames: FrameReader,
    buffer: Vec<u8>,
    greeted: bool,
    /// Calls whose body is still coming.
    unfinished: Vec<Job>,
}

impl Session {
    /// Waits for bytes and deals with the messages they complete. False when the other side has ended.
    fn read(&mut self, lane: &Lane) -> Result<bool, Fault> {
        let outcome = self.read_some(lane);
        if outcome.is_err() && !self.greeted {
            // Our own HELLO is the first frame, also before a FAULT.
            lane.connection.send(&lane.server.greeting);
        }
        outcome
    }

    fn read_some(&mut self, lane: &Lane) -> Result<bool, Fault> {
        let size = match lane.connection.stream().read(&mut self.buffer) {
            Ok(0) => return self.frames.check_end().map(|()| false),
            Ok(size) => size,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let message = format!("No HELLO came within {} s.", m::HANDSHAKE_TIMEOUT_S);
                return Err(Fault::new("handshake_timeout", message));
            }
            Err(_) => return Ok(false),
        };
        self.frames.feed(&self.buffer[..size]);
        loop {
            let message = match self.frames.next_payload()? {
                Some(payload) => m::read_for_worker(payload)?,
                None => return Ok(true),
            };
            if let ToWorker::Link(Link::Fault { .. }) = message {
                return Ok(false);
            }
            self.receive(lane, message)?;
        }
    }

    fn receive(&mut self, lane: &Lane, message: ToWorker) -> Result<(), Fault> {
        match message {
            ToWorker::Link(link) if !self.greeted => self.greet(lane, &link)?,
            _ if !self.greeted => return Err(m::not_greeted()),
            ToWorker::Link(Link::Ping(n)) => lane.connection.send_now(&frame(&[m::PONG.into(), n.into()])),
            ToWorker::Link(Link::Hello { .. }) => return Err(Fault::new("unexpected_message", "HELLO came twice.")),
            ToWorker::Link(_) => {}
            ToWorker::Invoke(invoke) => self.invoke(lane, *invoke)?,
            ToWorker::Input { id, bytes, last } => self.input(lane, id, &bytes, last),
            ToWorker::Cancel { id, .. } => self.cancel(lane, id),
            ToWorker::Credit { id, bytes } => {
                if let Some(call) = lane.connection.calls().get(&id) {
                    call.add_credit(bytes as usize);
                }
            }
        }
        Ok(())
    }

    fn greet(&mut self, lane: &Lane, link: &Link) -> Result<(), Fault> {
        m::check_hello(link)?;
        self.greeted = true;
        // Fails only when the socket is closed, which the next read tells.
        let _ = lane.connection.stream().set_read_timeout(None);
        lane.connection.send(&lane.server.greeting);
        OUTPUT.add_connection(&lane.connection);
        Ok(())
    }

    fn invoke(&mut self, lane: &Lane, invoke: Invoke) -> Result<(), Fault> {
        if is_stopping() {
            // Running calls are finished, no new ones are taken.
            return Ok(());
        }
        let call = Arc::new(Call::new(invoke.id, lane.connection.clone(), invoke.timeout_ms));
        if lane.connection.calls().insert(call.id, call.clone()).is_some() {
            return Err(Fault::malformed(format!("the call id {} is in use", call.id)));
        }
        match invoke.has_more() {
            true => self.unfinished.push((call, invoke)),
            false => lane.dispatch(call, invoke),
        }
        Ok(())
    }

    fn input(&mut self, lane: &Lane, id: u32, bytes: &[u8], last: bool) {
        if let Some(at) = self.unfinished.iter().position(|(call, _)| call.id == id) {
            self.unfinished[at].1.body.extend_from_slice(bytes);
            if last {
                let (call, invoke) = self.unfinished.remove(at);
                lane.dispatch(call, invoke);
            }
        }
    }

    fn cancel(&mut self, lane: &Lane, id: u32) {
        let call = lane.connection.calls().get(&id).cloned();
        if let Some(call) = call {
            call.cancel();
        }
        // One that never began ends here.
        if let Some(at) = self.unfinished.iter().position(|(call, _)| call.id == id) {
            self.unfinished.remove(at);
            lane.connection.calls().remove(&id);
            lane.connection.send(&lane.server.error_frame(id, &Failure::Canceled));
        }
    }
}
