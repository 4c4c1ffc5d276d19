//! Carries out what START says of a function's reach (PROTOCOL.md §6). Rust has no means of its own: where the kernel cannot,
//! there is no sandbox, and the report says so.

use crate::Item;

/// `sandbox` of READY, and of a daemon's HELLO.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// `kernel` or `off`.
    pub level: &'static str,
    /// Of Landlock; 0: none.
    pub abi: i64,
    pub hides: bool,
    pub missing: Vec<String>,
}

impl Report {
    pub fn to_item(&self) -> Item {
        Item::Map(vec![
            ("level".to_owned(), self.level.into()),
            ("abi".to_owned(), self.abi.into()),
            ("hides".to_owned(), Item::Bool(self.hides)),
            ("missing".to_owned(), Item::Array(self.missing.iter().map(|text| text.as_str().into()).collect())),
        ])
    }
}

/// What paths may be used for.
struct Paths<'a> {
    read: Vec<&'a str>,
    list: Vec<&'a str>,
    write: Vec<&'a str>,
}

impl<'a> Paths<'a> {
    fn of(map: &'a Item) -> Paths<'a> {
        Paths { read: texts(map, "read"), list: texts(map, "list"), write: texts(map, "write") }
    }
}

fn texts<'a>(map: &'a Item, key: &str) -> Vec<&'a str> {
    map.get(key).map(Item::as_array).unwrap_or_default().iter().filter_map(Item::as_str).collect()
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use super::Report;
    use crate::Item;

    const ONLY_LINUX: &str = "Rust functions have a sandbox on Linux alone.";

    pub fn apply(_spec: &Item) -> Report {
        expected()
    }

    pub fn expected() -> Report {
        Report { level: "off", abi: 0, hides: false, missing: vec![ONLY_LINUX.to_owned()] }
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::ffi::CString;
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::os::raw::{c_char, c_int, c_long, c_ulong, c_void};
    use std::os::unix::fs::OpenOptionsExt;
    use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd};
    use std::ptr::null;

    use super::{texts, Paths, Report};
    use crate::Item;

    const PR_SET_NO_NEW_PRIVS: c_int = 38;
    const PR_GET_SECCOMP: c_int = 21;
    const PR_SET_SECCOMP: c_int = 22;
    const SECCOMP_MODE_FILTER: c_ulong = 2;

    // The same number on every architecture.
    const LANDLOCK_CREATE_RULESET: c_long = 444;
    const LANDLOCK_ADD_RULE: c_long = 445;
    const LANDLOCK_RESTRICT_SELF: c_long = 446;
    const LANDLOCK_VERSION: c_ulong = 1;
    const LANDLOCK_PATH_BENEATH: c_ulong = 1;
    #[cfg(target_arch = "x86_64")]
    const CAPGET: c_long = 125;
    #[cfg(not(target_arch = "x86_64"))]
    const CAPGET: c_long = 90;
    const CAPSET: c_long = CAPGET + 1;

    const CLONE_NEWNS: c_int = 0x2_0000;
    const CLONE_NEWUSER: c_int = 0x1000_0000;
    const MS_RDONLY: c_ulong = 1;
    const MS_NOSUID: c_ulong = 2;
    const MS_NODEV: c_ulong = 4;
    const MS_NOEXEC: c_ulong = 8;
    const MS_REMOUNT: c_ulong = 32;
    const MS_BIND: c_ulong = 4096;
    const MS_REC: c_ulong = 16384;
    const MS_SLAVE: c_ulong = 1 << 19;
    const O_PATH: c_int = 0o10000000;
    const EPERM: i32 = 1;

    /// CHOWN, DAC_OVERRIDE, FOWNER, FSETID, NET_BIND_SERVICE.
    const KEPT_CAPABILITIES: u32 = 0x41b;
    const CAPABILITY_VERSION: u32 = 0x2008_0522;

    const EXECUTE: u64 = 1;
    const WRITE_FILE: u64 = 1 << 1;
    const READ_FILE: u64 = 1 << 2;
    const READ_DIR: u64 = 1 << 3;
    const MAKE_CHAR: u64 = 1 << 6;
    const MAKE_BLOCK: u64 = 1 << 11;
    const REFER: u64 = 1 << 13;
    const TRUNCATE: u64 = 1 << 14;
    const IOCTL_DEV: u64 = 1 << 15;
    const FIRST_RIGHTS: u64 = 0x1fff;
    /// Abstract Unix sockets, signals.
    const SCOPES: u64 = 3;

    /// Stand for the pid of the worker in a seccomp program, and for its negative.
    const PID: i64 = -1;
    const MINUS_PID: i64 = -2;

    #[repr(C)]
    struct RulesetAttributes {
        handled_files: u64,
        handled_net: u64,
        scoped: u64,
    }

    #[repr(C, packed)]
    struct PathBeneath {
        allowed: u64,
        folder: i32,
    }

    #[repr(C)]
    struct Instruction {
        code: u16,
        jump_true: u8,
        jump_false: u8,
        k: u32,
    }

    #[repr(C)]
    struct Program {
        length: u16,
        instructions: *const Instruction,
    }

    #[repr(C)]
    struct CapabilityHeader {
        version: u32,
        pid: c_int,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Capabilities {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }

    extern "C" {
        fn syscall(number: c_long, ...) -> c_long;
        fn prctl(option: c_int, ...) -> c_int;
        fn unshare(flags: c_int) -> c_int;
        fn mount(
            source: *const c_char,
            target: *const c_char,
            kind: *const c_char,
            flags: c_ulong,
            data: *const c_void,
        ) -> c_int;
        fn getuid() -> u32;
        fn getgid() -> u32;
        fn fork() -> c_int;
        fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
        fn _exit(code: c_int) -> !;
    }

    fn check(result: c_long) -> io::Result<c_long> {
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(result)
    }

    /// Restricts this process, which has one thread.
    pub fn apply(spec: &Item) -> Report {
        let abi = landlock_abi();
        let mut missing = Vec::new();
        let hide = texts(spec, "hide");
        let hidden =
            hide.is_empty() || noted(&mut missing, "Files cannot be hidden", hide_all(&hide, text(spec, "empty")));
        let paths = match spec.get("unhidden") {
            Some(unhidden) if !hidden => Paths::of(unhidden),
            _ => Paths::of(spec),
        };
        noted(&mut missing, "Capabilities cannot be dropped", drop_capabilities());
        let no_more = unsafe { prctl(PR_SET_NO_NEW_PRIVS, 1 as c_ulong, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) };
        let complete = noted(&mut missing, "Privileges cannot be given up", check(no_more as c_long).map(drop))
            & noted(&mut missing, "Files are not protected (Landlock)", restrict_files(&paths, abi))
            & noted(&mut missing, "System calls are not filtered (seccomp)", filter_calls(spec));
        Report { level: if complete { "kernel" } else { "off" }, abi, hides: hidden, missing }
    }

    /// What [`apply`] will be able to do, found out in a process made for it. To be asked while there is one thread.
    pub fn expected() -> Report {
        let abi = landlock_abi();
        let mut missing = Vec::new();
        if abi == 0 {
            missing.push(
                "This kernel has no Landlock (Linux 5.13 and newer have it, unless it is switched off).".to_owned(),
            );
        }
        let filters = unsafe { prctl(PR_GET_SECCOMP, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) } >= 0;
        if !filters {
            missing.push("This kernel has no seccomp.".to_owned());
        }
        let hides = in_child(|| own_mounts().is_ok());
        if !hides {
            missing.push("fn.config.json and fn.env.json of a function stay readable for it: it may not have mounts of its own here.".to_owned());
        }
        Report { level: if abi > 0 && filters { "kernel" } else { "off" }, abi, hides, missing }
    }

    fn in_child(test: impl FnOnce() -> bool) -> bool {
        unsafe {
            let pid = fork();
            if pid == 0 {
                _exit(if test() { 0 } else { 1 });
            }
            let mut status = 1;
            while pid > 0 && waitpid(pid, &mut status, 0) < 0 {
                if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                    return false;
                }
            }
            pid > 0 && status == 0
        }
    }

    fn noted(missing: &mut Vec<String>, what: &str, outcome: io::Result<()>) -> bool {
        if let Err(error) = &outcome {
            missing.push(format!("{}: {}.", what, error));
        }
        outcome.is_ok()
    }

    fn text<'a>(spec: &'a Item, key: &str) -> &'a str {
        spec.get(key).and_then(Item::as_str).unwrap_or_default()
    }

    fn landlock_abi() -> i64 {
        unsafe { syscall(LANDLOCK_CREATE_RULESET, 0 as c_ulong, 0 as c_ulong, LANDLOCK_VERSION) }.max(0) as i64
    }

    /// From now on mounts are this process's own business.
    fn own_mounts() -> io::Result<()> {
        // Asked before: afterwards nobody has them.
        let (uid, gid) = unsafe { (getuid(), getgid()) };
        if let Err(error) = check(unsafe { unshare(CLONE_NEWNS) } as c_long) {
            if error.raw_os_error() != Some(EPERM) {
                return Err(error);
            }
            check(unsafe { unshare(CLONE_NEWUSER | CLONE_NEWNS) } as c_long)?;
            fs::write("/proc/self/setgroups", "deny")?;
            fs::write("/proc/self/uid_map", format!("{} {} 1", uid, uid))?;
            fs::write("/proc/self/gid_map", format!("{} {} 1", gid, gid))?;
        }
        do_mount(None, "/", MS_REC | MS_SLAVE)
    }

    fn do_mount(source: Option<&str>, target: &str, flags: c_ulong) -> io::Result<()> {
        let source = source.map(CString::new).transpose()?;
        let target = CString::new(target)?;
        let from = source.as_ref().map_or(null(), |path| path.as_ptr());
        check(unsafe { mount(from, target.as_ptr(), null(), flags, null()) } as c_long).map(drop)
    }

    /// Lays an empty folder over folders, and what cannot be opened over files.
    fn hide_all(hide: &[&str], empty: &str) -> io::Result<()> {
        own_mounts()?;
        for path in hide {
            let over = match fs::metadata(path) {
                Ok(found) if found.is_dir() => empty,
                Ok(_) => "/dev/null",
                Err(_) => continue,
            };
            do_mount(Some(over), path, MS_BIND)?;
            do_mount(None, path, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC)?;
        }
        Ok(())
    }

    fn drop_capabilities() -> io::Result<()> {
        let header = CapabilityHeader { version: CAPABILITY_VERSION, pid: 0 };
        let mut sets = [Capabilities { effective: 0, permitted: 0, inheritable: 0 }; 2];
        check(unsafe { syscall(CAPGET, &header, sets.as_mut_ptr()) })?;
        let kept = sets[0].permitted & KEPT_CAPABILITIES;
        sets[0] = Capabilities { effective: sets[0].effective & kept, permitted: kept, inheritable: 0 };
        sets[1] = Capabilities { effective: 0, permitted: 0, inheritable: 0 };
        check(unsafe { syscall(CAPSET, &header, sets.as_ptr()) }).map(drop)
    }

    fn restrict_files(paths: &Paths, abi: i64) -> io::Result<()> {
        let mut handled = FIRST_RIGHTS;
        for (since, right) in [(2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)] {
            if abi >= since {
                handled |= right;
            }
        }
        let attributes =
            RulesetAttributes { handled_files: handled, handled_net: 0, scoped: if abi >= 6 { SCOPES } else { 0 } };
        let size: c_ulong = if abi >= 6 {
            24
        } else if abi >= 4 {
            16
        } else {
            8
        };
        let ruleset = check(unsafe { syscall(LANDLOCK_CREATE_RULESET, &attributes, size, 0 as c_ulong) })?;
        let ruleset = unsafe { OwnedFd::from_raw_fd(ruleset as c_int) };
        let whole_folder = !(EXECUTE | MAKE_CHAR | MAKE_BLOCK);
        let written_file = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV;
        for (list, of_folder, of_file) in [
            (&paths.read, READ_FILE | READ_DIR, READ_FILE),
            (&paths.list, READ_DIR, 0),
            (&paths.write, whole_folder, written_file),
        ] {
            for path in list {
                if let Some((file, is_folder)) = place(path) {
                    let allowed = handled & if is_folder { of_folder } else { of_file };
                    allow(&ruleset, &file, allowed)?;
                }
            }
        }
        check(unsafe { syscall(LANDLOCK_RESTRICT_SELF, ruleset.as_raw_fd() as c_long, 0 as c_ulong) }).map(drop)
    }

    /// `None` when it cannot be opened: then there is nothing to allow.
    fn place(path: &str) -> Option<(File, bool)> {
        let file = OpenOptions::new().read(true).custom_flags(O_PATH).open(path).ok()?;
        let is_folder = file.metadata().ok()?.is_dir();
        Some((file, is_folder))
    }

    fn allow(ruleset: &OwnedFd, file: &File, allowed: u64) -> io::Result<()> {
        if allowed == 0 {
            return Ok(());
        }
        let rule = PathBeneath { allowed, folder: file.as_raw_fd() };
        let ruleset = ruleset.as_raw_fd() as c_long;
        check(unsafe { syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0 as c_ulong) }).map(drop)
    }

    fn filter_calls(spec: &Item) -> io::Result<()> {
        let numbers: Vec<i64> =
            spec.get("filter").map(Item::as_array).unwrap_or_default().iter().filter_map(Item::as_int).collect();
        if numbers.is_empty() {
            return Err(io::Error::new(io::ErrorKind::Other, "there is no filter for this kind of processor"));
        }
        let pid = std::process::id() as i64;
        let instructions: Vec<Instruction> = numbers
            .chunks_exact(4)
            .map(|one| Instruction {
                code: one[0] as u16,
                jump_true: one[1] as u8,
                jump_false: one[2] as u8,
                k: match one[3] {
                    PID => pid as u32,
                    MINUS_PID => -pid as u32,
                    k => k as u32,
                },
            })
            .collect();
        let program = Program { length: instructions.len() as u16, instructions: instructions.as_ptr() };
        let done = unsafe { prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0 as c_ulong, 0 as c_ulong) };
        check(done as c_long).map(drop)
    }
}

pub use kernel::{apply, expected};
