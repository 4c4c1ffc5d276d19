"""The first moments of a connection: gateways are greeted in time even while a handler takes long to load."""

import os
import select
import socket
import threading
import time

from . import messages as m
from .fault import Fault
from .frames import DEFAULT_MAX_FRAME, FrameReader


class Connection:
    """A gateway's connection as a worker sees it: writes block, one at a time, and fail silently when it is gone."""

    def __init__(self, sock, limit):
        self.socket = sock
        self.fd = sock.fileno()
        self.reader = FrameReader(limit)
        self.greeted = False
        self.closed = False
        self.deadline = time.monotonic() + m.HANDSHAKE_TIMEOUT_S
        #: Calls of this connection that have not ended, by id.
        self.calls = {}
        self._lock = threading.Lock()

    def send(self, data):
        """Sends all of it, or marks the connection as closed. Any thread."""
        with self._lock:
            if self.closed:
                return
            try:
                self.socket.sendall(data)
            except OSError:
                self.closed = True

    def close_gently(self):
        """Ends our half and reads the other side's rest: closing at once could destroy what we sent last."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(1)
            until = time.monotonic() + 1
            while self.socket.recv(65536) and time.monotonic() < until:
                pass
        except OSError:
            pass
        self.close()

    def close(self):
        self.closed = True
        self.socket.close()


class Greeter:
    """Accepts gateways while the handler loads; the server takes over what it has."""

    def __init__(self, listener, limit):
        self.listener = listener
        self.limit = limit if isinstance(limit, int) and limit > 0 else DEFAULT_MAX_FRAME
        self._connections = []
        self._lock = threading.Lock()
        listener.setblocking(False)

    def accept(self):
        """A new connection, greeted; None when nobody waits."""
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return None
        sock.setblocking(True)
        connection = Connection(sock, self.limit)
        info = {"role": "worker", "runtime": "python", "pid": os.getpid()}
        connection.send(m.message_frame(m.HELLO, m.PROTOCOL_VERSION, info))
        return connection

    def greet(self):
        """Says HELLO to whoever waits, before a handler that loads slowly makes them give up. Any thread."""
        with self._lock:
            while True:
                connection = self.accept()
                if connection is None:
                    return
                self._connections.append(connection)

    def take(self):
        """The connections made so far; they are the caller's now."""
        with self._lock:
            connections, self._connections = self._connections, []
            return connections

    def wait(self, seconds):
        """The first connection, or None when nobody comes in time."""
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.listener.fileno(), select.POLLIN)
        while True:
            self.greet()
            connections = self.take()
            if connections:
                return connections[0]
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return None


def check_greeting(message):
    """The first message of a gateway.

    :raises Fault: protocol_version, unexpected_message
    """
    if message[0] != m.HELLO:
        raise Fault("unexpected_message", "The first message must be HELLO, not type %d." % message[0])
    if message[1] != m.PROTOCOL_VERSION:
        text = "Version %d of the protocol is not supported; this side speaks version %d."
        raise Fault("protocol_version", text % (message[1], m.PROTOCOL_VERSION))
    if message[2].get("role") != "gateway":
        raise Fault("unexpected_message", "HELLO must come from a gateway.")
