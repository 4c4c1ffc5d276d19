"""Message types of PROTOCOL.md, the check of what comes in, and the frames that go out."""

from .fault import Fault, malformed
from .frames import frame, frame_of
from .msgpack import array_header, bin_header, pack, pack_int, pack_str, unpack_message

PROTOCOL_VERSION = 1
HANDSHAKE_TIMEOUT_S = 5
#: CHUNK bytes of one call that may be unacknowledged.
CREDIT_WINDOW = 262144
MAX_CHUNK = 65536

HELLO, PING, PONG, FAULT = 0, 1, 2, 3
START, STARTED, START_FAILED, STOP, EXITED, LOG = 10, 11, 12, 13, 14, 15
INVOKE, INPUT, CANCEL, CREDIT = 20, 21, 22, 23
READY, LOAD_ERROR, FILES = 30, 31, 32
HEAD, CHUNK, END, ERROR, OUTPUT, PROXY = 40, 41, 42, 43, 44, 45

_KNOWN = frozenset(
    (HELLO, PING, PONG, FAULT, START, STARTED, START_FAILED, STOP, EXITED, LOG)
    + (INVOKE, INPUT, CANCEL, CREDIT, READY, LOAD_ERROR, FILES, HEAD, CHUNK, END, ERROR, OUTPUT, PROXY)
)

#: Elements after the type, by message: what each must be, and what a missing or nil one reads as.
_NEEDED = object()
_STR = (str, _NEEDED)
_INT = (int, _NEEDED)
_NUMBER = ((int, float), _NEEDED)
_MAP = (dict, _NEEDED)
_MAP_OR_NIL = (dict, None)
_LINK = {HELLO: (_INT, _MAP), PING: (_INT,), PONG: (_INT,), FAULT: (_STR, _STR)}
TO_DAEMON = dict(_LINK)
TO_DAEMON.update({START: (_STR, _MAP), STOP: (_STR, _INT)})
TO_WORKER = dict(_LINK)
TO_WORKER.update(
    {
        INVOKE: (
            (_INT, _STR, _STR, _STR, _STR)  # id, request_id, method, path, raw_path
            + ((list, ()), (list, ()), _STR, _STR)  # query, params, headers, client_ip
            + (_NUMBER, _NUMBER, _MAP_OR_NIL, _MAP_OR_NIL)  # ts, timeout_ms, session, context
            + ((int, 0), (bytes, b""), ((int, float), None))  # flags, body, begin_by
        ),
        INPUT: (_INT, (bytes, b""), (bool, False)),
        CANCEL: (_INT, _STR),
        CREDIT: (_INT, _INT),
    }
)


def read_message(payload, shapes):
    """The message in a payload, checked: elements present and of their type, `bytes` for bin given as str.

    :param shapes: `TO_DAEMON` or `TO_WORKER`
    :raises Fault: malformed_frame, unknown_message, unexpected_message
    """
    message = unpack_message(payload)
    if _is_usual_invoke(message, shapes):
        return message
    kind = message[0] if message else None
    if type(kind) is not int or kind < 0:
        raise malformed("its first element is no message type")
    shape = shapes.get(kind)
    if shape is None:
        if kind in _KNOWN:
            raise Fault("unexpected_message", "Message type %d does not travel this way." % kind)
        raise Fault("unknown_message", "Message type %d is not known." % kind)
    missing = len(shape) + 1 - len(message)
    if missing > 0:
        message.extend([None] * missing)
    at = 0
    for expected, default in shape:
        at += 1
        value = message[at]
        if type(value) is expected:
            if expected is list:
                _check_pairs(value, kind, at)
            elif expected is int and not 0 <= value <= 0xFFFFFFFF:
                raise malformed("element %d of message %d is no unsigned 32-bit integer" % (at, kind))
        elif value is None and default is not _NEEDED:
            message[at] = default
        else:
            message[at] = _convert(value, expected, kind, at)
    return message


def _is_usual_invoke(message, shapes):
    """Whether this is an INVOKE that needs no second look. The table says the same, and takes four times as long."""
    if len(message) == 16:
        message.append(None)
    try:
        # fmt: off
        (kind, call_id, request_id, method, path, raw_path, query, params, headers, client_ip,
         ts, timeout_ms, session, context, flags, body, begin_by) = message
        # fmt: on
    except ValueError:
        return False
    return (
        kind == INVOKE
        and INVOKE in shapes
        and type(call_id) is type(timeout_ms) is type(flags) is int
        and 0 <= call_id <= 0xFFFFFFFF
        and 0 <= flags <= 0xFFFFFFFF
        and type(request_id) is type(method) is type(path) is type(raw_path) is type(headers) is type(client_ip) is str
        and type(ts) is float
        and ts - ts == 0
        and (begin_by is None or type(begin_by) is float)
        and session is None
        and context is None
        and type(body) is bytes
        and type(query) is type(params) is list
        and (not query or _are_pairs(query))
        and (not params or _are_pairs(params))
    )


def _are_pairs(value):
    if len(value) % 2:
        return False
    for item in value:
        if type(item) is not str:
            return False
    return True


def _check_pairs(value, kind, at):
    if not _are_pairs(value):
        raise malformed("element %d of message %d is no list of names and values" % (at, kind))


def _convert(value, expected, kind, at):
    """A value of another type that is allowed in the place of `expected` all the same."""
    if expected is bytes and type(value) is str:
        return value.encode("utf-8", "replace")
    if type(value) is float and value.is_integer() and expected is int and 0 <= value <= 0xFFFFFFFF:
        return int(value)
    if type(expected) is tuple and type(value) in expected and value == value and abs(value) != float("inf"):
        return value
    raise malformed("element %d of message %d has the wrong type (%s)" % (at, kind, type(value).__name__))


def message_frame(*message):
    """Any message as a frame: for the rare ones."""
    return frame(pack(message))


def fault_frame(fault):
    return message_frame(FAULT, fault.code, fault.message)


_HEAD = b"\x96" + pack_int(HEAD)
_CHUNK = b"\x93" + pack_int(CHUNK)
_END = b"\x92" + pack_int(END)
_NOTHING = b"\xc4\x00"

# Most handlers answer with the same few header lists: packed once. Bounded; values such as ids must not fill it.
_packed_headers = {}
_MAX_CACHED_HEADERS = 64


def _pack_headers(headers):
    key = tuple(headers)
    packed = _packed_headers.get(key)
    if packed is None:
        packed = array_header(len(key)) + b"".join([pack_str(item) for item in key])
        if len(_packed_headers) < _MAX_CACHED_HEADERS:
            _packed_headers[key] = packed
    return packed


def head_frame(call_id, status, headers, end, body):
    """HEAD; `headers` is a flat sequence of names and values."""
    return frame_of(
        _HEAD,
        pack_int(call_id),
        pack_int(status),
        _pack_headers(headers),
        b"\x01" if end else b"\x00",
        bin_header(len(body)) if body else _NOTHING,
        body,
    )


def chunk_frame(call_id, data):
    return frame_of(_CHUNK, pack_int(call_id), bin_header(len(data)), data)


def end_frame(call_id):
    return frame_of(_END, pack_int(call_id))


def output_frame(call_id, stream, text):
    return message_frame(OUTPUT, call_id, stream, text)
