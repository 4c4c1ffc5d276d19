"""ASGI 3 (HTTP and lifespan): serves an existing application object, such as FastAPI's or Starlette's."""

import asyncio
import sys
import traceback

from ..failure import LoadError
from ..invalid_response import InvalidResponse
from ..program import Program, pick_callable
from ..response import Reply, Stream
from .request_parts import header_pairs, host_and_port, mount_point, query_string, scheme

_ASGI = {"version": "3.0", "spec_version": "2.3"}


def make(load, spec):
    app = pick_callable(load(), spec["handler"], ("app", "application", "handler", "main"))
    name = spec["context"].get("function_name")
    lifespan = _Lifespan(app)
    background = set()

    async def call(message):
        exchange = _Exchange(app, make_scope(message, name, lifespan.state), message[15], background)
        return await exchange.reply()

    async def stop():
        # What applications go on with after their response has its time until the worker is killed.
        if background:
            await asyncio.wait(list(background))
        await lifespan.shut_down()

    return Program(call, True, lifespan.start_up, stop)


def make_scope(m, function_name, state):
    pairs = header_pairs(m)
    headers = dict(pairs)
    mount = mount_point(m, function_name)
    host, port = host_and_port(headers)
    kind = scheme(headers)
    path = m[4] + "/" if mount and m[4] == mount else m[4]
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "method": m[3],
        "scheme": kind,
        "path": path,
        "raw_path": m[5].encode("utf-8", "replace"),
        "query_string": query_string(m).encode("ascii"),
        "root_path": mount,
        "headers": [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in pairs],
        "client": (m[9], 0),
        "server": (host, int(port or (443 if kind == "https" else 80))),
        "state": dict(state),
        "extensions": {},
    }


class _Exchange:
    """One request and its response. The application runs as a task of its own, so that it may outlive its response."""

    def __init__(self, app, scope, body, background):
        self._app = app
        self._scope = scope
        self._body = body
        self._background = background
        self._request_given = False
        self._disconnected = asyncio.Event()
        self._status = None
        self._headers = []
        self._complete = False
        #: The reply; settled with the first piece of the body.
        self._reply = asyncio.get_running_loop().create_future()
        #: Of a streamed body: pieces, then None. One waits at most: the application is held back by it.
        self._pieces = None
        self._task = None

    async def reply(self):
        self._task = asyncio.ensure_future(self._app(self._scope, self._receive, self._send))
        self._background.add(self._task)
        self._task.add_done_callback(self._ended)
        try:
            return await self._reply
        except asyncio.CancelledError:
            await self._abandon()
            raise

    def _ended(self, task):
        self._background.discard(task)
        error = None if task.cancelled() else task.exception()
        if not self._reply.done():
            if task.cancelled():
                self._reply.cancel()
            else:
                self._reply.set_exception(error or InvalidResponse("The ASGI application ended without a response."))
        elif self._complete:
            if error is not None:
                # The response is out; the log is all that is left.
                traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
        elif self._pieces is not None:
            self._pieces.force(error or InvalidResponse("The ASGI application ended in the middle of its response."))

    async def _abandon(self):
        self._disconnected.set()
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _receive(self):
        if not self._request_given:
            self._request_given = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._disconnected.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        kind = message["type"]
        if kind == "http.response.start":
            if self._status is not None:
                raise RuntimeError("http.response.start was sent twice.")
            self._status = message["status"]
            for name, value in message.get("headers", ()):
                self._headers.append(bytes(name).decode("latin-1"))
                self._headers.append(bytes(value).decode("latin-1"))
        elif kind == "http.response.body":
            if self._status is None:
                raise RuntimeError("http.response.body was sent before http.response.start.")
            if not self._complete:
                await self._send_body(bytes(message.get("body", b"")), message.get("more_body", False))
        else:
            raise RuntimeError("The message type %r is not supported." % kind)

    async def _send_body(self, data, more):
        if not more:
            self._complete = True
            self._disconnected.set()
        if self._pieces is None:
            if not more:
                if not self._reply.done():
                    self._reply.set_result(Reply(self._status, self._headers, data))
                return
            self._pieces = _Pieces()
            if not self._reply.done():
                self._reply.set_result(Reply(self._status, self._headers, Stream(self._stream(), True, True)))
        if data:
            await self._pieces.put(data)
        if not more:
            await self._pieces.put(None)

    async def _stream(self):
        try:
            while True:
                piece = await self._pieces.get()
                if piece is None:
                    return
                yield piece
        finally:
            if not self._complete:
                await self._abandon()


class _Pieces:
    """A queue of one, which an error can always enter."""

    def __init__(self):
        self._queue = asyncio.Queue(1)
        self._error = None

    async def put(self, piece):
        await self._queue.put(piece)

    async def get(self):
        if self._error is not None and self._queue.empty():
            raise self._error
        piece = await self._queue.get()
        if isinstance(piece, BaseException):
            raise piece
        return piece

    def force(self, error):
        self._error = error
        if self._queue.empty():
            self._queue.put_nowait(error)


class _Lifespan:
    """Start-up and shutdown of the application; one that knows neither is fine."""

    def __init__(self, app):
        self._app = app
        self._task = None
        self._inbox = None
        self._answer = None
        self.state = {}

    async def start_up(self):
        """:raises LoadError: the application said that it cannot start"""
        self._inbox = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": _ASGI, "state": self.state}
        self._task = asyncio.ensure_future(self._app(scope, self._inbox.get, self._send))
        answer = await self._ask("startup")
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            text = answer.get("message") or "no reason given"
            raise LoadError("handler_error", "The ASGI application failed to start: %s" % text.strip())

    async def shut_down(self):
        if self._task is not None and not self._task.done():
            await self._ask("shutdown")

    async def _ask(self, what):
        """The application's answer; None when it ended without one, which means it does not know lifespans."""
        self._answer = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait({"type": "lifespan.%s" % what})
        await asyncio.wait([self._task, self._answer], return_when=asyncio.FIRST_COMPLETED)
        if self._answer.done():
            return self._answer.result()
        self._task.exception()
        return None

    async def _send(self, message):
        if not self._answer.done():
            self._answer.set_result(message)
