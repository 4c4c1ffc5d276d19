//! The few system calls that Rust's library does not offer, declared by hand so that no crate is needed.

use std::io;
use std::os::raw::{c_int, c_short, c_ulong, c_void};
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub const SIGINT: c_int = 2;
pub const SIGKILL: c_int = 9;
pub const SIGTERM: c_int = 15;
#[cfg(target_os = "linux")]
pub const SIGCHLD: c_int = 17;
#[cfg(not(target_os = "linux"))]
pub const SIGCHLD: c_int = 20;

pub const POLLIN: c_short = 1;
pub const POLLOUT: c_short = 4;

#[cfg(target_os = "linux")]
type Nfds = c_ulong;
#[cfg(not(target_os = "linux"))]
type Nfds = std::os::raw::c_uint;

const F_SETFD: c_int = 2;
const F_GETFL: c_int = 3;
const F_SETFL: c_int = 4;
const FD_CLOEXEC: c_int = 1;
#[cfg(target_os = "linux")]
const O_NONBLOCK: c_int = 0o4000;
#[cfg(not(target_os = "linux"))]
const O_NONBLOCK: c_int = 4;
#[cfg(target_os = "linux")]
const PR_SET_PDEATHSIG: c_int = 1;
#[cfg(target_os = "linux")]
const RLIMIT_NOFILE: c_int = 7;
#[cfg(not(target_os = "linux"))]
const RLIMIT_NOFILE: c_int = 8;
const SIG_DFL: usize = 0;
const WNOHANG: c_int = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct PollFd {
    pub fd: c_int,
    pub events: c_short,
    pub revents: c_short,
}

#[repr(C)]
struct RLimit {
    soft: u64,
    hard: u64,
}

extern "C" {
    fn poll(fds: *mut PollFd, count: Nfds, timeout_ms: c_int) -> c_int;
    fn pipe(fds: *mut c_int) -> c_int;
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn signal(number: c_int, handler: usize) -> usize;
    fn kill(pid: c_int, number: c_int) -> c_int;
    fn setpgid(pid: c_int, group: c_int) -> c_int;
    fn getpgrp() -> c_int;
    fn getppid() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn umask(mask: c_int) -> c_int;
    fn write(fd: c_int, data: *const c_void, size: usize) -> isize;
    fn read(fd: c_int, data: *mut c_void, size: usize) -> isize;
    fn _exit(code: c_int) -> !;
    fn getrlimit(resource: c_int, limit: *mut RLimit) -> c_int;
    fn setrlimit(resource: c_int, limit: *const RLimit) -> c_int;
    #[cfg(target_os = "linux")]
    fn prctl(option: c_int, ...) -> c_int;
}

/// Waits until one of `fds` is ready, or `timeout_ms` have passed (negative: for ever). An interrupted wait is an early end.
pub fn wait(fds: &mut [PollFd], timeout_ms: i32) -> io::Result<()> {
    let done = unsafe { poll(fds.as_mut_ptr(), fds.len() as Nfds, timeout_ms) };
    if done >= 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.kind() != io::ErrorKind::Interrupted {
        return Err(error);
    }
    fds.iter_mut().for_each(|one| one.revents = 0);
    Ok(())
}

/// Whether one of `fds` can be read at once, its end of file included. Negative ones are passed over.
pub fn readable(fds: [RawFd; 2]) -> bool {
    let mut fds = fds.map(|fd| PollFd { fd, events: POLLIN, revents: 0 });
    wait(&mut fds, 0).is_ok() && fds.iter().any(|one| one.revents != 0)
}

/// Read and write end; children do not inherit them unless [`inherit`] says so.
pub fn make_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    if unsafe { pipe(fds.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let ends = unsafe { (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])) };
    for end in [&ends.0, &ends.1] {
        unsafe { fcntl(end.as_raw_fd(), F_SETFD, FD_CLOEXEC) };
    }
    Ok(ends)
}

