//! One worker process, from fork to reaping.

use std::os::unix::io::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fastfn_wire::sys;

pub struct Worker {
    pub name: String,
    pub pid: i32,
    pub socket: PathBuf,
    /// The connection that owns it; `None` when that is gone.
    pub control: Option<u64>,
    /// Read ends of what it writes to fd 1 and 2: what it leaves there when it dies is read here.
    pub outputs: [OwnedFd; 2],
    /// When SIGKILL is due; `None` when nobody asked it to stop.
    pub kill_at: Option<Instant>,
}

impl Worker {
    /// SIGTERM now and SIGKILL after the grace; a second request can only shorten it.
    pub fn stop(&mut self, grace: Duration) {
        let kill_at = Instant::now() + grace;
        if grace.is_zero() {
            sys::signal_group(self.pid, sys::SIGKILL);
        } else if self.kill_at.is_none() {
            sys::signal_group(self.pid, sys::SIGTERM);
        }
        self.kill_at = Some(self.kill_at.map_or(kill_at, |before| before.min(kill_at)));
    }

    /// What lies in a pipe of it, up to 64 KiB.
    pub fn last_words(&self, stream: usize) -> Vec<u8> {
        let mut data = vec![0; 65536];
        let size = sys::read_some(self.outputs[stream].as_raw_fd(), &mut data).unwrap_or(0);
        data.truncate(size);
        data
    }
}
