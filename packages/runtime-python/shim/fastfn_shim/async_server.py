"""Serves a handler written with `async def`: any number of calls at once, each a task of one event loop."""

import asyncio
import inspect
import os
import signal
import sys

from . import messages as m
from .call import Call
from .fault import Fault
from .frames import FrameReader
from .greeting import check_greeting
from .replies import canceled_frame, chunks, error_frame, is_event_stream, whole_reply
from .response import Stream, piece_bytes, piece_headers, to_reply

#: Tasks are run up to their first wait at once where Python can (3.12): many handlers never wait.
_EAGER = {"eager_start": True} if sys.version_info >= (3, 12) else {}


class AsyncServer:
    def __init__(self, program, greeter, output, user_code):
        self.program = program
        self.output = output
        self.user_code = user_code
        self.limit = greeter.limit
        self.ready = None
        self._greeter = greeter
        self._links = set()
        self._files_told = 0
        self._tasks = set()
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._stopping = asyncio.Event()

    def prepare(self):
        """What must be done before the first call, such as the start of an application."""
        if self.program.start is not None:
            self._loop.run_until_complete(self.program.start())

    def flush_output(self):
        """From any thread."""
        try:
            self._loop.call_soon_threadsafe(self.output.flush)
        except RuntimeError:
            # The loop is closed: the process is about to end.
            pass

    def run(self, info):
        """Serves until SIGTERM; returns the exit code."""
        files = self.user_code.files()
        self._files_told = len(files)
        info.update(pid=os.getpid(), concurrency=0, files=files)
        self.ready = info
        return self._loop.run_until_complete(self._serve())

    async def _serve(self):
        loop = self._loop
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        listener = self._greeter.listener
        loop.add_reader(listener.fileno(), self._accept)
        for connection in self._greeter.take():
            await self._adopt(connection)
        await self._stopping.wait()
        loop.remove_reader(listener.fileno())
        listener.close()
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        if self.program.stop is not None:
            await self.program.stop()
        self.output.drain()
        self.output.flush()
        for link in list(self._links):
            link.flush()
            link.transport.close()
        # One more turn, so that what is closed is gone.
        await asyncio.sleep(0)
        return 0

    @property
    def stopping(self):
        return self._stopping.is_set()

    def _accept(self):
        connection = self._greeter.accept()
        if connection is not None:
            self.spawn(self._adopt(connection))

    async def _adopt(self, connection):
        connection.socket.setblocking(False)
        await self._loop.create_connection(lambda: Link(self), sock=connection.socket)

    def spawn(self, coroutine):
        """A task that the worker waits for before it ends."""
        task = asyncio.Task(coroutine, loop=self._loop, **_EAGER)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return task

    # --- connections

    def add(self, link):
        self._links.add(link)
        if self.output.background.send is None:
            self.output.background.send = link.send

    def drop(self, link):
        self._links.discard(link)
        if self.output.background.send == link.send:
            other = next(iter(self._links), None)
            self.output.background.send = other and other.send

    def tell_files(self):
        """FILES, when a call has loaded more of the user's code."""
        files = self.user_code.files()
        if len(files) != self._files_told:
            frame = m.message_frame(m.FILES, files[self._files_told :])
            self._files_told = len(files)
            for link in self._links:
                link.send(frame)

    # --- calls

    async def serve(self, call):
        call.begun = True
        output = self.output
        output.context.set(call)
        output.running[call.id, id(call.connection)] = call
        try:
            last = await self._run(call)
        except asyncio.CancelledError as error:
            last = canceled_frame(call.id) if call.canceled else error_frame(call.id, error, self.user_code)
        except SystemExit as error:
            self._leave(call, error)
        except BaseException as error:
            last = canceled_frame(call.id) if call.canceled else error_frame(call.id, error, self.user_code)
        printed = output.end_call(call)
        del output.running[call.id, id(call.connection)]
        link = call.connection
        link.calls.pop(call.id, None)
        self.tell_files()
        link.send(printed + last if printed else last)

    async def _run(self, call):
        value = self.program.call(call.message)
        if inspect.isawaitable(value):
            value = await value
        reply = to_reply(value)
        body = getattr(reply, "body", None)
        if type(body) is Stream:
            return await self._send_stream(call, reply, body)
        frame, rest = whole_reply(call.id, reply, self.limit)
        if not rest:
            return frame
        call.connection.send(frame)
        for piece in rest:
            await self._send_chunk(call, piece)
        return m.end_frame(call.id)

    async def _send_stream(self, call, reply, stream):
        """Sends piece by piece, each as soon as it is there, and takes the next only when it may be sent."""
        send = call.connection.send
        head_sent = False
        try:
            if stream.typed and is_event_stream(reply.headers):
                # Who listens for events wants to know at once that it is connected.
                send(m.head_frame(call.id, reply.status, reply.headers, False, b""))
                head_sent = True
            async for piece in stream.source if stream.is_async else _politely(stream.source):
                data = piece_bytes(piece)
                if not data and head_sent:
                    continue
                if not head_sent:
                    headers = reply.headers if stream.typed else list(reply.headers) + list(piece_headers(piece))
                    send(m.head_frame(call.id, reply.status, headers, False, data[: m.MAX_CHUNK]))
                    head_sent = True
                    data = data[m.MAX_CHUNK :]
                for part in chunks(memoryview(data)):
                    await self._send_chunk(call, part)
        finally:
            await stream.aclose()
        if not head_sent:
            return m.head_frame(call.id, reply.status, reply.headers, True, b"")
        return m.end_frame(call.id)

    async def _send_chunk(self, call, piece):
        size = len(piece)
        while call.credit < size:
            call.waiter = self._loop.create_future()
            try:
                await call.waiter
            finally:
                call.waiter = None
        call.credit -= size
        call.connection.send(m.chunk_frame(call.id, piece))

    def _leave(self, call, error):
        """`sys.exit()` in a handler ends the worker, as it ends any program: its calls are lost with it."""
        code = error.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
        call.connection.send(self.output.end_call(call))
        call.connection.flush()
        os._exit((code or 0) & 0xFF)


