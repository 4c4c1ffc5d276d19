"""From a value, or an exception, to the frames of an answer."""

import sys

from . import messages as m
from .failure import debug_info, summary
from .frames import FRAME_HEADROOM
from .headers import find_header
from .invalid_response import InvalidResponse
from .response import Proxy


def error_frame(call_id, error, user_code):
    """ERROR for what a handler raised, or for an answer that is none."""
    if isinstance(error, InvalidResponse):
        _tell("%s\n" % error)
        return m.message_frame(m.ERROR, call_id, "invalid_response", str(error), None)
    info = debug_info(error, user_code)
    _tell(info["stack"] or summary(error) + "\n")
    return m.message_frame(m.ERROR, call_id, "handler_error", summary(error), info)


def _tell(text):
    """To the output of the running call, and so to the log: a client may be told nothing."""
    try:
        sys.stderr.write(text)
    except Exception:
        pass  # The handler put something else there.


def canceled_frame(call_id):
    return m.message_frame(m.ERROR, call_id, "canceled", "The call was canceled.", None)


def not_begun_frame(call_id):
    return m.message_frame(m.ERROR, call_id, "not_begun", "It was too late to call the handler.", None)


def whole_reply(call_id, reply, limit):
    """The first frame of an answer whose body is known, and the pieces of what did not fit into it."""
    if type(reply) is Proxy:
        return m.message_frame(m.PROXY, call_id, reply.directive), ()
    body = reply.body
    room = max(1024, limit - FRAME_HEADROOM)
    if len(body) <= room:
        return m.head_frame(call_id, reply.status, reply.headers, True, body), ()
    rest = memoryview(body)[room:]
    return m.head_frame(call_id, reply.status, reply.headers, False, body[:room]), chunks(rest)


def chunks(data):
    """`data` in pieces that fit a CHUNK."""
    if len(data) <= m.MAX_CHUNK:
        return (data,) if len(data) else ()
    return [data[at : at + m.MAX_CHUNK] for at in range(0, len(data), m.MAX_CHUNK)]


def is_event_stream(headers):
    """Whether these headers announce server-sent events."""
    kind = find_header(headers, "content-type")
    return kind is not None and kind.lower().startswith("text/event-stream")
