"""Capture of everything the handler's process prints, told apart by call (PROTOCOL.md, "Output").

Python's own streams write straight into the sink of the running call. File descriptors 1 and 2 (C libraries, child
processes, `os.write`) are pipes, emptied by the watcher thread, and once more when a call ends.
"""

import contextvars
import io
import os
import select
import sys
import threading

from .messages import output_frame
from .output_text import split_text, whole_chars

#: Bytes kept per call and stream. For what belongs to no call: per flush.
MAX_KEPT = 65536
STDOUT, STDERR = 1, 2


class Sink:
    """What one call (or, with id 0, no call) printed and is not sent yet. Not thread safe: `Output` holds its lock."""

    __slots__ = ("call_id", "send", "_pieces", "_kept", "_dropped")

    def __init__(self, call_id, send):
        self.call_id = call_id
        #: Takes frames.
        self.send = send
        self._pieces = ([], [])
        self._kept = [0, 0]
        self._dropped = [0, 0]

    def add(self, stream, data):
        at = stream - 1
        room = MAX_KEPT - self._kept[at]
        if len(data) > room:
            # Not in the middle of a character.
            cut = whole_chars(data[:room]) if room > 0 else 0
            self._dropped[at] += len(data) - cut
            # From here on everything is dropped, or the kept text would have holes.
            self._kept[at] = MAX_KEPT
            data = data[:cut]
            if not data:
                return
        else:
            self._kept[at] += len(data)
        self._pieces[at].append(data)

    def take(self, final):
        """Frames of what is there; `final`: with the count of what was dropped, and even half a character."""
        frames = []
        for at in (0, 1):
            pieces = self._pieces[at]
            if pieces:
                data = b"".join(pieces)
                pieces.clear()
                if not final:
                    whole = whole_chars(data)
                    if whole < len(data):
                        pieces.append(data[whole:])
                        data = data[:whole]
                for text in split_text(data):
                    frames.append(output_frame(self.call_id, at + 1, text))
            if final and self._dropped[at]:
                line = "\n… %d more bytes dropped\n" % self._dropped[at]
                frames.append(output_frame(self.call_id, at + 1, line))
        if final:
            self._kept = [0, 0]
            self._dropped = [0, 0]
        return b"".join(frames)


class Output:
    """The streams of this process. Installed once, before the handler is loaded."""

    def __init__(self, reads, on_dirty):
        """
        :param reads: read ends of the pipes behind fd 1 and 2, not blocking
        :param on_dirty: called when something waits to be sent and nobody was told yet
        """
        self.reads = reads
        self._on_dirty = on_dirty
        self._dirty = False
        #: The running call of a worker that runs one at a time; None between calls.
        self.current = None
        #: Calls running now in a worker that runs many; what goes to a file descriptor belongs to the only one.
        self.running = {}
        #: The call a task or thread belongs to, in a worker that runs many.
        self.context = contextvars.ContextVar("fastfn_call", default=None)
        #: What belongs to no call.
        self.background = Sink(0, None)
        self._lock = threading.Lock()
        #: Held from taking to sending: what was printed must not overtake the end of its call.
        self._order = threading.Lock()
        #: Held while the pipes are emptied: what was taken out of them must have arrived before a call may end.
        self._draining = threading.Lock()
        self._sinks = set()
        self._poll = select.poll()
        for fd in reads:
            self._poll.register(fd, select.POLLIN)

    def install(self):
        sys.stdout = sys.__stdout__ = _Stream(self, STDOUT)
        sys.stderr = sys.__stderr__ = _Stream(self, STDERR)

    def write(self, stream, data):
        call = self.current or self.context.get()
        self._add(call, stream, data)

    def _add(self, call, stream, data):
        with self._lock:
            if call is None or call.done:
                sink = self.background
            else:
                sink = call.sink
                if sink is None:
                    sink = call.sink = Sink(call.id, call.send_output)
            sink.add(stream, data)
            self._sinks.add(sink)
            if self._dirty:
                return
            self._dirty = True
        self._on_dirty()

    def drain(self):
        """Empties the pipes of fd 1 and 2 into the sink of the call that can only have written it."""
        with self._draining:
            call = self.current
            if call is None and len(self.running) == 1:
                call = next(iter(self.running.values()))
            for stream, fd in enumerate(self.reads, 1):
                # A child process may write for ever: no more than a few pipes full at once.
                for _ in range(4):
                    try:
                        data = os.read(fd, 65536)
                    except OSError:
                        break
                    if not data:
                        break
                    self._add(call, stream, data)

    def end_call(self, call):
        """The rest of what the call printed, as frames; to be sent before its terminal frame."""
        if self._poll.poll(0) or self._draining.locked():
            self.drain()
        if call.sink is None:
            call.done = True
            return b""
        with self._order, self._lock:
            call.done = True
            self._sinks.discard(call.sink)
            return call.sink.take(True)

    def flush(self):
        """Sends what waits. Called some time after `on_dirty`, and by whoever wants it now."""
        with self._order:
            ready = []
            with self._lock:
                self._dirty = False
                for sink in list(self._sinks):
                    if sink.send is None:
                        # Nobody is connected yet: kept, and bounded, until somebody is.
                        continue
                    self._sinks.discard(sink)
                    ready.append((sink.send, sink.take(sink is self.background)))
            for send, frames in ready:
                if frames:
                    send(frames)


class _Stream(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are in a worker."""

    encoding = "utf-8"
    errors = "backslashreplace"
    newlines = None
    line_buffering = True
    mode = "w"

    def __init__(self, output, stream):
        self._output = output
        self._stream = stream
        self.name = "<stdout>" if stream == STDOUT else "<stderr>"
        self.buffer = _Bytes(output, stream)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        if text:
            self._output.write(self._stream, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def fileno(self):
        return self._stream

    def writable(self):
        return True

    def isatty(self):
        return False

    def flush(self):
        pass

    def close(self):
        pass

    def reconfigure(self, **_):
        """Part of what programs expect of the real thing; nothing here can be set."""


class _Bytes(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, output, stream):
        self._output = output
        self._stream = stream

    def write(self, data):
        data = bytes(data)
        if data:
            self._output.write(self._stream, data)
        return len(data)

    def fileno(self):
        return self._stream

    def writable(self):
        return True

    def close(self):
        pass
