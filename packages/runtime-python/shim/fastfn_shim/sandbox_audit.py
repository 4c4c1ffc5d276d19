"""The runtime level: Python's audit hooks refuse what the plan does not allow.

They see what goes through Python's own library. Native code (extension modules, ctypes) does as it likes.
"""

import errno
import os
import sys

#: Events whose named arguments are paths that are read, listed, or changed.
_READS = {"sqlite3.connect": (0,)}
_LISTS = {"os.listdir": (0,), "os.scandir": (0,), "os.walk": (0,), "os.fwalk": (0,)}
_CHANGES = {
    "os.chflags": (0,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (0, 1),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.removexattr": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.setxattr": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
}
_PROCESSES = frozenset(
    ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn")
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def install(reach, hide, unix):
    """For the rest of the process.

    :param reach: `read`, `list`, `write`; None: only what is hidden is refused
    """
    hidden = tuple(os.path.realpath(path) for path in hide)
    if reach is None:
        readable = writable = listable = ("/",)
    else:
        writable = tuple(os.path.realpath(path) for path in reach["write"])
        readable = writable + tuple(os.path.realpath(path) for path in reach["read"])
        listable = readable + tuple(os.path.realpath(path) for path in reach["list"])
    own_pids = {0, os.getpid(), -os.getpid()}
    realpath, fsdecode, within = os.path.realpath, os.fsdecode, _within

    def check(path, allowed):
        if path is None or isinstance(path, int):
            return
        real = realpath(fsdecode(path))
        if within(real, hidden) or not within(real, allowed):
            raise PermissionError(errno.EACCES, "Permission denied (strict_fs)", fsdecode(path))

    def hook(event, arguments):
        if event == "open":
            path, _mode, flags = arguments
            check(path, writable if isinstance(flags, int) and flags & _WRITING else readable)
        elif event in _LISTS:
            for index in _LISTS[event]:
                check("." if arguments[index] is None else arguments[index], listable)
        elif event in _CHANGES:
            for index in _CHANGES[event]:
                check(arguments[index], writable)
        elif event in _READS:
            for index in _READS[event]:
                if arguments[index] not in (":memory:", ""):
                    check(arguments[index], writable)
        elif reach is None:
            return
        elif event in _PROCESSES:
            raise PermissionError(errno.EPERM, "Operation not permitted (strict_fs: no child processes)")
        elif event in ("os.kill", "os.killpg", "signal.pthread_kill"):
            if event == "os.kill" and arguments[0] not in own_pids:
                raise PermissionError(errno.EPERM, "Operation not permitted (strict_fs)")
        elif event in ("socket.connect", "socket.bind") and not unix and isinstance(arguments[1], (str, bytes)):
            raise PermissionError(errno.EPERM, "Operation not permitted (strict_fs: no Unix sockets)")

    sys.addaudithook(hook)


def _within(path, folders):
    return any(path == folder or folder == "/" or path.startswith(folder + "/") for folder in folders)
