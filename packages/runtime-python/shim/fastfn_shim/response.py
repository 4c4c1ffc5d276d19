"""What the value that a handler returned means (SPEC §8)."""

import base64
import binascii
import re
import types

from .csv_body import to_csv
from .headers import add_header, cookie_list, find_header, header_list
from .invalid_response import InvalidResponse, describe
from .json_body import to_json

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
BYTES_TYPE = "application/octet-stream"

_JSON_HEADERS = ("content-type", JSON_TYPE)
_TEXT_HEADERS = ("content-type", TEXT_TYPE)
_HTML_HEADERS = ("content-type", HTML_TYPE)
_BYTES_HEADERS = ("content-type", BYTES_TYPE)

#: The keys an envelope may have; those that do not make one by themselves.
_KEYS = frozenset(
    ("status", "statusCode", "headers", "cookies", "body", "is_base64", "isBase64Encoded", "body_base64", "proxy")
)
_WEAK_KEYS = frozenset(("status", "statusCode"))
_PAGE = re.compile(r"<!doctype html|<html", re.IGNORECASE).match
_BASE64_NOISE = re.compile(r"\s+")
_FILE_PIECE = 65536


class Reply:
    """An answer: status, flat headers, and a body of bytes or a `Stream`."""

    __slots__ = ("status", "headers", "body")

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Proxy:
    """An answer that the gateway shall fetch elsewhere."""

    __slots__ = ("directive",)

    def __init__(self, directive):
        self.directive = directive


class Stream:
    """A body that comes in pieces.

    `next_piece` is None for an asynchronous source; `typed` says whether the content type is settled, else it follows
    from the first piece.
    """

    __slots__ = ("source", "is_async", "typed")

    def __init__(self, source, is_async, typed):
        self.source = source
        self.is_async = is_async
        self.typed = typed

    def close(self):
        """Ends a synchronous source: a generator's `finally` runs, a file is closed."""
        close = getattr(self.source, "close", None)
        if close is not None:
            close()

    async def aclose(self):
        close = getattr(self.source, "aclose", None)
        if close is not None:
            await close()
        elif not self.is_async:
            self.close()


def to_reply(value):
    """What the value means: a `Reply` or a `Proxy`.

    :raises InvalidResponse: it is no response
    """
    kind = type(value)
    if kind is dict or isinstance(value, dict):
        if _KEYS.issuperset(value) and _is_envelope(value):
            return _read_envelope(value)
        return Reply(200, _JSON_HEADERS, to_json(value, ""))
    if kind is Reply or kind is Proxy:
        return value
    if kind is tuple:
        return _read_tuple(value)
    headers, body = _read_body(value, None, "")
    return Reply(200, headers, body)


def _is_envelope(value):
    if not value:
        return False
    for key in value:
        if key not in _WEAK_KEYS:
            return True
    return any(_is_integer(item) for item in value.values())


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _read_envelope(envelope):
    get = envelope.get
    proxy = get("proxy")
    if proxy is not None:
        return Proxy(_read_proxy(proxy))
    status = 200
    for key in ("statusCode", "status"):
        given = get(key)
        if given is not None:
            status = _read_status(given)
    headers = header_list(get("headers"))
    cookies = get("cookies")
    if cookies is not None:
        for cookie in cookie_list(cookies):
            add_header(headers, "set-cookie", cookie)
    encoded = get("body_base64")
    if encoded is not None or get("is_base64") or get("isBase64Encoded"):
        key = "body" if encoded is None else "body_base64"
        body = decode_base64(envelope.get(key), key)
        if find_header(headers, "content-type") is None:
            headers.extend(_BYTES_HEADERS)
        return Reply(status, headers, body)
    return _with_body(status, headers, get("body"))


def reply_with_body(status, headers, body, as_json=False):
    """A reply whose type, unless the headers name one, follows from the body.

    :raises InvalidResponse: status or body are none
    """
    if as_json:
        body = to_json(body, "body")
    return _with_body(_read_status(status), headers, body)


def _with_body(status, headers, body):
    typed = find_header(headers, "content-type")
    more, body = _read_body(body, typed, "body")
    if typed is None:
        headers.extend(more)
    return Reply(status, headers, body)


def _read_tuple(value):
    """`(body[, status[, headers]])`."""
    if not 1 <= len(value) <= 3:
        raise InvalidResponse(
            "The handler returned a tuple of %d; a tuple is (body, status, headers), the last two may be left out."
            % len(value)
        )
    status = _read_status(value[1]) if len(value) > 1 else 200
    return _with_body(status, header_list(value[2] if len(value) > 2 else None), value[0])


def _read_status(status):
    if not _is_integer(status) or not 100 <= status <= 599:
        raise InvalidResponse("`status` is %s; it must be an integer from 100 to 599." % describe(status))
    return int(status)


