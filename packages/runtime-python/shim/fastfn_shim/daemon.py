"""The daemon: a fork server that starts, stops and reaps workers (PROTOCOL.md §3). Loads no user code, never waits."""

import argparse
import errno
import functools
import gc
import os
import select
import signal
import socket
import sys
import time

from . import messages as m
from . import sandbox
from .fault import Fault
from .frames import DEFAULT_MAX_FRAME, FrameReader
from .greeting import check_greeting
from .output_text import split_text
from .spawn import StartError, check_spec, spawn

_GRACE_S = 1.0
#: Bytes that a control connection may owe its gateway before it is cut: it has stopped reading.
_MAX_BACKLOG = 8 * 1024 * 1024


def main(argv):
    parser = argparse.ArgumentParser(prog="fastfn_python.py", description=__doc__)
    parser.add_argument("--socket", required=True, help="path to listen on")
    parser.add_argument("--lifeline", action="store_true", help="end at the end of file of stdin")
    options = parser.parse_args(argv)
    from . import preload  # noqa: F401 - what workers need is loaded once, and shared by fork

    # Workers find all of this in memory shared with the daemon: the collector must not touch, and so copy, it.
    gc.collect()
    gc.freeze()
    daemon = Daemon(options.socket, options.lifeline)
    try:
        code = daemon.run()
    except OSError as error:
        sys.exit("The daemon cannot listen on %s: %s" % (options.socket, error))
    sys.stdout.flush()
    os._exit(code)


class _Worker:
    """One process, from fork to reaping."""

    __slots__ = ("name", "pid", "socket_path", "control", "outputs", "kill_at")

    def __init__(self, name, pid, socket_path, control, outputs):
        self.name = name
        self.pid = pid
        self.socket_path = socket_path
        #: The connection that owns it; None when that is gone.
        self.control = control
        #: Read ends of what it writes to fd 1 and 2: what it leaves behind when it dies is read here.
        self.outputs = outputs
        #: Monotonic time of the SIGKILL; None when nobody asked it to stop.
        self.kill_at = None


class _Control:
    """One connection of a gateway."""

    def __init__(self, sock, limit):
        self.socket = sock
        self.reader = FrameReader(limit)
        self.greeted = False
        self.closing = False
        self.deadline = time.monotonic() + m.HANDSHAKE_TIMEOUT_S
        self.backlog = bytearray()


