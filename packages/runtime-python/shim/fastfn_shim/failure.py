"""What a developer wants to know of an exception: the user's own line, and a stack without ours."""

import linecache
import os
import traceback

_SHIM = os.path.dirname(os.path.abspath(__file__)) + os.sep
#: Bounds of what travels in an error.
_MAX_MESSAGE = 8192
_MAX_STACK = 32768


class LoadError(Exception):
    """The handler file could not become a callable; the message is ours, for people, and has no stack."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def summary(error):
    """`ValueError: text`, in one string."""
    text = _text(error)
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


def debug_info(error, user_code):
    """The `debug` map of ERROR and LOAD_ERROR. Never raises, whatever was raised."""
    info = {
        "type": type(error).__name__,
        "message": _text(error),
        "file": None,
        "line": None,
        "source": None,
        "stack": None,
    }
    try:
        _show_loaded_sources(user_code)
        if isinstance(error, SyntaxError) and error.filename:
            info.update(file=error.filename, line=error.lineno, source=(error.text or "").rstrip("\n") or None)
        else:
            frame = _nearest_frame(error, user_code)
            if frame is not None:
                info.update(file=frame.filename, line=frame.lineno, source=frame.line or None)
        info["stack"] = _stack(error)
    except Exception as problem:
        info["stack"] = "The stack cannot be shown: %s" % type(problem).__name__
    return info


def _text(error):
    try:
        return str(error)[:_MAX_MESSAGE]
    except Exception:
        return "(its text cannot be read)"


def _show_loaded_sources(user_code):
    """Stacks quote the source that runs, not what the file was edited to since."""
    for path, source in user_code.sources.items():
        if path not in linecache.cache and source:
            lines = source.decode("utf-8", "replace").splitlines(True)
            linecache.cache[path] = (len(source), None, lines, path)


def _is_ours(filename):
    return filename.startswith(_SHIM) or filename.startswith("<frozen importlib")


def _nearest_frame(error, user_code):
    """The innermost frame in the user's own files; else the innermost that is not ours.

    An exception of our own making in place of another's (`raise … from`) is explained by that other's.
    """
    fallback = None
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if _is_ours(frame.filename):
            continue
        if user_code.is_own(frame.filename):
            return frame
        fallback = fallback or frame
    return fallback


def _stack(error):
    shown = traceback.TracebackException.from_exception(error)
    seen = set()
    waiting = [shown]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.stack[:] = [frame for frame in one.stack if not _is_ours(frame.filename)]
        waiting.extend((one.__cause__, one.__context__))
        waiting.extend(getattr(one, "exceptions", None) or ())
    text = "".join(shown.format()).rstrip("\n")
    if len(text) > _MAX_STACK:
        half = _MAX_STACK // 2
        text = "%s\n  …\n%s" % (text[:half], text[-half:])
    return text
