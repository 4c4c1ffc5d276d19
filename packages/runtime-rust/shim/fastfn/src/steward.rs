//! Looks after threads that read and run calls as well: none may stay in a call while others wait for it to read.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::lane::Lane;

/// A call that lasts from one look to the next was not quick.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Looks without anything to see, after which it sleeps until it is called.
const PATIENCE: u32 = 50;

#[derive(Default)]
pub struct Steward {
    lanes: Mutex<Vec<Weak<Lane>>>,
    asleep: AtomicBool,
    called: Condvar,
    /// Looks since the last call began.
    quiet: AtomicU32,
}

impl Steward {
    pub fn start() -> io::Result<Arc<Steward>> {
        let steward = Arc::new(Steward::default());
        let this = steward.clone();
        std::thread::Builder::new().name("steward".to_owned()).spawn(move || this.work())?;
        Ok(steward)
    }

    pub fn add(&self, lane: &Arc<Lane>) {
        self.lanes().push(Arc::downgrade(lane));
    }

    /// A thread that reads is about to run a call. Costs next to nothing while the steward is awake.
    pub fn watch(&self) {
        self.quiet.store(0, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            let _lanes = self.lanes();
            self.called.notify_one();
        }
    }

    fn work(&self) {
        let mut seen: Vec<u64> = Vec::new();
        loop {
            std::thread::sleep(LOOK_EVERY);
            let mut lanes = self.lanes();
            if self.quiet.fetch_add(1, Ordering::Relaxed) >= PATIENCE {
                lanes.retain(|lane| lane.strong_count() > 0);
                self.asleep.store(true, Ordering::SeqCst);
                // A call that began just before would not have called.
                while self.quiet.load(Ordering::SeqCst) >= PATIENCE {
                    lanes = self.called.wait(lanes).unwrap_or_else(PoisonError::into_inner);
                }
                self.asleep.store(false, Ordering::SeqCst);
                seen.clear();
            }
            let looked: Vec<Arc<Lane>> = lanes.iter().filter_map(Weak::upgrade).collect();
            drop(lanes);
            for (at, lane) in looked.iter().enumerate() {
                let state = lane.state();
                if seen.get(at) == Some(&state) {
                    lane.depose(state);
                }
            }
            seen = looked.iter().map(|lane| lane.state()).collect();
        }
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Weak<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