class Daemon:
    def __init__(self, path, lifeline):
        self._path = path
        self._limit = _frame_limit()
        self._lifeline_fd = sys.stdin.fileno() if lifeline else None
        self._controls = {}
        #: By name, and by pid.
        self._workers = {}
        self._pids = {}
        self._stopping = False
        self._stop_wanted = False
        self._poll = select.poll()

    def run(self):
        """Serves until told to end.

        :returns: the exit code
        :raises OSError: the socket cannot be made
        """
        _raise_file_limit()
        self._listener = listen(self._path)
        # Held open by the daemon alone: its end of file tells workers that the daemon died.
        self._death_read, self._death_write = os.pipe()
        wake_read, self._wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._wake_read = wake_read
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop_signal)
        # A gateway that goes away is noticed by the failing write.
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

        poll = self._poll
        poll.register(self._listener.fileno(), select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        if self._lifeline_fd is not None:
            poll.register(self._lifeline_fd, select.POLLIN)
        print("ready", flush=True)
        while not (self._stopping and not self._workers):
            for fd, events in poll.poll(self._next_timeout()):
                self._handle(fd, events)
            self._tick()
        for control in list(self._controls.values()):
            self._drop(control)
        _unlink(self._path)
        return 0

    def _handle(self, fd, events):
        if fd == self._wake_read:
            _discard(fd)
            self._reap()
        elif fd == self._listener.fileno():
            self._accept()
        elif fd == self._lifeline_fd:
            if not _still_open(fd):
                self._poll.unregister(fd)
                self._stop_all(0)
        else:
            control = self._controls.get(fd)
            if control is None:
                return
            if events & select.POLLOUT:
                self._flush(control)
            if events & ~select.POLLOUT:
                self._read(control)

    # --- connections

    def _accept(self):
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        if self._stopping:
            sock.close()
            return
        sock.setblocking(False)
        control = _Control(sock, self._limit)
        self._controls[sock.fileno()] = control
        self._poll.register(sock.fileno(), select.POLLIN)

    def _read(self, control):
        try:
            data = control.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if control.closing:
            if not data:
                self._drop(control)
            return
        try:
            if not data:
                control.reader.check_end()
                self._drop(control)
                return
            for payload in control.reader.feed(data):
                self._receive(control, m.read_message(payload, m.TO_DAEMON))
                if control.closing:
                    return
        except Fault as fault:
            self._fault(control, fault)

    def _receive(self, control, message):
        kind = message[0]
        if kind == m.FAULT:
            self._finish(control)
        elif not control.greeted:
            check_greeting(message)
            control.greeted = True
            self._send(control, m.message_frame(m.HELLO, m.PROTOCOL_VERSION, _daemon_info()))
        elif kind == m.PING:
            self._send(control, m.message_frame(m.PONG, message[1]))
        elif kind == m.START:
            self._start(control, message[1], message[2])
        elif kind == m.STOP:
            worker = self._workers.get(message[1])
            if worker is not None and worker.control is control:
                self._stop(worker, message[2] / 1000)
        elif kind == m.HELLO:
            raise Fault("unexpected_message", "HELLO came twice.")

    def _fault(self, control, fault):
        self._send(control, m.fault_frame(fault))
        self._finish(control)

    def _finish(self, control):
        """Sends what is left and ends our half; the other side's end, or a second, closes the connection."""
        control.closing = True
        control.deadline = time.monotonic() + _GRACE_S
        if not control.backlog:
            _end_writing(control.socket)

    def _drop(self, control):
        """The connection is gone, and with it the right of its workers to live."""
        fd = control.socket.fileno()
        if self._controls.pop(fd, None) is None:
            return
        self._poll.unregister(fd)
        control.socket.close()
        for worker in list(self._workers.values()):
            if worker.control is control:
                worker.control = None
                self._stop(worker, _GRACE_S)

    def _send(self, control, data):
        control.backlog += data
        if len(control.backlog) > _MAX_BACKLOG:
            self._drop(control)
        else:
            self._flush(control)

    def _flush(self, control):
        fd = control.socket.fileno()
        if fd not in self._controls:
            return
        try:
            while control.backlog:
                del control.backlog[: control.socket.send(control.backlog)]
        except BlockingIOError:
            self._poll.modify(fd, select.POLLIN | select.POLLOUT)
            return
        except OSError:
            self._drop(control)
            return
        self._poll.modify(fd, select.POLLIN)
        if control.closing:
            _end_writing(control.socket)

    # --- workers

    def _start(self, control, name, spec):
        try:
            if name in self._workers:
                raise StartError("duplicate_worker", "A worker called %s runs already." % name)
            if self._stopping:
                raise StartError("shutting_down", "The daemon is stopping.")
            check_spec(spec)
            listener = _listen_for(spec["socket"])
        except StartError as error:
            self._send(control, m.message_frame(m.START_FAILED, name, error.code, str(error)))
            return
        try:
            pid, outputs = spawn(spec, listener, self._death_read, self._own_fds())
        except OSError as error:
            _unlink(spec["socket"])
            text = "The process cannot be made: %s." % error
            self._send(control, m.message_frame(m.START_FAILED, name, "fork_failed", text))
            return
        finally:
            listener.close()
        worker = _Worker(name, pid, spec["socket"], control, outputs)
        self._workers[name] = worker
        self._pids[pid] = worker
        self._send(control, m.message_frame(m.STARTED, name, pid))

    def _own_fds(self):
        """What a worker must not hold: sockets of gateways, pipes of the daemon and of other workers."""
        fds = [self._listener.fileno(), self._death_write, self._wake_read, self._wake_write]
        fds.extend(self._controls)
        for worker in self._workers.values():
            fds.extend(worker.outputs)
        return fds

    def _stop(self, worker, grace_s):
        """SIGTERM now and SIGKILL after the grace; a second request can only shorten it."""
        kill_at = time.monotonic() + grace_s
        if grace_s <= 0:
            _kill_group(worker.pid, signal.SIGKILL)
        elif worker.kill_at is None:
            _kill_group(worker.pid, signal.SIGTERM)
        if worker.kill_at is None or kill_at < worker.kill_at:
            worker.kill_at = kill_at

    def _stop_all(self, grace_s):
        self._stopping = True
        for worker in self._workers.values():
            self._stop(worker, grace_s)

    def _on_stop_signal(self, *_):
        # Runs between any two instructions of the loop: only notes it, the loop acts.
        self._stop_wanted = True

    def _reap(self):
        while self._pids:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            worker = self._pids.pop(pid, None)
            if worker is not None:
                self._ended(worker, status)

    def _ended(self, worker, status):
        del self._workers[worker.name]
        # What it started goes along.
        _kill_group(worker.pid, signal.SIGKILL)
        _unlink(worker.socket_path)
        control = worker.control
        for stream, fd in enumerate(worker.outputs, 1):
            rest = _read_rest(fd)
            os.close(fd)
            if control is not None:
                for text in split_text(rest):
                    self._send(control, m.message_frame(m.LOG, worker.name, stream, text))
        if control is not None:
            code, name = exit_reason(status)
            self._send(control, m.message_frame(m.EXITED, worker.name, code, name))

    # --- time

    def _next_timeout(self):
        """Milliseconds until something is due; None: nothing is."""
        due = [worker.kill_at for worker in self._workers.values() if worker.kill_at is not None]
        due += [c.deadline for c in self._controls.values() if c.closing or not c.greeted]
        if not due:
            return None
        return max(0, int((min(due) - time.monotonic()) * 1000) + 1)

    def _tick(self):
        if self._stop_wanted and not self._stopping:
            self._stop_all(_GRACE_S)
        now = time.monotonic()
        for worker in list(self._workers.values()):
            if worker.kill_at is not None and worker.kill_at <= now:
                _kill_group(worker.pid, signal.SIGKILL)
                # Dead for certain; the reaping follows.
                worker.kill_at = now + 3600
        for control in list(self._controls.values()):
            if control.deadline > now:
                continue
            if control.closing:
                self._drop(control)
            elif not control.greeted:
                wait = m.HANDSHAKE_TIMEOUT_S
                self._fault(control, Fault("handshake_timeout", "No HELLO came within %d s." % wait))


def listen(path):
    """A listening Unix socket with mode 0600.

    :raises OSError: it exists, the folder does not, the path is too long
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    listener.listen(128)
    return listener


def exit_reason(status):
    """Exit code and signal name, one of them None, of what waitpid gave."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return None, signal.Signals(number).name
        except ValueError:
            return None, "SIG%d" % number
    return os.WEXITSTATUS(status), None


def _listen_for(path):
    try:
        return listen(path)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno is None:
            reason = "%s (%d bytes)" % (error, len(os.fsencode(path)))
        raise StartError("socket_failed", "The worker's socket %s cannot be made: %s." % (path, reason))


def _daemon_info():
    tool = "Python %d.%d.%d" % sys.version_info[:3]
    return {"role": "daemon", "runtime": "python", "pid": os.getpid(), "tool": tool, "sandbox": _sandbox()}


@functools.lru_cache(maxsize=None)
def _sandbox():
    return sandbox.expected()


def _frame_limit():
    try:
        return max(1, int(os.environ["FN_MAX_FRAME_BYTES"]))
    except (KeyError, ValueError):
        return DEFAULT_MAX_FRAME


def _raise_file_limit():
    """A worker costs the daemon two file descriptors; the usual soft limit of 1024 is soon reached."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 16384 if hard == resource.RLIM_INFINITY else min(hard, 16384)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            pass


def _kill_group(pid, number):
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        # Gone; macOS says "not permitted" of a group whose only members are zombies.
        pass


def _unlink(path):
    try:
        os.unlink(path)
    except OSError as error:
        if error.errno != errno.ENOENT:
            print("Cannot remove %s: %s" % (path, error), file=sys.stderr, flush=True)


def _read_rest(fd):
    """What lies in a pipe, up to 64 KiB."""
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""


def _discard(fd):
    try:
        while os.read(fd, 4096):
            pass
    except BlockingIOError:
        pass


def _still_open(fd):
    """Reads what came; False at the end of file."""
    try:
        return bool(os.read(fd, 4096))
    except OSError:
        return False


def _end_writing(sock):
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass
