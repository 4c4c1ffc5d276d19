//! From a START message to a running worker process.

use std::fs::{remove_file, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use fastfn_wire::encode::put_item;
use fastfn_wire::{sys, Item};

/// Why no process was made; `code` goes into START_FAILED.
pub struct StartError {
    pub code: &'static str,
    pub message: String,
}

impl StartError {
    pub fn new(code: &'static str, message: String) -> StartError {
        StartError { code, message }
    }
}

/// # Errors
/// `invalid_spec`
pub fn check_spec(spec: &Item) -> Result<(), StartError> {
    let invalid = |message: String| Err(StartError::new("invalid_spec", message));
    for key in ["socket", "entry", "folder", "root"] {
        match spec.get(key).and_then(Item::as_str) {
            Some(path) if path.starts_with('/') && !path.contains('\0') => {}
            _ => return invalid(format!("`{}` must be an absolute path.", key)),
        }
    }
    for key in ["env", "process_env", "secrets", "context"] {
        if !matches!(spec.get(key), None | Some(Item::Map(_))) {
            return invalid(format!("`{}` must be a map.", key));
        }
    }
    for key in ["env", "process_env"] {
        if let Some(Item::Map(pairs)) = spec.get(key) {
            for (name, value) in pairs {
                let value = value.as_str().unwrap_or("\0");
                if name.is_empty() || name.contains(&['=', '\0'][..]) || value.contains('\0') {
                    return invalid(format!("`{}` of `{}` cannot be an environment variable.", name, key));
                }
            }
        }
    }
    Ok(())
}

/// The text of a key that [`check_spec`] has seen.
pub fn text<'a>(spec: &'a Item, key: &str) -> &'a str {
    spec.get(key).and_then(Item::as_str).unwrap_or_default()
}

/// A listening socket with mode 0600.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    sys::privately(|| UnixListener::bind(path))
}

/// Runs the binary that `spec` names; it serves on `listener`.
///
/// Returns its pid, and the read ends of its stdout and stderr.
pub fn spawn(spec: &Item, listener: &UnixListener, death_read: RawFd) -> io::Result<(i32, [OwnedFd; 2])> {
    let (out_read, out_write) = sys::make_pipe()?;
    let (err_read, err_write) = sys::make_pipe()?;
    sys::set_nonblocking(out_read.as_raw_fd());
    sys::set_nonblocking(err_read.as_raw_fd());
    let spec_file = hand_over(spec)?;
    let fds = [listener.as_raw_fd(), death_read, out_read.as_raw_fd(), err_read.as_raw_fd(), spec_file.as_raw_fd()];
    let numbers: Vec<String> = fds.iter().map(RawFd::to_string).collect();
    let daemon = std::process::id() as i32;

    let mut command = Command::new(text(spec, "entry"));
    command
        .arg("--fastfn-worker")
        .arg(numbers.join(","))
        .current_dir(text(spec, "folder"))
        .env_remove("FN_MAX_FRAME_BYTES")
        .stdin(Stdio::null())
        .stdout(Stdio::from(out_write))
        .stderr(Stdio::from(err_write));
    for key in ["process_env", "env"] {
        command.envs(spec.get(key).map(Item::texts).unwrap_or_default());
    }
    // Only system calls between fork and exec: the daemon has one thread, but allocating there is not worth a doubt.
    unsafe {
        command.pre_exec(move || {
            sys::lead_group(0);
            sys::die_with_parent(daemon);
            sys::default_signal(sys::SIGTERM);
            sys::default_signal(sys::SIGINT);
            fds.iter().for_each(|fd| sys::inherit(*fd));
            Ok(())
        });
    }
    let child = command.spawn()?;
    let pid = child.id() as i32;
    // Done by both sides: none may see it without.
    sys::lead_group(pid);
    Ok((pid, [out_read, err_read]))
}

/// The spec in a file without a name: a pipe would hold only 64 KiB, and a worker that reads slowly would block us.
fn hand_over(spec: &Item) -> io::Result<File> {
    let path = format!("{}.spec", text(spec, "socket"));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    remove_file(&path)?;
    let mut bytes = Vec::new();
    put_item(&mut bytes, spec);
    file.write_all(&bytes)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
