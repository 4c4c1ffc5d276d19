//! Threads that calls run on: kept for a while, as many as calls run at once, up to a bound.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Calls beyond it wait for a thread.
const MAX_THREADS: usize = 512;
const IDLE_FOR: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub struct Threads {
    state: Mutex<State>,
    /// There is a job.
    changed: Condvar,
    /// The last job has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
    /// Jobs that have not ended.
    active: usize,
}

impl Threads {
    pub fn run(self: &Arc<Self>, job: Job) {
        let mut state = self.state();
        state.active += 1;
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            drop(state);
            self.changed.notify_one();
        } else if state.threads < MAX_THREADS {
            state.threads += 1;
            drop(state);
            let this = self.clone();
            let spawned = std::thread::Builder::new().name("call".to_owned()).spawn(move || this.work());
            if spawned.is_err() {
                // The system gives no more threads: those there are go through the queue.
                self.state().threads -= 1;
            }
        }
    }

    /// Counts a job that runs on another thread.
    pub fn enter(&self) {
        self.state().active += 1;
    }

    pub fn leave(&self) {
        let mut state = self.state();
        state.active -= 1;
        if state.active == 0 {
            self.ended.notify_all();
        }
    }

    /// Returns when every job has ended.
    pub fn wait_for_all(&self) {
        let mut state = self.state();
        while state.active > 0 {
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                self.leave();
                state = self.state();
                continue;
            }
            state.idle += 1;
            let (next, waited) = self.changed.wait_timeout(state, IDLE_FOR).unwrap_or_else(PoisonError::into_inner);
            state = next;
            state.idle -= 1;
            if waited.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
