"""A worker must not outlive its daemon (PROTOCOL.md §4), not even one stuck in an endless loop."""

import os
import signal

_PR_SET_PDEATHSIG = 1

try:
    import ctypes

    _prctl = ctypes.CDLL(None, use_errno=True).prctl
except (ImportError, OSError, AttributeError):
    # Not Linux, or a Python without ctypes: the watched pipe remains.
    _prctl = None


def die_with(daemon_pid):
    """Asks the kernel to end this process together with the daemon, where it can."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The daemon may have died before the kernel was asked.
    if os.getppid() != daemon_pid:
        end_group()


def end_group():
    """Ends this process and what it started, without a word."""
    try:
        os.killpg(os.getpgrp(), signal.SIGKILL)
    finally:
        os._exit(1)
