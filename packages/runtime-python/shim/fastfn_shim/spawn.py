"""From a START message to a running worker process."""

import os
import signal
import sys

from . import parent_death


class StartError(Exception):
    """No process was made; `code` goes into START_FAILED."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_TEXTS = ("socket", "entry", "folder", "root")
_MAPS = ("env", "process_env", "secrets", "context")


def check_spec(spec):
    """Fills in what may be missing.

    :raises StartError: invalid_spec
    """
    for key in _TEXTS:
        value = spec.get(key)
        if not isinstance(value, str) or not os.path.isabs(value):
            raise StartError("invalid_spec", "`%s` must be an absolute path, not %r." % (key, value))
    for key in _MAPS:
        value = spec.setdefault(key, {})
        if not isinstance(value, dict):
            raise StartError("invalid_spec", "`%s` must be a map, not %r." % (key, value))
    for key in ("env", "process_env"):
        for name, value in spec[key].items():
            if not isinstance(value, str) or "\0" in value or "\0" in name or "=" in name or not name:
                raise StartError("invalid_spec", "`%s` of `%s` cannot be an environment variable." % (name, key))
    for key in ("handler", "adapter"):
        value = spec.setdefault(key, None)
        if value is not None and not isinstance(value, str):
            raise StartError("invalid_spec", "`%s` must be a str or nil, not %r." % (key, value))


def spawn(spec, listener, death_read, daemon_fds):
    """Forks a worker that serves on `listener`.

    :returns: its pid, and the read ends of its stdout and stderr
    :raises OSError: no process, no pipes
    """
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    os.set_blocking(out_read, False)
    os.set_blocking(err_read, False)
    daemon_pid = os.getpid()
    # A signal for the young worker must not run the daemon's handlers in it.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        for fd in (out_read, out_write, err_read, err_write):
            os.close(fd)
        raise
    if pid:
        _lead_group(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        os.close(out_write)
        os.close(err_write)
        return pid, (out_read, err_read)
    code = 1
    try:
        _become_worker(daemon_pid, daemon_fds, out_write, err_write)
        from .worker import run

        code = run(spec, listener, death_read, (out_read, err_read))
    except BaseException:
        sys.__excepthook__(*sys.exc_info())
    finally:
        # Never back into the daemon's loop, whatever happened.
        os._exit(code)


def _lead_group(pid):
    """Makes a process leader of its own group. Done by both sides: none may see it without."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        # It is gone already.
        pass


def _become_worker(daemon_pid, daemon_fds, out_write, err_write):
    _lead_group(0)
    parent_death.die_with(daemon_pid)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
    for fd in daemon_fds:
        os.close(fd)
    null = os.open(os.devnull, os.O_RDONLY)
    for fd, target in ((null, 0), (out_write, 1), (err_write, 2)):
        os.dup2(fd, target)
        os.close(fd)
