"""What is said when a handler returned something that is no response."""


class InvalidResponse(Exception):
    """Becomes ERROR `invalid_response`; the message is for people and says what was found and where. SPEC §8."""


def describe(value):
    """What a value is, in a few words."""
    if value is None:
        return "None"
    if isinstance(value, (bool, int, float)):
        return "the %s %s" % (type(value).__name__, str(value)[:40])
    if isinstance(value, str):
        return "the str %r" % (value if len(value) <= 40 else value[:40] + "…")
    name = type(value).__name__
    return "%s %s" % ("an" if name[:1].lower() in "aeiou" else "a", name)
