"""The one error of the wire."""


class Fault(Exception):
    """A frame that breaks PROTOCOL.md; `code` is one of its fault codes. Ends the connection."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def malformed(what):
    return Fault("malformed_frame", "The frame cannot be read: %s." % what)
