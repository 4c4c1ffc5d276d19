"""Rows as CSV (RFC 4180): CRLF line ends, quotes doubled, None empty. SPEC §8, §16."""

import re

from .invalid_response import InvalidResponse, describe
from .json_body import to_json

_SPECIAL = re.compile('[",\r\n]')


def to_csv(rows):
    """A list of dicts starts with a header line of the keys in order of first appearance; in a list of lists each is a
    line as it is.

    :raises InvalidResponse: a row is neither, or both kinds are mixed
    """
    if not rows:
        return b""
    lines = []
    if isinstance(rows[0], (list, tuple)):
        for at, row in enumerate(rows):
            if not isinstance(row, (list, tuple)):
                raise _mixed(at, row)
            lines.append(",".join(map(_cell, row)))
    else:
        keys = {}
        for at, row in enumerate(rows):
            if not isinstance(row, dict):
                raise _mixed(at, row)
            keys.update(dict.fromkeys(row))
        lines.append(",".join(map(_cell, keys)))
        for row in rows:
            lines.append(",".join([_cell(row.get(key)) for key in keys]))
    lines.append("")
    return "\r\n".join(lines).encode("utf-8", "replace")


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        text = str(value)
    else:
        text = to_json(value, "body").decode("utf-8")
        if text.startswith('"'):
            # Dates and the like: their text, not a JSON string.
            text = text[1:-1]
    return '"%s"' % text.replace('"', '""') if _SPECIAL.search(text) else text


def _mixed(at, row):
    return InvalidResponse(
        "CSV row %d is %s: a text/csv body is a list of lists, or a list of dicts." % (at, describe(row))
    )
