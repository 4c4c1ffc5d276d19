"""The headers and cookies of an envelope as a flat list of names and values."""

import datetime
import re
import sys
from email.utils import format_datetime, formatdate
from urllib.parse import quote

from .invalid_response import InvalidResponse, describe

#: RFC 9110 token.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
#: What would end a header line, or cut it.
_UNSAFE_VALUE = re.compile("[\r\n\0]").search


def header_list(headers):
    """`headers` (dict, or list of pairs) flat. A value may be a list; None is left out. A name that is no HTTP token,
    and a value with CR, LF or NUL, is left out with a log line: one bad header, often a user's input, must not turn an
    answer into an error.

    :raises InvalidResponse: no set of names and values
    """
    result = []
    if headers is None:
        return result
    if isinstance(headers, (list, tuple)):
        pairs = headers
    else:
        items = getattr(headers, "items", None)
        if items is None:
            raise InvalidResponse("`headers` is %s; use a dict of names and values." % describe(headers))
        pairs = items()
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise InvalidResponse(
                "`headers` is a list, but not of [name, value] pairs; use a dict of names and values."
            )
        name, value = pair
        if type(value) in (list, tuple):
            for item in value:
                add_header(result, name, item)
        else:
            add_header(result, name, value)
    return result


def add_header(result, name, value):
    if value is None:
        return
    if type(value) is not str:
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        elif isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, (int, float, str)):
            value = str(value)
        else:
            raise InvalidResponse("Header `%s` is %s; use a str, a number or a list of them." % (name, describe(value)))
    name = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    if not _NAME(name):
        print("header %r was left out: its name is not valid in HTTP" % name, file=sys.stderr)
    elif _UNSAFE_VALUE(value):
        print("header %r was left out: its value has a line break or NUL" % name, file=sys.stderr)
    else:
        result.append(name)
        result.append(value)


def find_header(headers, name):
    """The first value of that name (lower case), or None."""
    for at in range(0, len(headers), 2):
        if headers[at].lower() == name:
            return headers[at + 1]
    return None


_SAME_SITE = {"lax": "Lax", "strict": "Strict", "none": "None", "true": "Strict"}


def cookie_list(cookies):
    """The `cookies` of an envelope as `Set-Cookie` values. A str is taken as it is; a dict needs `name` and `value` and
    may have `path`, `domain`, `max_age` (`maxAge`, seconds), `expires` (datetime, text, or epoch milliseconds),
    `http_only`, `secure`, `same_site`, `partitioned`, `priority` (camelCase also).

    :raises InvalidResponse: naming the entry
    """
    if not isinstance(cookies, (list, tuple)):
        cookies = [cookies]
    result = []
    for at, cookie in enumerate(cookies):
        if isinstance(cookie, str):
            result.append(cookie)
        elif isinstance(cookie, dict):
            try:
                result.append(_cookie(cookie))
            except (ValueError, OverflowError, OSError) as error:
                raise InvalidResponse("`cookies[%d]` is no cookie: %s" % (at, error)) from error
        else:
            raise InvalidResponse(
                "`cookies[%d]` is %s; use a str, or a dict with `name` and `value`." % (at, describe(cookie))
            )
    return result


def _cookie(cookie):
    name = cookie.get("name")
    if not isinstance(name, str) or not _NAME(name):
        raise ValueError("`name` must be a non-empty token, not %s." % describe(name))
    value = cookie.get("value")
    parts = ["%s=%s" % (name, quote("" if value is None else str(value), safe="!'()*~"))]
    for label, keys in (("Max-Age", ("max_age", "maxAge")), ("Domain", ("domain",)), ("Path", ("path",))):
        given = _first(cookie, keys)
        if given is not None:
            parts.append("%s=%s" % (label, int(given) if label == "Max-Age" else _attribute(label, given)))
    expires = cookie.get("expires")
    if expires is not None:
        parts.append("Expires=%s" % _http_date(expires))
    for label, keys in (
        ("HttpOnly", ("http_only", "httpOnly")),
        ("Secure", ("secure",)),
        ("Partitioned", ("partitioned",)),
    ):
        if _first(cookie, keys):
            parts.append(label)
    priority = cookie.get("priority")
    if priority is not None:
        parts.append("Priority=%s" % _attribute("Priority", str(priority).capitalize()))
    same_site = _first(cookie, ("same_site", "sameSite"))
    if same_site is not None and same_site is not False:
        label = _SAME_SITE.get(str(same_site).lower())
        if label is None:
            raise ValueError("`same_site` must be lax, strict or none, not %s." % describe(same_site))
        parts.append("SameSite=%s" % label)
    return "; ".join(parts)


def _first(cookie, keys):
    for key in keys:
        if cookie.get(key) is not None:
            return cookie[key]
    return None


def _attribute(label, value):
    value = str(value)
    if ";" in value or _UNSAFE_VALUE(value):
        raise ValueError("`%s` may not hold a semicolon or line break." % label.lower())
    return value


def _http_date(value):
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.astimezone()
        return format_datetime(value.astimezone(datetime.timezone.utc), usegmt=True)
    if isinstance(value, (int, float)):
        return formatdate(value / 1000, usegmt=True)
    text = str(value)
    try:
        return _http_date(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError:
        # Already in the form of HTTP, or nothing we know better than the browser.
        return _attribute("expires", text)
