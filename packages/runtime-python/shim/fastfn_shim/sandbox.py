"""The sandbox of a worker (PROTOCOL.md §6): what the gateway planned, carried out before any code of the user runs."""

import errno
import os
import sys

from . import sandbox_audit as audit
from . import sandbox_kernel as kernel

OFF = {"level": "off", "abi": 0, "hides": False, "missing": []}


def enter(plan):
    """Restricts this process for good.

    :param plan: `sandbox` of START; None: no restriction
    :returns: the report for READY
    """
    if not plan:
        return OFF
    missing = []
    hidden = _hide(plan, missing)
    lists = plan if hidden else plan.get("unhidden") or plan
    reach = {name: list(lists.get(name) or ()) for name in ("read", "list", "write")}
    reach["read"] += own_paths()
    abi = 0
    try:
        if not plan.get("filter"):
            raise OSError(errno.ENOSYS, "no seccomp filter is known for this architecture")
        kernel.drop_capabilities()
        abi = kernel.restrict_paths(reach)
        kernel.restrict_calls(plan.get("filter") or ())
        level = "kernel"
    except OSError as error:
        level = "runtime"
        missing.append("The kernel does not take the sandbox: %s." % (error.strerror or error))
    hide = list(plan.get("hide") or ())
    if level == "runtime":
        audit.install(reach, hide, bool(plan.get("unix")))
    elif hide and not hidden:
        audit.install(None, hide, True)
    return {"level": level, "abi": abi, "hides": hidden, "missing": missing + kernel.weaknesses(abi)}


def expected():
    """The report that workers will give, for the daemon's HELLO. Tried out in a child process."""
    missing = []
    if not kernel.AVAILABLE:
        missing.append("This system is not Linux on x64 or arm64, or Python has no ctypes: only audit hooks remain.")
        return {"level": "runtime", "abi": 0, "hides": False, "missing": missing}
    abi = kernel.landlock_abi()
    if abi <= 0:
        missing.append("The kernel has no Landlock (Linux 5.13 and newer, `landlock` in its list of LSMs).")
        return {"level": "runtime", "abi": 0, "hides": False, "missing": missing}
    hides = _works_in_child(lambda: kernel.hide([], ""))
    if not hides:
        missing.append(_NO_MOUNTS)
    return {"level": "kernel", "abi": abi, "hides": hides, "missing": missing + kernel.weaknesses(abi)}


_NO_MOUNTS = (
    "No mounts of its own (they need CAP_SYS_ADMIN or user namespaces): what a function makes in a folder that holds "
    "other functions' folders is out of its reach, and its own fn.config.json and fn.env.json are guarded by audit hooks."
)


def own_paths():
    """What Python itself reads: its installation, whatever the daemon can import from, and this package."""
    paths = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, os.path.dirname(__file__)}
    paths.update(path for path in sys.path if os.path.isabs(path))
    return [os.path.realpath(path) for path in paths if path not in ("", "/")]


def _hide(plan, missing):
    """Whether what the plan hides cannot be reached by its path any more; true when there is nothing to hide."""
    paths = plan.get("hide") or ()
    if not paths:
        return True
    try:
        kernel.hide(paths, plan.get("empty") or "")
        return True
    except OSError as error:
        missing.append("%s (%s)" % (_NO_MOUNTS, error.strerror or errno.errorcode.get(error.errno)))
        return False


def _works_in_child(action):
    try:
        pid = os.fork()
    except OSError:
        return False
    if pid == 0:
        code = 1
        try:
            action()
            code = 0
        except OSError:
            pass
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0
