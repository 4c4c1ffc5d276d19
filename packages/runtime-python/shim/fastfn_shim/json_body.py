"""JSON as the web wants it: compact, UTF-8, and never NaN.

Beyond what Python's `json` knows: date, time, datetime as ISO 8601; UUID, Path and Decimal as str; Enum as its value;
dataclasses and pydantic models as objects.
"""

import dataclasses
import datetime
import decimal
import enum
import json
import json.encoder
import os
import uuid

from .invalid_response import InvalidResponse, describe

_ISO = (datetime.datetime, datetime.date, datetime.time)
_TEXT = (uuid.UUID, decimal.Decimal, os.PathLike)


def _default(value):
    if isinstance(value, _ISO):
        return value.isoformat()
    if isinstance(value, _TEXT):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return dump(mode="json")
    raise TypeError(type(value).__name__)


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default)
_make = json.encoder.c_make_encoder
# `JSONEncoder.encode` builds a C encoder for each call; one made once does the same for a microsecond less.
_markers = {}
_encode = _make and _make(_markers, _default, json.encoder.encode_basestring, None, ":", ",", False, False, False)


def to_json(value, where):
    """`value` as bytes of JSON.

    :param where: name of the value in the complaint, such as "body"
    :raises InvalidResponse: naming the type and the path of what JSON cannot hold
    """
    try:
        text = "".join(_encode(value, 0)) if _encode else _encoder.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        _markers.clear()
        problem = _find_problem(value, where, [])
        if problem is None:
            problem = "The handler returned something that JSON cannot hold: %s" % error
        raise InvalidResponse(problem) from error
    except BaseException:
        _markers.clear()
        raise
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # A lone surrogate: JSON can say it, UTF-8 cannot.
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_default).encode("ascii")


def _find_problem(value, path, parents):
    """A sentence about the first value that JSON cannot hold; None when there is none."""
    if value is None or isinstance(value, (str, bool)):
        return None
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return _complaint("%s, which JSON does not know" % value, path)
        return None
    if isinstance(value, int):
        return None
    if any(parent is value for parent in parents):
        return _complaint("a circular structure: %s contains itself" % describe(value), path)
    if len(parents) > 200:
        return _complaint("a structure nested too deeply", path)
    parents = parents + [value]
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float, bool)) and key is not None:
                return _complaint("%s as a key" % describe(key), path)
            problem = _find_problem(item, "%s.%s" % (path, key) if path else str(key), parents)
            if problem:
                return problem
        return None
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            problem = _find_problem(item, "%s[%d]" % (path, at), parents)
            if problem:
                return problem
        return None
    try:
        value = _default(value)
    except Exception:
        return _complaint("%s, which JSON cannot hold" % describe(value), path)
    return _find_problem(value, path, parents)


def _complaint(what, path):
    return "The handler returned %s%s." % (what, " at `%s`" % path if path else "")
