"""Form bodies with the standard library alone (the `cgi` module left it with Python 3.13)."""

import re
from urllib.parse import parse_qsl, unquote

_MAX_PARTS = 10000
_PARAMETER = re.compile(r';\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')


class FormFile:
    """An uploaded file."""

    __slots__ = ("name", "filename", "type", "data")

    def __init__(self, name, filename, content_type, data):
        #: Of the field.
        self.name = name
        #: As the client said; never a path to trust.
        self.filename = filename
        #: Content type, `application/octet-stream` when none was said.
        self.type = content_type
        self.data = data

    def text(self, encoding="utf-8"):
        return self.data.decode(encoding)

    def __repr__(self):
        return "FormFile(%r, filename=%r, type=%r, %d bytes)" % (self.name, self.filename, self.type, len(self.data))


class Form:
    """A form: `fields` by name (str, a list of them when the name repeats) and `files` (list of `FormFile`)."""

    __slots__ = ("fields", "files")

    def __init__(self, pairs):
        self.fields = {}
        self.files = []
        for name, value in pairs:
            if isinstance(value, FormFile):
                self.files.append(value)
            elif name not in self.fields:
                self.fields[name] = value
            elif isinstance(self.fields[name], list):
                self.fields[name].append(value)
            else:
                self.fields[name] = [self.fields[name], value]


def parse_form(content_type, body):
    """The form in a request body.

    :raises ValueError: another content type, no boundary, a part without a name, a body that ends too early
    """
    kind, parameters = parse_header(content_type)
    if kind == "application/x-www-form-urlencoded":
        text = body.decode("utf-8", "replace")
        return Form(parse_qsl(text, keep_blank_values=True))
    if kind == "multipart/form-data":
        boundary = parameters.get("boundary")
        if not boundary:
            raise ValueError("The multipart body announces no boundary in its content-type.")
        return Form(_parts(body, boundary.encode("latin-1", "replace")))
    raise ValueError(
        "The body is no form: its content-type is %r, not multipart/form-data or application/x-www-form-urlencoded."
        % content_type
    )


def parse_header(value):
    """A header such as `form-data; name="a"` as its lower-case value and its parameters by lower-case name."""
    head, _, _ = value.partition(";")
    parameters = {}
    for name, quoted, bare in _PARAMETER.findall(value[len(head) :]):
        # Browsers escape only the quote (as %22 or \"), and send Windows paths with plain backslashes.
        parameters[name.lower()] = quoted.replace('\\"', '"') if quoted else bare.strip()
    return head.strip().lower(), parameters


def _parts(body, boundary):
    delimiter = b"--" + boundary
    at = body.find(delimiter)
    if at < 0:
        raise ValueError("The multipart body does not contain its boundary.")
    at += len(delimiter)
    fields = []
    while body[at : at + 2] != b"--":
        start = body.find(b"\r\n", at)
        end = body.find(b"\r\n" + delimiter, start)
        if start < 0 or end < 0:
            raise ValueError("The multipart body ends before its last boundary.")
        if len(fields) >= _MAX_PARTS:
            raise ValueError("The multipart body has more than %d parts." % _MAX_PARTS)
        fields.append(_part(body[start + 2 : end + 2]))
        at = end + 2 + len(delimiter)
    return fields


def _part(data):
    """Name and value of one part; `data` is headers, an empty line, content and the line break before the delimiter."""
    if data.startswith(b"\r\n"):
        head, content = b"", data[2:-2]
    else:
        head, _, content = data.partition(b"\r\n\r\n")
        content = content[:-2]
    headers = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    _, parameters = parse_header(headers.get("content-disposition", ""))
    name = parameters.get("name")
    if name is None:
        raise ValueError("A part of the multipart body has no name.")
    filename = parameters.get("filename")
    if "filename*" in parameters:
        filename = unquote(parameters["filename*"].rpartition("'")[2])
    if filename is None:
        return name, content.decode("utf-8", "replace")
    return name, FormFile(name, filename, headers.get("content-type", "application/octet-stream"), content)