/// Lets `fd` survive an exec. Async-signal-safe: for use between fork and exec.
pub fn inherit(fd: RawFd) {
    unsafe { fcntl(fd, F_SETFD, 0) };
}

/// Keeps `fd` from children.
pub fn keep_private(fd: RawFd) {
    unsafe { fcntl(fd, F_SETFD, FD_CLOEXEC) };
}

pub fn set_nonblocking(fd: RawFd) {
    unsafe {
        let flags = fcntl(fd, F_GETFL);
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
}

/// Bytes read; `None` when there is nothing now, or an error. 0 at the end of file.
pub fn read_some(fd: RawFd, into: &mut [u8]) -> Option<usize> {
    loop {
        let got = unsafe { read(fd, into.as_mut_ptr() as *mut c_void, into.len()) };
        if got >= 0 {
            return Some(got as usize);
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return None;
        }
    }
}

/// Runs `handler` when the signal comes. It may only do what is async-signal-safe, such as [`poke`].
pub fn on_signal(number: c_int, handler: extern "C" fn(c_int)) {
    unsafe { signal(number, handler as usize) };
}

pub fn default_signal(number: c_int) {
    unsafe { signal(number, SIG_DFL) };
}

/// Writes one byte, to wake who waits for it; never blocks when `fd` does not. Async-signal-safe.
pub fn poke(fd: RawFd) {
    unsafe { write(fd, b"!".as_ptr() as *const c_void, 1) };
}

/// Sends a signal to a process group; no matter when it is gone.
pub fn signal_group(pid: i32, number: c_int) {
    unsafe { kill(-pid, number) };
}

/// Makes a process leader of its own group; 0: this one.
pub fn lead_group(pid: i32) {
    unsafe { setpgid(pid, 0) };
}

/// Ends this process and what it started, without a word.
pub fn end_group() -> ! {
    unsafe {
        kill(-getpgrp(), SIGKILL);
        _exit(1)
    }
}

/// Asks the kernel to end this process together with its parent, where it can. Async-signal-safe.
pub fn die_with_parent(parent: i32) {
    #[cfg(target_os = "linux")]
    unsafe {
        prctl(PR_SET_PDEATHSIG, SIGKILL as c_ulong, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong);
    }
    // It may have died before the kernel was asked.
    if unsafe { getppid() } != parent {
        unsafe { _exit(1) };
    }
}

/// How a child ended.
#[derive(Debug, PartialEq, Clone, Copy)]
pub enum Ended {
    Code(i32),
    Signal(i32),
}

/// The next child that has ended, and how; `None` when there is none.
pub fn reap() -> Option<(i32, Ended)> {
    let mut status = 0;
    let pid = unsafe { waitpid(-1, &mut status, WNOHANG) };
    if pid <= 0 {
        return None;
    }
    let signal = status & 0x7f;
    Some((pid, if signal == 0 { Ended::Code(status >> 8 & 0xff) } else { Ended::Signal(signal) }))
}

/// `SIGKILL` and the like.
pub fn signal_name(number: i32) -> String {
    let name = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        #[cfg(target_os = "linux")]
        7 => "SIGBUS",
        #[cfg(target_os = "linux")]
        31 => "SIGSYS",
        #[cfg(not(target_os = "linux"))]
        10 => "SIGBUS",
        _ => return format!("SIG{}", number),
    };
    name.to_owned()
}

/// Runs `make` while files are created for this user alone.
pub fn privately<T>(make: impl FnOnce() -> T) -> T {
    let mask = unsafe { umask(0o177) };
    let made = make();
    unsafe { umask(mask) };
    made
}

/// Each worker costs the daemon a few file descriptors; the usual soft limit of 1024 is soon reached.
pub fn raise_file_limit(wanted: u64) {
    let mut limit = RLimit { soft: 0, hard: 0 };
    unsafe {
        if getrlimit(RLIMIT_NOFILE, &mut limit) == 0 && limit.soft < wanted {
            limit.soft = wanted.min(limit.hard);
            setrlimit(RLIMIT_NOFILE, &limit);
        }
    }
}
