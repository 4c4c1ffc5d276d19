"""What `import workers` gives to a handler with the `cloudflare-worker` adapter."""

from ..response import reply_with_body


class Headers:
    """Names without regard to case; a name may have several values."""

    def __init__(self, init=None):
        self._pairs = []
        if init is not None:
            for name, value in init.items() if hasattr(init, "items") else init:
                self.append(name, value)

    def append(self, name, value):
        self._pairs.append((str(name).lower(), str(value)))

    def set(self, name, value):
        self.delete(name)
        self.append(name, value)

    def delete(self, name):
        name = name.lower()
        self._pairs = [pair for pair in self._pairs if pair[0] != name]

    def get(self, name, default=None):
        name = name.lower()
        values = [value for key, value in self._pairs if key == name]
        return ", ".join(values) if values else default

    def has(self, name):
        return name in self

    def items(self):
        return list(self._pairs)

    entries = items

    def keys(self):
        return [name for name, _ in self._pairs]

    def values(self):
        return [value for _, value in self._pairs]

    def __contains__(self, name):
        return self.get(name) is not None

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name, value):
        self.set(name, value)

    def __iter__(self):
        return iter(self._pairs)


class Response:
    """A response; the body is str, bytes, a list or dict (sent as JSON), a generator, or None."""

    def __init__(self, body=None, status=200, status_text="", headers=None, **_):
        self.body = body
        self.status = int(status)
        self.status_text = status_text
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)

    @staticmethod
    def json(data, status=200, headers=None, **_):
        response = Response(data, status, headers=headers)
        if "content-type" not in response.headers:
            response.headers.set("content-type", "application/json")
        response._is_json = True
        return response

    from_json = json

    @staticmethod
    def redirect(url, status=302):
        return Response(None, status, headers={"location": url})

    _is_json = False

    def to_reply(self):
        headers = [item for pair in self.headers.items() for item in pair]
        return reply_with_body(self.status, headers, self.body, self._is_json)


class WorkerEntrypoint:
    """Base of a handler class; `self.env` and `self.ctx` are set."""

    def __init__(self, ctx, env):
        self.ctx = ctx
        self.env = env


class Env(dict):
    """`env`: variables and secrets, as attributes and as keys."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError("env has no %r" % name) from None
