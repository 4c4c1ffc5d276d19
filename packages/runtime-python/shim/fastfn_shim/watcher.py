"""The one helper thread of a worker: notices the daemon's death, empties fd 1 and 2, has sent what a call prints."""

import os
import select
import threading
import time

from .parent_death import end_group

#: Between something printed and its being sent while the call goes on.
_FLUSH_S = 0.1
#: How often a handler that is still loading is looked after.
_LOADING_MS = 1000


class Watcher:
    def __init__(self, death_read):
        self._death_read = death_read
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        #: Called in the watcher's thread a moment after `wake`. Set before `start`, and anew when the server is known.
        self.flush = None
        #: Called in the watcher's thread each second until it is None.
        self.while_loading = None

    def wake(self):
        """Something was printed. Any thread, any number of times."""
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            pass

    def start(self, output):
        threading.Thread(target=self._run, args=(output,), name="fastfn-watcher", daemon=True).start()

    def _run(self, output):
        poll = select.poll()
        for fd in (self._death_read, self._wake_read) + output.reads:
            poll.register(fd, select.POLLIN)
        flush_at = None
        while True:
            if flush_at is not None:
                timeout = max(0, int((flush_at - time.monotonic()) * 1000))
            else:
                timeout = None if self.while_loading is None else _LOADING_MS
            events = poll.poll(timeout)
            for fd, _ in events:
                if fd == self._death_read:
                    end_group()
                elif fd == self._wake_read:
                    os.read(fd, 4096)
                    flush_at = flush_at or time.monotonic() + _FLUSH_S
                else:
                    output.drain()
            if flush_at is not None and time.monotonic() >= flush_at:
                flush_at = None
                self.flush()
            while_loading = self.while_loading
            if while_loading is not None and not events:
                while_loading()
