"""MessagePack as PROTOCOL.md §1 narrows it, in plain Python: no extension types, maps with str keys, |int| <= 2^53.

`unpack` accepts any width, `pack` writes the shortest, and integers above 32 bits as float 64.
"""

import struct

from .fault import malformed

#: Arrays and maps inside each other, the message itself included.
MAX_NESTING = 100
MAX_SAFE = 2**53

_U16 = struct.Struct(">H").unpack_from
_U32 = struct.Struct(">I").unpack_from
_NUMBERS = {
    0xCA: (struct.Struct(">f").unpack_from, 4),
    0xCB: (struct.Struct(">d").unpack_from, 8),
    0xCC: (struct.Struct(">B").unpack_from, 1),
    0xCD: (_U16, 2),
    0xCE: (_U32, 4),
    0xCF: (struct.Struct(">Q").unpack_from, 8),
    0xD0: (struct.Struct(">b").unpack_from, 1),
    0xD1: (struct.Struct(">h").unpack_from, 2),
    0xD2: (struct.Struct(">i").unpack_from, 4),
    0xD3: (struct.Struct(">q").unpack_from, 8),
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
#: First byte -> bytes of the length that follows.
_STR = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BIN = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_ARRAY = {0xDC: 2, 0xDD: 4}
_MAP = {0xDE: 2, 0xDF: 4}

_pack_u8 = struct.Struct(">BB").pack
_pack_u16 = struct.Struct(">BH").pack
_pack_u32 = struct.Struct(">BI").pack
_pack_i8 = struct.Struct(">Bb").pack
_pack_i16 = struct.Struct(">Bh").pack
_pack_i32 = struct.Struct(">Bi").pack
_pack_f64 = struct.Struct(">Bd").pack
_FIXINT = [bytes((n,)) for n in range(128)]


def unpack(data):
    """The one value in `data` (bytes).

    :raises Fault: malformed_frame
    """
    size = len(data)
    value, at = _value(data, 0, size, 0)
    if at != size:
        raise malformed("%d bytes follow the message inside its frame" % (size - at))
    return value


def unpack_message(data):
    """Like `unpack` for a message: an array. Twice as fast for what messages are made of, short texts above all.

    :raises Fault: malformed_frame
    """
    try:
        items = _quick_message(data)
    except (IndexError, UnicodeDecodeError):
        # Truncated, or with text that needs care.
        items = unpack(data)
    if type(items) is not list:
        raise malformed("the message is no array")
    return items


def _quick_message(data):
    """What `unpack` gives, or an IndexError or UnicodeDecodeError where that would complain or mend."""
    code = data[0]
    if 0x90 <= code < 0xA0:
        count = code & 15
        at = 1
    elif code == 0xDC:
        count = data[1] << 8 | data[2]
        at = 3
    else:
        return unpack(data)
    size = len(data)
    items = []
    append = items.append
    for _ in range(count):
        code = data[at]
        if code < 0x80:
            append(code)
            at += 1
        elif 0xA0 <= code < 0xC0:
            end = at + code - 0x9F
            append(data[at + 1 : end].decode())
            at = end
        elif code == 0xD9:
            end = at + 2 + data[at + 1]
            append(data[at + 2 : end].decode())
            at = end
        elif code == 0xC0:
            append(None)
            at += 1
        elif code == 0xDA:
            end = at + 3 + (data[at + 1] << 8 | data[at + 2])
            append(data[at + 3 : end].decode())
            at = end
        elif code == 0x90:
            append([])
            at += 1
        else:
            value, at = _value(data, at, size, 1)
            append(value)
    # A slice beyond the end is short, not an error: found here.
    if at > size:
        raise _truncated()
    if at != size:
        raise malformed("%d bytes follow the message inside its frame" % (size - at))
    return items


def _value(data, at, size, depth):
    """The value at `at`, and where the next one begins."""
    if at >= size:
        raise _truncated()
    code = data[at]
    at += 1
    if 0xA0 <= code < 0xC0:
        end = at + (code & 31)
        if end > size:
            raise _truncated()
        return _text(data, at, end), end
    if code < 0x80:
        return code, at
    if code >= 0xE0:
        return code - 256, at
    if code < 0x90:
        return _map(data, at, size, code & 15, depth)
    if code < 0xA0:
        return _array(data, at, size, code & 15, depth)
    if code in _STR:
        end, at = _span(data, at, size, _STR[code])
        return _text(data, at, end), end
    if code in _BIN:
        end, at = _span(data, at, size, _BIN[code])
        return data[at:end], end
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if code in _NUMBERS:
        read, width = _NUMBERS[code]
        if at + width > size:
            raise _truncated()
        value = read(data, at)[0]
        if width == 8 and code != 0xCB and not -MAX_SAFE < value < MAX_SAFE:
            raise malformed("an integer is beyond 2^53")
        return value, at + width
    if code in _ARRAY:
        width = _ARRAY[code]
        return _array(data, at + width, size, _length(data, at, size, width), depth)
    if code in _MAP:
        width = _MAP[code]
        return _map(data, at + width, size, _length(data, at, size, width), depth)
    # 0xc1 is never used; 0xc7-0xc9 and 0xd4-0xd8 are extension types.
    raise malformed("MessagePack type 0x%x is not part of the protocol" % code)


def _text(data, at, end):
    try:
        return data[at:end].decode()
    except UnicodeDecodeError:
        return data[at:end].decode("utf-8", "replace")


def _length(data, at, size, width):
    if at + width > size:
        raise _truncated()
    if width == 1:
        return data[at]
    return (_U16 if width == 2 else _U32)(data, at)[0]


def _span(data, at, size, width):
    start = at + width
    end = start + _length(data, at, size, width)
    if end > size:
        raise _truncated()
    return end, start


def _array(data, at, size, count, depth):
    # Each element takes a byte at least: an announced length that cannot be true allocates nothing.
    if count > size - at:
        raise _truncated()
    if depth >= MAX_NESTING:
        raise _too_deep()
    items = []
    for _ in range(count):
        value, at = _value(data, at, size, depth + 1)
        items.append(value)
    return items, at


def _map(data, at, size, count, depth):
    if count * 2 > size - at:
        raise _truncated()
    if depth >= MAX_NESTING:
        raise _too_deep()
    result = {}
    for _ in range(count):
        key, at = _value(data, at, size, MAX_NESTING)
        if type(key) is not str:
            raise malformed("a map key is no str")
        result[key], at = _value(data, at, size, depth + 1)
    return result, at


def _truncated():
    return malformed("the message is longer than its frame")


def _too_deep():
    return malformed("more than %d arrays and maps inside each other" % MAX_NESTING)


def pack(value):
    """`value` as bytes.

    :raises TypeError: for a value that the protocol cannot carry
    """
    pieces = []
    _pack_into(value, pieces.append, 0)
    return b"".join(pieces)


def pack_int(value):
    if 0 <= value < 128:
        return _FIXINT[value]
    if value >= 0:
        if value < 0x100:
            return _pack_u8(0xCC, value)
        if value < 0x10000:
            return _pack_u16(0xCD, value)
        if value <= 0xFFFFFFFF:
            return _pack_u32(0xCE, value)
    elif value >= -32:
        return bytes((value + 256,))
    elif value >= -0x80:
        return _pack_i8(0xD0, value)
    elif value >= -0x8000:
        return _pack_i16(0xD1, value)
    elif value >= -0x80000000:
        return _pack_i32(0xD2, value)
    return _pack_f64(0xCB, value)


def pack_str(text):
    # "replace": a lone surrogate has no UTF-8.
    data = text.encode("utf-8", "replace")
    size = len(data)
    if size < 32:
        return bytes((0xA0 | size,)) + data
    if size < 0x100:
        return _pack_u8(0xD9, size) + data
    if size < 0x10000:
        return _pack_u16(0xDA, size) + data
    return _pack_u32(0xDB, size) + data


def bin_header(size):
    if size < 0x100:
        return _pack_u8(0xC4, size)
    if size < 0x10000:
        return _pack_u16(0xC5, size)
    return _pack_u32(0xC6, size)


def array_header(count):
    if count < 16:
        return bytes((0x90 | count,))
    if count < 0x10000:
        return _pack_u16(0xDC, count)
    return _pack_u32(0xDD, count)


def _map_header(count):
    if count < 16:
        return bytes((0x80 | count,))
    if count < 0x10000:
        return _pack_u16(0xDE, count)
    return _pack_u32(0xDF, count)


def _pack_into(value, put, depth):
    if depth > MAX_NESTING:
        raise TypeError("more than %d arrays and maps inside each other" % MAX_NESTING)
    if value is None:
        put(b"\xc0")
    elif isinstance(value, str):
        put(pack_str(value))
    elif value is True:
        put(b"\xc3")
    elif value is False:
        put(b"\xc2")
    elif isinstance(value, int):
        put(pack_int(value))
    elif isinstance(value, float):
        put(_pack_f64(0xCB, value))
    elif isinstance(value, (bytes, bytearray)):
        put(bin_header(len(value)))
        put(value)
    elif isinstance(value, (list, tuple)):
        put(array_header(len(value)))
        for item in value:
            _pack_into(item, put, depth + 1)
    elif isinstance(value, dict):
        put(_map_header(len(value)))
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("map keys must be str, not %s" % type(key).__name__)
            put(pack_str(key))
            _pack_into(item, put, depth + 1)
    else:
        raise TypeError("the protocol cannot carry a %s" % type(value).__name__)
