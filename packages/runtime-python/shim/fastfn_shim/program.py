"""From the loaded handler module to one function `call(message) -> value`, for plain handlers and adapters alike."""

import functools
import inspect
import os

from .call_plan import CallPlan
from .event import EventFactory
from .failure import LoadError

_ADAPTERS = {
    "aws-lambda": "aws_lambda",
    "lambda": "aws_lambda",
    "apigw-v2": "aws_lambda",
    "api-gateway-v2": "aws_lambda",
    "cloudflare-worker": "cloudflare_worker",
    "cloudflare-workers": "cloudflare_worker",
    "worker": "cloudflare_worker",
    "workers": "cloudflare_worker",
    "asgi": "asgi",
    "wsgi": "wsgi",
}


class Program:
    """What a worker runs.

    `call` takes an INVOKE message and gives a value for `to_reply`; or, when `is_async`, an awaitable or an
    asynchronous iterator of one.
    """

    def __init__(self, call, is_async, start=None, stop=None):
        self.call = call
        self.is_async = is_async
        #: Coroutine functions run in the event loop before the first and after the last call; None: nothing to do.
        self.start = start
        self.stop = stop


def make_program(spec, load):
    """
    :param load: loads the handler module
    :raises LoadError: unknown adapter, no callable
    """
    adapter = spec["adapter"]
    if adapter is None:
        return _plain(load(), spec)
    name = _ADAPTERS.get(adapter)
    if name is None:
        known = ", ".join(sorted(_ADAPTERS))
        text = "`invoke.adapter` is %r, which Python does not have. Known: %s." % (adapter, known)
        raise LoadError("invalid_config", text)
    # Adapters bring modules that other handlers never need.
    module = __import__("fastfn_shim.adapters." + name, fromlist=("make",))
    return module.make(load, spec)


def event_factory(spec):
    return EventFactory(spec["env"], spec["secrets"], spec["context"])


def _plain(module, spec):
    handler = pick_callable(module, spec["handler"], ("handler", "main"))
    plan = CallPlan(handler)
    make_event = event_factory(spec).make

    def call(message):
        event = make_event(message)
        return plan(event, event["params"])

    return Program(call, is_async_callable(handler))


def pick_callable(module, wanted, defaults):
    """The callable of that name; without one the first of the defaults that the module has.

    :raises LoadError: there is none; the message lists what there is
    """
    for name in (wanted,) if wanted else defaults:
        found = getattr(module, name, None)
        if callable(found):
            return found
    names = " or ".join("`%s`" % name for name in ((wanted,) if wanted else defaults))
    there = [
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    text = "%s has no callable %s." % (os.path.basename(module.__file__), names)
    if there:
        text += " It has: %s. Rename one, or name it in `invoke.handler`." % ", ".join(there[:20])
    else:
        text += " It defines no function at all."
    raise LoadError("handler_error", text)


def is_async_callable(function):
    """Whether calling it gives an awaitable or an asynchronous generator."""
    while isinstance(function, functools.partial):
        function = function.func
    # An object is called through its class.
    for candidate in (function, getattr(type(function), "__call__", None)):
        if inspect.iscoroutinefunction(candidate) or inspect.isasyncgenfunction(candidate):
            return True
    return False
