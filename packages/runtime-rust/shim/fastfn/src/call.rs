//! One call while it runs: its thread knows it, CANCEL and CREDIT reach it.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastfn_wire::messages::CREDIT_WINDOW;

use crate::connection::Connection;
use crate::sink::Sink;

pub struct Call {
    pub id: u32,
    pub connection: Arc<Connection>,
    deadline: Instant,
    canceled: AtomicBool,
    /// Bytes of CHUNK that may be sent now.
    credit: Mutex<usize>,
    changed: Condvar,
    sink: Mutex<Sink>,
}

impl Call {
    pub fn new(id: u32, connection: Arc<Connection>, timeout_ms: f64) -> Call {
        let timeout = Duration::from_millis(timeout_ms.clamp(0.0, 1e12) as u64);
        Call {
            id,
            connection,
            deadline: Instant::now() + timeout,
            canceled: AtomicBool::new(false),
            credit: Mutex::new(CREDIT_WINDOW),
            changed: Condvar::new(),
            sink: Mutex::new(Sink::new(id)),
        }
    }

    pub fn sink(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn cancel(&self) {
        let _credit = self.credit();
        self.canceled.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    pub fn is_canceled(&self) -> bool {
        self.canceled.load(Ordering::Relaxed)
    }

    pub fn add_credit(&self, bytes: usize) {
        let mut credit = self.credit();
        *credit = credit.saturating_add(bytes);
        self.changed.notify_all();
    }

    /// Waits until so many bytes may be sent, and counts them. False when the call was canceled.
    pub fn take_credit(&self, bytes: usize) -> bool {
        let mut credit = self.credit();
        while !self.is_canceled() && *credit < bytes {
            credit = self.changed.wait(credit).unwrap_or_else(PoisonError::into_inner);
        }
        if self.is_canceled() {
            return false;
        }
        *credit -= bytes;
        true
    }

    /// True when it slept to the end.
    fn sleep(&self, duration: Duration) -> bool {
        let until = Instant::now().checked_add(duration);
        let mut credit = self.credit();
        while !self.is_canceled() {
            let left = until.map_or(Duration::from_secs(3600), |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return true;
            }
            credit = self.changed.wait_timeout(credit, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn credit(&self) -> MutexGuard<'_, usize> {
        self.credit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Call>>> = RefCell::new(None);
}

/// The call that this thread runs.
pub fn current() -> Option<Arc<Call>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Runs `work` as part of the call.
pub fn run_as<T>(call: &Arc<Call>, work: impl FnOnce() -> T) -> T {
    CURRENT.with(|current| *current.borrow_mut() = Some(call.clone()));
    let result = work();
    CURRENT.with(|current| *current.borrow_mut() = None);
    result
}

/// Whether the answer is not wanted any more: the client has left, the deadline has passed. Long work asks now and then, and
/// returns; what it returns is thrown away. A handler that goes on beyond its deadline is ended with its process.
pub fn cancelled() -> bool {
    current().map_or(false, |call| call.is_canceled())
}

/// Sleeps, unless and until the call is cancelled. True when it slept to the end.
pub fn sleep(duration: Duration) -> bool {
    match current() {
        Some(call) => call.sleep(duration),
        None => {
            std::thread::sleep(duration);
            true
        }
    }
}

/// Until the call's deadline; for ever outside a call.
pub fn time_left() -> Duration {
    current().map_or(Duration::MAX, |call| call.deadline.saturating_duration_since(Instant::now()))
}

/// For threads of the handler's own: they belong to no call.
pub fn cancel_token() -> CancelToken {
    CancelToken(current())
}

/// Says in any thread whether the call is [`cancelled`].
#[derive(Clone)]
pub struct CancelToken(Option<Arc<Call>>);

impl CancelToken {
    pub fn cancelled(&self) -> bool {
        self.0.as_ref().map_or(false, |call| call.is_canceled())
    }

    /// Like [`sleep`], of this call.
    pub fn sleep(&self, duration: Duration) -> bool {
        match &self.0 {
            Some(call) => call.sleep(duration),
            None => sleep(duration),
        }
    }
}
