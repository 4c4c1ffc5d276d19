"""The event a handler gets (SPEC §6): a dict, JSON-serialisable as it is, with helpers for the body."""

import base64
import json
import time

from .forms import parse_form


class Event(dict):
    """One request. The raw body and its readers are attributes and no keys, so that the dict stays JSON."""

    #: The body as bytes, empty when there is none.
    raw_body = b""

    def json(self):
        """The body as JSON; None when there is no body.

        :raises json.JSONDecodeError: it is no JSON
        """
        return json.loads(self.raw_body) if self.raw_body else None

    def form(self):
        """The `Form` (`fields`, `files`) of a multipart/form-data or application/x-www-form-urlencoded body.

        :raises ValueError: the body is no form
        """
        return parse_form(self["headers"].get("content-type", ""), self.raw_body)

    def __missing__(self, key):
        if key == "raw_body":
            return self.raw_body
        raise KeyError(key)


class EventFactory:
    """Makes events; holds what is the same in each."""

    def __init__(self, env, secrets, context):
        self._env = env
        self._secrets = secrets
        self._context = context
        self._version = context.get("version") or "default"
        # Filled in per call; here so that every event has all keys in the same order.
        self._context = dict(
            {"request_id": None}, **dict(context, deadline_ms=None, user=None, trigger=None, traceparent=None)
        )
        self._nested = [key for key, value in self._context.items() if isinstance(value, dict)]

    def make(self, m):
        """The event of an INVOKE message."""
        headers = {}
        if m[8]:
            lines = m[8].split("\n")
            headers = dict(zip(lines[::2], lines[1::2]))
        params = m[7]
        params = dict(zip(params[::2], params[1::2])) if params else {}
        body = None
        is_base64 = False
        data = m[15]
        if data:
            try:
                body = data.decode()
            except UnicodeDecodeError:
                body = base64.b64encode(data).decode("ascii")
                is_base64 = True
        session = m[12]
        event = Event(
            {
                "id": m[2],
                "ts": int(m[10]),
                "method": m[3],
                "path": m[4],
                "raw_path": m[5],
                "query": _query(m[6]) if m[6] else {},
                "params": params,
                # The same values, but not the same dict: changing one must not change the other's JSON.
                "path_params": params.copy(),
                "headers": headers,
                "body": body,
                "is_base64": is_base64,
                "session": session,
                "client": {"ip": m[9], "ua": headers.get("user-agent")},
                "env": self._env.copy(),
                "secrets": self._secrets.copy(),
                "version": self._version,
                "context": self._make_context(m),
            }
        )
        if data:
            event.raw_body = data
        return event

    def _make_context(self, m):
        context = self._context.copy()
        for key in self._nested:
            context[key] = context[key].copy()
        context["request_id"] = m[2]
        context["deadline_ms"] = int(time.time() * 1000 + m[11])
        if m[13]:
            context.update(m[13])
        return context


def _query(pairs):
    """Values by name; a list when the name repeats."""
    result = {}
    values = iter(pairs)
    for name in values:
        value = next(values)
        if name not in result:
            result[name] = value
        elif type(result[name]) is list:
            result[name].append(value)
        else:
            result[name] = [result[name], value]
    return result
