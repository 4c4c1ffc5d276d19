"""Frames: a 4-byte big-endian length, then one message (PROTOCOL.md §1)."""

import struct

from .fault import Fault

_LENGTH = struct.Struct(">I")
_unpack_length = _LENGTH.unpack_from
_pack_length = _LENGTH.pack

DEFAULT_MAX_FRAME = 16777216
#: Part of the limit kept free for everything but the body.
FRAME_HEADROOM = 65536


def frame(payload):
    return _pack_length(len(payload)) + payload


def frame_of(*pieces):
    """One frame of a payload given in pieces; bodies are copied once."""
    size = 0
    for piece in pieces:
        size += len(piece)
    return b"".join((_pack_length(size),) + pieces)


class FrameReader:
    """Cuts what a socket gives into payloads. Keeps less than one frame, copies each byte at most once."""

    __slots__ = ("_limit", "_parts", "_have", "_need")

    def __init__(self, limit):
        self._limit = limit
        self._parts = []
        self._have = 0
        #: Bytes of the unfinished frame with its length, as far as known.
        self._need = 4

    def check_end(self):
        """To be asked when the other side has ended.

        :raises Fault: malformed_frame, it ended inside a frame
        """
        if self._have:
            raise Fault("malformed_frame", "The other side closed inside a frame, after %d bytes of it." % self._have)

    def feed(self, data):
        """Payloads that `data` completes.

        :raises Fault: malformed_frame, frame_too_large; decided from the length alone
        """
        if self._have:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return ()
            data = b"".join(self._parts)
            self._parts = []
            self._have = 0
        size = len(data)
        if size >= 4:
            # Nearly always: exactly one whole frame.
            length = _unpack_length(data)[0]
            if length + 4 == size and 0 < length <= self._limit:
                self._need = 4
                return (data[4:],)
        payloads = []
        at = 0
        self._need = 4
        while size - at >= 4:
            length = _unpack_length(data, at)[0]
            if length == 0:
                raise Fault("malformed_frame", "A frame of zero length came.")
            if length > self._limit:
                raise Fault("frame_too_large", "A frame of %d bytes came; the limit is %d." % (length, self._limit))
            end = at + 4 + length
            if end > size:
                self._need = 4 + length
                break
            payloads.append(data[at + 4 : end])
            at = end
        if at < size:
            self._parts = [data[at:]]
            self._have = size - at
        return payloads
