"""WSGI (PEP 3333): serves an existing application object, such as Flask's or Django's."""

import io
import sys

from ..headers import find_header
from ..invalid_response import InvalidResponse
from ..program import Program, pick_callable
from ..response import Reply, Stream
from .request_parts import header_pairs, host_and_port, mount_point, query_string, scheme


def make(load, spec):
    app = pick_callable(load(), spec["handler"], ("app", "application", "handler", "main"))
    name = spec["context"].get("function_name")

    def call(message):
        answer = _Answer()
        return answer.of(app(make_environ(message, name), answer.start_response))

    return Program(call, False)


def make_environ(m, function_name):
    headers = dict(header_pairs(m))
    mount = mount_point(m, function_name)
    host, port = host_and_port(headers)
    kind = scheme(headers)
    environ = {
        "REQUEST_METHOD": m[3],
        "SCRIPT_NAME": _bytes_as_text(mount),
        "PATH_INFO": _bytes_as_text(m[4][len(mount) :] or "/"),
        "QUERY_STRING": query_string(m),
        "SERVER_NAME": host,
        "SERVER_PORT": port or ("443" if kind == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": m[9],
        "CONTENT_LENGTH": str(len(m[15])),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": kind,
        "wsgi.input": io.BytesIO(m[15]),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "fastfn.request_id": m[2],
    }
    for header, value in headers.items():
        if header == "content-type":
            environ["CONTENT_TYPE"] = value
        elif header != "content-length":
            environ["HTTP_" + header.upper().replace("-", "_")] = _bytes_as_text(value)
    return environ


def _bytes_as_text(text):
    """PEP 3333: the UTF-8 bytes, one character each."""
    return text.encode("utf-8", "replace").decode("latin-1")


class _Answer:
    """What one call of the application said of its response."""

    def __init__(self):
        self._status = None
        self._headers = []
        self._written = []

    def start_response(self, status, headers, exc_info=None):
        if self._status is not None and exc_info is None:
            raise AssertionError("start_response was called twice.")
        self._status = int(status.split(" ", 1)[0])
        self._headers = [item for pair in headers for item in pair]
        return self._written.append

    def of(self, result):
        """The reply; a list is sent whole, anything else as it is produced."""
        if isinstance(result, (list, tuple)):
            return self._reply(b"".join(self._written) + b"".join(result))
        pieces = iter(result)
        # Applications may call start_response as late as with the first piece that is not empty.
        first = b""
        try:
            for first in pieces:
                if first:
                    break
            if self._status is None:
                raise InvalidResponse("The WSGI application never called start_response.")
            if not self._written and find_header(self._headers, "content-length") == str(len(first)):
                # All of it is here, as with nearly every page of a framework: no need to stream.
                whole = first + b"".join(pieces)
                _close(result)
                return self._reply(whole)
        except BaseException:
            _close(result)
            raise
        return self._reply(Stream(_rest(self._written, first, pieces, result), False, True))

    def _reply(self, body):
        if self._status is None:
            raise InvalidResponse("The WSGI application never called start_response.")
        if not 100 <= self._status <= 599:
            raise InvalidResponse("The WSGI application gave status %d; it must be 100 to 599." % self._status)
        return Reply(self._status, self._headers, body)


def _rest(written, first, pieces, result):
    try:
        yield b"".join(written) + first
        yield from pieces
    finally:
        _close(result)


def _close(result):
    close = getattr(result, "close", None)
    if close is not None:
        close()
