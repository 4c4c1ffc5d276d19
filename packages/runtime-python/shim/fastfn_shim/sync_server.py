"""Serves a handler that runs one call at a time: in the main thread, one system call to read and one to answer."""

import asyncio
import collections
import inspect
import os
import select
import signal
import sys
import time

from . import messages as m
from .call import Call
from .fault import Fault
from .greeting import check_greeting
from .replies import canceled_frame, chunks, error_frame, is_event_stream, not_begun_frame, whole_reply
from .response import Stream, piece_bytes, piece_headers, to_reply


#: Calls taken in advance: while the gateway's next frame is on its way, there is already something to do.
AHEAD = 31

#: Types that are surely nothing to wait for; asking `inspect` costs.
_PLAIN = frozenset((dict, list, tuple, str, bytes, int, float, bool, type(None)))


class _Canceled(Exception):
    """The call's CANCEL came, or its gateway is gone."""


class SyncServer:
    def __init__(self, program, greeter, output, user_code):
        self._program = program
        self._greeter = greeter
        self._output = output
        self._user_code = user_code
        self._limit = greeter.limit
        self._connections = {}
        self._queue = collections.deque()
        self._room = memoryview(bytearray(262144))
        self._poll = select.poll()
        self._stopping = False
        self._loop = None
        self._files_told = 0
        self._unsettled = 0

    def prepare(self):
        """A plain handler needs nothing before its first call."""

    def flush_output(self):
        self._output.flush()

    def run(self, info):
        """Serves until SIGTERM; returns the exit code."""
        self._wake_on_signals()
        files = self._user_code.files()
        self._files_told = len(files)
        info.update(pid=os.getpid(), concurrency=1, ahead=AHEAD, files=files)
        self._ready = info
        self._poll.register(self._greeter.listener.fileno(), select.POLLIN)
        for connection in self._greeter.take():
            self._add(connection)
        queue = self._queue
        while not self._stopping:
            self._pump(None)
            while queue and not self._stopping:
                self._serve(queue.popleft())
        return self._shut_down()

    def _wake_on_signals(self):
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._poll.register(self._wake_read, select.POLLIN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)

    def _on_stop(self, *_):
        self._stopping = True
        # Handlers that run an event loop of their own take the wake-up descriptor away.
        os.write(self._wake_write, b"\0")

    def _shut_down(self):
        self._greeter.listener.close()
        self._output.drain()
        self._output.flush()
        if self._loop is not None:
            self._loop.close()
        return 0

    # --- connections

    def _pump(self, timeout_ms):
        """Reads what has come, waiting for it as long as said (None: for ever); calls land in the queue."""
        if timeout_ms is None and self._unsettled:
            timeout_ms = 1000
        for fd, _ in self._poll.poll(timeout_ms):
            connection = self._connections.get(fd)
            if connection is not None:
                self._read(connection)
            elif fd == self._wake_read:
                os.read(fd, 4096)
            else:
                connection = self._greeter.accept()
                if connection is not None:
                    self._add(connection)
        if self._unsettled:
            self._check_handshakes()

    def _add(self, connection):
        self._connections[connection.fd] = connection
        self._poll.register(connection.fd, select.POLLIN)
        self._unsettled += 1
        connection.send(m.message_frame(m.READY, self._ready))
        if self._output.background.send is None:
            self._output.background.send = connection.send

    def _drop(self, connection):
        if self._connections.pop(connection.fd, None) is None:
            return
        self._poll.unregister(connection.fd)
        connection.close()
        if not connection.greeted:
            self._unsettled -= 1
        for call in connection.calls.values():
            call.canceled = True
        if self._output.background.send == connection.send:
            other = next(iter(self._connections.values()), None)
            self._output.background.send = other and other.send

    def _check_handshakes(self):
        now = time.monotonic()
        for connection in list(self._connections.values()):
            if not connection.greeted and connection.deadline < now:
                self._fault(connection, Fault("handshake_timeout", "No HELLO came within 5 s."))

    def _fault(self, connection, fault):
        connection.send(m.fault_frame(fault))
        self._drop(connection)

    def _read(self, connection):
        try:
            # Into memory that is there: a new piece of this size would cost a mapping, and its end, for each read.
            data = self._room[: connection.socket.recv_into(self._room)].tobytes()
        except OSError:
            data = b""
        try:
            if not data:
                connection.reader.check_end()
                self._drop(connection)
                return
            for payload in connection.reader.feed(data):
                message = m.read_message(payload, m.TO_WORKER)
                if message[0] == m.INVOKE and connection.greeted:
                    self._invoke(connection, message)
                else:
                    self._control(connection, message)
                if connection.closed:
                    self._drop(connection)
                    return
        except Fault as fault:
            self._fault(connection, fault)

    def _invoke(self, connection, message):
        call = Call(connection, message)
        if call.id in connection.calls:
            raise Fault("malformed_frame", "The call id %d is in use." % call.id)
        connection.calls[call.id] = call
        if message[14] & 1:
            call.add_input(b"")
        else:
            self._queue.append(call)

    def _control(self, connection, message):
        kind = message[0]
        if kind == m.FAULT:
            self._drop(connection)
        elif not connection.greeted:
            check_greeting(message)
            connection.greeted = True
            self._unsettled -= 1
        elif kind == m.PING:
            connection.send(m.message_frame(m.PONG, message[1]))
        elif kind == m.HELLO:
            raise Fault("unexpected_message", "HELLO came twice.")
        elif kind == m.INPUT:
            call = connection.calls.get(message[1])
            if call is not None and call.parts is not None:
                call.add_input(message[2])
                if message[3]:
                    call.input_ended()
                    self._queue.append(call)
        elif kind == m.CANCEL:
            call = connection.calls.get(message[1])
            if call is not None:
                call.canceled = True
                if call.parts is not None:
                    # It never began.
                    del connection.calls[call.id]
                    connection.send(canceled_frame(call.id))
        elif kind == m.CREDIT:
            call = connection.calls.get(message[1])
            if call is not None:
                call.credit += message[2]

    # --- calls

    def _serve(self, call):
        connection = call.connection
        begin_by = call.message[16]
        late = begin_by is not None and time.time() * 1000 >= begin_by
        # Where an answer did not get through, the gateway cannot know that it was given, nor that the next call has begun.
        if late or call.canceled or connection.closed:
            connection.calls.pop(call.id, None)
            connection.send(canceled_frame(call.id) if call.canceled else not_begun_frame(call.id))
            return
        output = self._output
        output.current = call
        try:
            last = self._run(call)
        except _Canceled:
            last = canceled_frame(call.id)
        except SystemExit as error:
            self._leave(call, error)
        except BaseException as error:
            last = error_frame(call.id, error, self._user_code)
        printed = output.end_call(call)
        output.current = None
        connection.calls.pop(call.id, None)
        if len(self._user_code.sources) != self._files_told:
            self._tell_files()
        connection.send(printed + last if printed else last)

    def _run(self, call):
        """Runs the call; its terminal frame is returned, for what it printed must be sent before."""
        value = self._program.call(call.message)
        if type(value) not in _PLAIN and inspect.isawaitable(value):
            value = self._await(value)
        reply = to_reply(value)
        body = getattr(reply, "body", None)
        if type(body) is Stream:
            return self._send_stream(call, reply, body)
        frame, rest = whole_reply(call.id, reply, self._limit)
        if not rest:
            return frame
        call.connection.send(frame)
        for piece in rest:
            self._send_chunk(call, piece)
        return m.end_frame(call.id)

    def _send_stream(self, call, reply, stream):
        """Sends piece by piece, each as soon as it is there, and takes the next only when it may be sent."""
        send = call.connection.send
        pieces = stream.source
        if stream.is_async:
            pieces = self._async_pieces(stream)
        head_sent = False
        try:
            if stream.typed and is_event_stream(reply.headers):
                # Who listens for events wants to know at once that it is connected.
                send(m.head_frame(call.id, reply.status, reply.headers, False, b""))
                head_sent = True
            for piece in pieces:
                self._check_canceled(call)
                data = piece_bytes(piece)
                if not data and head_sent:
                    continue
                if not head_sent:
                    headers = reply.headers if stream.typed else list(reply.headers) + list(piece_headers(piece))
                    send(m.head_frame(call.id, reply.status, headers, False, data[: m.MAX_CHUNK]))
                    head_sent = True
                    data = data[m.MAX_CHUNK :]
                for part in chunks(memoryview(data)):
                    self._send_chunk(call, part)
        finally:
            if stream.is_async:
                pieces.close()
            else:
                stream.close()
        if not head_sent:
            return m.head_frame(call.id, reply.status, reply.headers, True, b"")
        return m.end_frame(call.id)

    def _check_canceled(self, call):
        self._pump(0)
        if call.canceled or call.connection.closed:
            raise _Canceled

    def _send_chunk(self, call, piece):
        size = len(piece)
        while call.credit < size:
            if call.canceled or call.connection.closed or self._stopping_without(call):
                raise _Canceled
            self._pump(1000)
        call.credit -= size
        call.connection.send(m.chunk_frame(call.id, piece))

    def _stopping_without(self, call):
        return call.connection.fd not in self._connections

    def _await(self, awaitable):
        """For a plain function that returns a coroutine, or an asynchronous stream."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(_as_coroutine(awaitable))

    def _async_pieces(self, stream):
        try:
            while True:
                try:
                    yield self._await(stream.source.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            self._await(stream.aclose())

    def _leave(self, call, error):
        """`sys.exit()` in a handler ends the worker, as it ends any program: the call is lost with it."""
        code = error.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
        call.connection.send(self._output.end_call(call))
        os._exit((code or 0) & 0xFF)

    def _tell_files(self):
        files = self._user_code.files()
        frame = m.message_frame(m.FILES, files[self._files_told :])
        self._files_told = len(files)
        for connection in list(self._connections.values()):
            connection.send(frame)


async def _as_coroutine(awaitable):
    return await awaitable
