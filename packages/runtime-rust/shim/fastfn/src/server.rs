//! What all connections of a worker share: the handler, and how a call is run to its terminal frame.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastfn_wire::encode::{chunk_frame, end_of_call_frame, frame, head_frame};
use fastfn_wire::frames::FRAME_HEADROOM;
use fastfn_wire::messages::{self as m, Invoke, MAX_CHUNK};

use crate::call::{run_as, Call};
use crate::event::{Event, EventFactory};
use crate::failure::Failure;
use crate::handler::Answer;
use crate::output::OUTPUT;
use crate::reply::{to_reply, type_of_piece, Head, Reply};
use crate::response::{Piece, Pieces};
use crate::threads::Threads;

/// A handler that takes less on average runs on the thread that reads: two changes of thread would cost more than it does.
const QUICK: Duration = Duration::from_micros(100);
/// An unknown handler counts as slow.
const UNKNOWN: Duration = Duration::from_millis(1);

pub struct Server {
    handler: Box<dyn Fn(Event) -> Answer + Send + Sync>,
    /// The handler's file.
    entry: &'static str,
    events: EventFactory,
    pub limit: usize,
    pub threads: Arc<Threads>,
    /// HELLO and READY.
    pub greeting: Vec<u8>,
    /// Moving average of the time per call, ns.
    average: AtomicU64,
}

impl Server {
    pub fn new(
        handler: Box<dyn Fn(Event) -> Answer + Send + Sync>,
        entry: &'static str,
        events: EventFactory,
        limit: usize,
        greeting: Vec<u8>,
    ) -> Server {
        let average = AtomicU64::new(UNKNOWN.as_nanos() as u64);
        Server { handler, entry, events, limit, threads: Arc::default(), greeting, average }
    }

    pub fn is_quick(&self) -> bool {
        self.average.load(Ordering::Relaxed) < QUICK.as_nanos() as u64
    }

    /// Runs a call to its end; its terminal frame is the last that is sent.
    pub fn run_call(&self, call: &Arc<Call>, invoke: Invoke) {
        let started = Instant::now();
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
        self.note(started.elapsed());
    }

    pub fn error_frame(&self, id: u32, failure: &Failure) -> Vec<u8> {
        let [code, message, debug] = failure.to_items(self.entry);
        frame(&[m::ERROR.into(), (id as i64).into(), code, message, debug])
    }

    /// The latest call counts for a sixteenth, and no call for more than a slow one: being put off by the system for a while is no
    /// sign of slowness. Threads may overwrite each other: it is an estimate.
    fn note(&self, took: Duration) {
        let before = self.average.load(Ordering::Relaxed);
        let took = took.min(UNKNOWN).as_nanos() as u64;
        self.average.store(before - before / 16 + took / 16, Ordering::Relaxed);
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
        call.connection.send_now(&head_frame(call.id, head.status, &head.headers, false, &body[..room]));
        send_chunks(call, &body[room..])?;
        Ok(end_of_call_frame(call.id))
    }
}

/// Sends piece by piece, each as soon as it is there, and takes the next only when it may be sent.
fn send_stream(call: &Call, mut head: Head, pieces: Pieces) -> Result<Vec<u8>, Failure> {
    let mut head_sent = head.is_event_stream();
    if head_sent {
        // Who listens for events wants to know at once that it is connected.
        call.connection.send_now(&head_frame(call.id, head.status, &head.headers, false, b""));
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
            call.connection.send_now(&head_frame(call.id, head.status, &head.headers, false, first));
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
        call.connection.send_now(&chunk_frame(call.id, chunk));
    }
    Ok(())
}
