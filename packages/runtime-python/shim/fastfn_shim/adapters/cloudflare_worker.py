"""Cloudflare Workers in Python: `on_fetch(request, env, ctx)`, or a class `Default(WorkerEntrypoint)` with `fetch`.

What such code imports, `from workers import Response, WorkerEntrypoint`, is answered by `workers_module`.
"""

import asyncio
import inspect
import json
import sys
import traceback

from ..forms import parse_form
from ..program import Program, pick_callable
from ..response import to_reply
from . import workers_module
from .request_parts import header_pairs, query_string, scheme


def make(load, spec):
    sys.modules.setdefault("workers", workers_module)
    module = load()
    entrypoint = getattr(module, "Default", None)
    handler = None
    if spec["handler"] or not isinstance(entrypoint, type):
        handler = pick_callable(module, spec["handler"], ("on_fetch", "fetch", "handler"))
    env = workers_module.Env(dict(spec["secrets"], **spec["env"]))
    background = set()

    async def call(message):
        request, ctx = Request(message), Context(background)
        if handler is None:
            result = entrypoint(ctx, env).fetch(request)
        else:
            result = handler(request, env, ctx)
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, workers_module.Response):
            return result.to_reply()
        return to_reply(result)

    async def stop():
        if background:
            await asyncio.wait(list(background))

    return Program(call, True, None, stop)


class Request:
    """The request as Workers see it."""

    def __init__(self, m):
        pairs = header_pairs(m)
        self.method = m[3]
        self.headers = workers_module.Headers(pairs)
        query = query_string(m)
        host = self.headers.get("host") or "localhost"
        self.url = "%s://%s%s%s" % (scheme(dict(pairs)), host, m[5], "?" + query if query else "")
        self.params = dict(zip(m[7][::2], m[7][1::2]))
        self.cf = {}
        self._body = m[15]

    @property
    def body(self):
        return self._body or None

    async def text(self):
        return self._body.decode("utf-8", "replace")

    async def json(self):
        return json.loads(self._body)

    async def bytes(self):
        return self._body

    buffer = bytes
    array_buffer = arrayBuffer = bytes

    async def form_data(self):
        return parse_form(self.headers.get("content-type") or "", self._body)

    formData = form_data


class Context:
    """`ctx`: work that goes on after the response."""

    def __init__(self, background):
        self._background = background

    def wait_until(self, awaitable):
        task = asyncio.ensure_future(awaitable)
        self._background.add(task)
        task.add_done_callback(self._ended)

    waitUntil = wait_until

    def pass_through_on_exception(self):
        """There is nothing behind this worker that a request could pass on to."""

    passThroughOnException = pass_through_on_exception

    def _ended(self, task):
        self._background.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