def _read_body(body, typed, where):
    """The headers that say the type of a body, and its bytes or `Stream`.

    :param typed: content type given by the handler, or None
    """
    if isinstance(body, str):
        headers = _HTML_HEADERS if _PAGE(body) else _TEXT_HEADERS
        return headers, body.encode("utf-8", "replace")
    if body is None:
        return (), b""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return _BYTES_HEADERS, bytes(body)
    if isinstance(body, bool):
        return _JSON_HEADERS, b"true" if body else b"false"
    if isinstance(body, (list, tuple)):
        if typed is not None and typed.lower().startswith("text/csv"):
            return _JSON_HEADERS, to_csv(body)
        return _JSON_HEADERS, to_json(body, where)
    if isinstance(body, dict):
        return _JSON_HEADERS, to_json(body, where)
    if isinstance(body, (int, float)):
        if body != body or body in (float("inf"), float("-inf")):
            raise InvalidResponse("The handler returned %s%s, which is no response." % (body, _at(where)))
        return _TEXT_HEADERS, str(body).encode("ascii")
    stream = _as_stream(body, typed is not None)
    if stream is not None:
        return (), stream
    if callable(body) or isinstance(body, (types.ModuleType, types.CoroutineType)):
        raise InvalidResponse("The handler returned %s%s, which is no response." % (describe(body), _at(where)))
    return _JSON_HEADERS, to_json(body, where)


def _as_stream(body, typed):
    """Something to take pieces from: generators and other iterators, also asynchronous ones, and open files."""
    kind = type(body)
    if kind is types.GeneratorType:
        return Stream(body, False, typed)
    if kind is types.AsyncGeneratorType:
        return Stream(body, True, typed)
    read = getattr(body, "read", None)
    if callable(read) and not isinstance(body, type):
        return Stream(_file_pieces(body, read), False, typed)
    if hasattr(kind, "__anext__"):
        return Stream(body, True, typed)
    if hasattr(kind, "__aiter__"):
        return Stream(body.__aiter__(), True, typed)
    if hasattr(kind, "__next__"):
        return Stream(body, False, typed)
    return None


def _file_pieces(file, read):
    try:
        while True:
            piece = read(_FILE_PIECE)
            if not piece:
                return
            yield piece
    finally:
        close = getattr(file, "close", None)
        if close is not None:
            close()


def piece_bytes(piece):
    """One piece of a stream as bytes.

    :raises InvalidResponse: neither str nor bytes
    """
    if isinstance(piece, str):
        return piece.encode("utf-8", "replace")
    if isinstance(piece, (bytes, bytearray, memoryview)):
        return bytes(piece)
    raise InvalidResponse("The handler's stream gave %s; a piece must be str or bytes." % describe(piece))


def piece_headers(piece):
    """The type of an untyped stream, by its first piece."""
    if isinstance(piece, str):
        return _HTML_HEADERS if _PAGE(piece) else _TEXT_HEADERS
    return _BYTES_HEADERS


def decode_base64(value, key):
    """:raises InvalidResponse: no base64 (RFC 4648 §4, padded; white space is ignored)"""
    if value is None:
        return b""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        raise InvalidResponse("`%s` is %s; with base64 it must be a str." % (key, describe(value)))
    try:
        return base64.b64decode(_BASE64_NOISE.sub("", value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidResponse("`%s` is no valid base64: %s." % (key, error)) from error


def _read_proxy(proxy):
    """The `proxy` of an envelope, checked for types; what is allowed is the gateway's business. SPEC §9."""
    if not isinstance(proxy, dict):
        raise InvalidResponse("`proxy` is %s; use a dict with `url` or `path`." % describe(proxy))
    directive = {}
    for key in ("url", "path", "method"):
        value = proxy.get(key)
        if value is not None:
            if not isinstance(value, str):
                raise InvalidResponse("`proxy.%s` is %s; it must be a str." % (key, describe(value)))
            directive[key] = value
    for key in ("timeout_ms", "max_response_bytes"):
        value = proxy.get(key)
        if value is not None:
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**53:
                raise InvalidResponse("`proxy.%s` is %s; it must be a number, 0 or more." % (key, describe(value)))
            directive[key] = value
    headers = proxy.get("headers")
    if headers is not None:
        if not isinstance(headers, dict):
            raise InvalidResponse("`proxy.headers` is %s; use a dict of names and values." % describe(headers))
        directive["headers"] = {
            str(name): [str(item) for item in value] if isinstance(value, (list, tuple)) else str(value)
            for name, value in headers.items()
            if value is not None
        }
    body = proxy.get("body")
    encoded = proxy.get("body_base64")
    if encoded is not None:
        directive["body"] = decode_base64(encoded, "proxy.body_base64")
    elif body is not None:
        if proxy.get("is_base64"):
            directive["body"] = decode_base64(body, "proxy.body")
        else:
            more, data = _read_body(body, None, "proxy.body")
            if isinstance(data, Stream):
                raise InvalidResponse("`proxy.body` is %s; it cannot be streamed." % describe(body))
            directive["body"] = data
    return directive


def _at(where):
    return " at `%s`" % where if where else ""
