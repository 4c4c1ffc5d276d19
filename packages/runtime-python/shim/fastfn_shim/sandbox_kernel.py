"""What the kernel enforces: private mounts, capabilities, Landlock, seccomp. Linux only, by system calls.

Every function raises OSError when the kernel refuses, and acts on the calling thread: call them while there is one.
"""

import errno
import os
import platform
import stat
import struct

try:
    import ctypes

    _libc = ctypes.CDLL(None, use_errno=True)
    _syscall = _libc.syscall
    _syscall.restype = ctypes.c_long
except (ImportError, OSError, AttributeError):
    ctypes = None

_MACHINE = platform.machine()
#: Numbers that differ between the architectures.
_CAPSET = {"x86_64": 126, "aarch64": 91}.get(_MACHINE)

AVAILABLE = ctypes is not None and _CAPSET is not None and os.uname().sysname == "Linux"

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_SLAVE = 4096, 16384, 1 << 19

#: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, NET_BIND_SERVICE.
_CAPABILITIES = 0x41B

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_SCOPES = 3


def landlock_abi():
    """Of the running kernel; 0: it has no Landlock."""
    return max(0, _syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1))) if AVAILABLE else 0


def weaknesses(abi):
    """What an older kernel leaves open, for people."""
    found = []
    if 0 < abi < 3:
        found.append("Files that may not be written can be truncated (Landlock ABI %d; 3 is in Linux 6.2)." % abi)
    return found


def hide(paths, empty):
    """Gives this process mounts of its own, in which these paths lead nowhere."""
    _unshare_mounts()
    _mount(None, "/", _MS_REC | _MS_SLAVE)
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(os.lstat(path).st_mode)
        except FileNotFoundError:
            continue
        _mount(empty if is_folder else os.devnull, path, _MS_BIND)
        _mount(None, path, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | _MS_NODEV | _MS_NOSUID | _MS_NOEXEC)


def drop_capabilities():
    """Keeps those over files and low ports, where there are any to keep."""
    _check_available()
    kept = _CAPABILITIES & _effective_capabilities()
    header = struct.pack("=Ii", 0x20080522, 0)
    data = struct.pack("=6I", kept, kept, 0, 0, 0, 0)
    _call(_CAPSET, header, data)
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)


def restrict_paths(reach):
    """Landlock: from now on only these paths, and no signals to others.

    :returns: the ABI
    """
    _check_available()
    abi = landlock_abi()
    if abi <= 0:
        raise OSError(errno.ENOSYS, "there is no Landlock")
    handled = (1 << 13) - 1
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        if abi >= since:
            handled |= right
    scopes = _SCOPES if abi >= 6 else 0
    attributes = struct.pack("=QQQ", handled, 0, scopes)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = _call(_LANDLOCK_CREATE, attributes, len(attributes), 0)
    try:
        everything = handled & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK)
        on_file = _READ_FILE | _WRITE_FILE | (handled & (_TRUNCATE | _IOCTL_DEV))
        for path in reach["read"]:
            _allow(ruleset, path, _READ_FILE | _READ_DIR, _READ_FILE)
        for path in reach["list"]:
            _allow(ruleset, path, _READ_DIR, 0)
        for path in reach["write"]:
            _allow(ruleset, path, everything, on_file)
        _no_new_privileges()
        _call(_LANDLOCK_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def restrict_calls(program):
    """seccomp: refuses the system calls that the program refuses."""
    _check_available()
    pid = os.getpid()
    own = {-1: pid, -2: -pid}
    code = bytearray()
    for at in range(0, len(program), 4):
        k = int(program[at + 3])
        code += struct.pack("=HBBI", *(int(x) for x in program[at : at + 3]), own.get(k, k) & 0xFFFFFFFF)
    buffer = ctypes.create_string_buffer(bytes(code), len(code))
    header = struct.pack("@HP", len(program) // 4, ctypes.addressof(buffer))
    _no_new_privileges()
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, header, 0, 0))


def _unshare_mounts():
    _check_available()
    if _libc.unshare(_CLONE_NEWNS) == 0:
        return
    if ctypes.get_errno() != errno.EPERM:
        _fail()
    uid, gid = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS))
    for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (uid, uid)), ("gid_map", "%d %d 1" % (gid, gid))):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)


def _mount(source, target, flags):
    _check(_libc.mount(source and os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None))


def _allow(ruleset, path, on_folder, on_file):
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # Not there, or not for us: nothing to allow.
        return
    try:
        rights = on_folder if stat.S_ISDIR(os.fstat(fd).st_mode) else on_file
        if rights:
            _call(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, fd), 0)
    finally:
        os.close(fd)


def _no_new_privileges():
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _effective_capabilities():
    with open("/proc/self/status", "rb") as file:
        for line in file:
            if line.startswith(b"CapEff:"):
                return int(line.split()[1], 16)
    return 0


def _call(number, *arguments):
    return _check(_syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))


def _check(result):
    if result < 0:
        _fail()
    return result


def _fail():
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))


def _check_available():
    if not AVAILABLE:
        raise OSError(errno.ENOSYS, "no system calls from Python here")
