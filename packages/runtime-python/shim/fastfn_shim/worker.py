"""A worker process, from fork to exit: its surroundings, the handler, and the server that suits it."""

import atexit
import faulthandler
import os
import sys
import tempfile
import time
import types

from . import messages as m
from .async_server import AsyncServer
from .failure import LoadError, debug_info, summary
from .greeting import Greeter
from .loader import UserCode
from .output import Output
from .program import make_program
from .sandbox import enter
from .sync_server import SyncServer
from .watcher import Watcher

#: How long a worker that could not load waits for a gateway to tell.
_TELL_S = 30


def run(spec, listener, death_read, outputs):
    """Serves until told to end.

    :returns: the exit code
    """
    started = time.perf_counter()
    # While there is one thread: the kernel restricts the one that asks, and those that it makes.
    sandbox = enter(spec.get("sandbox"))
    watcher = Watcher(death_read)
    output = Output(outputs, watcher.wake)
    output.install()
    # A crash in C code leaves at least the Python line that led there; the daemon reads it from the pipe.
    faulthandler.enable(file=2)
    greeter = Greeter(listener, spec.get("max_frame"))
    watcher.flush = output.flush
    watcher.while_loading = greeter.greet
    watcher.start(output)

    search_path = _apply_environment(spec)
    user_code = UserCode(spec["root"], spec["folder"], spec["entry"])
    try:
        os.chdir(spec["folder"])
        user_code.install(search_path)
        program = make_program(spec, user_code.load)
        server = (AsyncServer if program.is_async else SyncServer)(program, greeter, output, user_code)
        server.prepare()
    except BaseException as error:
        watcher.while_loading = None
        _tell(greeter, output, load_error(error, user_code))
        return 1
    watcher.while_loading = None
    watcher.flush = server.flush_output
    load_ms = round((time.perf_counter() - started) * 1000, 3)
    code = server.run({"load_ms": load_ms, "sandbox": sandbox})
    # What handlers registered for their end; the process itself ends without further ado.
    atexit._run_exitfuncs()
    return code


def load_error(error, user_code):
    """The `error` map of LOAD_ERROR."""
    info = {"code": "handler_error", "files": user_code.files(), "debug": None}
    if isinstance(error, LoadError):
        info.update(code=error.code, message=str(error))
        return info
    if isinstance(error, SystemExit):
        info["message"] = "The handler called sys.exit(%r) while it was loaded." % (error.code,)
    else:
        info["message"] = summary(error)
    info["debug"] = debug_info(error, user_code)
    return info


def _apply_environment(spec):
    """Sets variables and what Python derived from them before; returns the search path they name."""
    variables = dict(spec["process_env"])
    variables.update(spec["env"])
    os.environ.update(variables)
    if "TZ" in variables:
        time.tzset()
    tempfile.tempdir = None
    sys.argv = [spec["entry"]]
    # The daemon's program is none of the handler's business.
    sys.modules["__main__"] = types.ModuleType("__main__")
    # The function's own and that of its dependencies; the daemon's was applied when Python started.
    paths = (part.get("PYTHONPATH", "") for part in (spec["env"], spec["process_env"]))
    return os.pathsep.join(paths).split(os.pathsep)


def _tell(greeter, output, info):
    """Gives LOAD_ERROR to the first gateway that comes, with what was printed while loading."""
    connection = greeter.wait(_TELL_S)
    if connection is None:
        return
    output.background.send = connection.send
    output.drain()
    output.flush()
    connection.send(m.message_frame(m.LOAD_ERROR, info))
    connection.close_gently()
