"""What several contracts want of an INVOKE message in a form of their own."""

from urllib.parse import urlencode


def query_string(message):
    """The query encoded again; the order is kept."""
    pairs = message[6]
    return urlencode(list(zip(pairs[::2], pairs[1::2]))) if pairs else ""


def header_pairs(message):
    """Names and values of the request's headers."""
    if not message[8]:
        return []
    lines = message[8].split("\n")
    return list(zip(lines[::2], lines[1::2]))


def mount_point(message, function_name):
    """Where an application is mounted: what comes before the tail that `/name/*` matched, "" at the root.

    The bare `/name` is the application's "/" too. A slash at the end, which routes do without, is left to the application.
    """
    path = message[4]
    bare = path.rstrip("/")
    params = message[7]
    for at in range(0, len(params), 2):
        if params[at] == "wildcard":
            tail = "/" + params[at + 1].rstrip("/")
            if bare.endswith(tail):
                return bare[: -len(tail)]
    if function_name and bare.lower() == "/" + function_name.lower():
        return bare
    return ""


def scheme(headers):
    return headers.get("x-forwarded-proto", "http").partition(",")[0].strip() or "http"


def host_and_port(headers):
    """Of the Host header; the port as str, "" when it has none."""
    host = headers.get("host", "localhost")
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and not name.endswith(":"):
        return name, port
    return host, ""