class Link(asyncio.Protocol):
    """One gateway's connection. What is sent in one turn of the loop leaves in one write."""

    def __init__(self, server):
        self._server = server
        self._reader = FrameReader(server.limit)
        self._out = []
        self._greeted = False
        self._handshake = None
        self.transport = None
        #: Calls that have not ended, by id.
        self.calls = {}

    def connection_made(self, transport):
        self.transport = transport
        # Streams are held back by credit; whole answers must all be taken.
        transport.set_write_buffer_limits(1 << 40)
        self.send(m.message_frame(m.READY, self._server.ready))
        self._server.add(self)
        loop = asyncio.get_running_loop()
        self._handshake = loop.call_later(m.HANDSHAKE_TIMEOUT_S, self._no_hello)

    def connection_lost(self, _):
        self._handshake.cancel()
        self._server.drop(self)
        for call in list(self.calls.values()):
            self._cancel(call)

    def _no_hello(self):
        self._fault(Fault("handshake_timeout", "No HELLO came within %d s." % m.HANDSHAKE_TIMEOUT_S))

    def send(self, data):
        if not self._out:
            asyncio.get_running_loop().call_soon(self.flush)
        self._out.append(data)

    def flush(self):
        if self._out:
            data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
            self._out.clear()
            if not self.transport.is_closing():
                self.transport.write(data)

    def data_received(self, data):
        if self.transport.is_closing():
            return
        try:
            for payload in self._reader.feed(data):
                message = m.read_message(payload, m.TO_WORKER)
                if message[0] == m.INVOKE and self._greeted:
                    self._invoke(message)
                else:
                    self._control(message)
        except Fault as fault:
            self._fault(fault)

    def eof_received(self):
        try:
            self._reader.check_end()
        except Fault as fault:
            self._fault(fault)

    def _fault(self, fault):
        self.send(m.fault_frame(fault))
        self.flush()
        self.transport.close()

    def _invoke(self, message):
        if self._server.stopping:
            # Takes no new calls: the gateway learns so from the end of the connection.
            return
        call = Call(self, message)
        if call.id in self.calls:
            raise Fault("malformed_frame", "The call id %d is in use." % call.id)
        self.calls[call.id] = call
        if message[14] & 1:
            call.add_input(b"")
        else:
            self._start(call)

    def _start(self, call):
        call.task = self._server.spawn(self._server.serve(call))

    def _control(self, message):
        kind = message[0]
        if kind == m.FAULT:
            self.transport.close()
        elif not self._greeted:
            check_greeting(message)
            self._greeted = True
            self._handshake.cancel()
        elif kind == m.PING:
            self.send(m.message_frame(m.PONG, message[1]))
        elif kind == m.HELLO:
            raise Fault("unexpected_message", "HELLO came twice.")
        elif kind == m.INPUT:
            call = self.calls.get(message[1])
            if call is not None and call.parts is not None:
                call.add_input(message[2])
                if message[3]:
                    call.input_ended()
                    self._start(call)
        elif kind == m.CANCEL:
            call = self.calls.get(message[1])
            if call is not None:
                self._cancel(call)
        elif kind == m.CREDIT:
            call = self.calls.get(message[1])
            if call is not None:
                call.credit += message[2]
                if call.waiter is not None and not call.waiter.done():
                    call.waiter.set_result(None)

    def _cancel(self, call):
        call.canceled = True
        if call.task is not None:
            call.task.cancel()
        if not call.begun:
            # Its body never came whole, or its task had no turn yet and now never will.
            self.calls.pop(call.id, None)
            self.send(canceled_frame(call.id))


async def _politely(source):
    """A synchronous source in an asynchronous worker: other calls get their turn between its pieces."""
    for piece in source:
        yield piece
        await asyncio.sleep(0)
