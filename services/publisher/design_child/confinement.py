"""What a design process may use. Called before any plugin is imported, and not to be undone afterwards.

Without root, a process under these limits cannot start another one. As root the kernel does not count processes
(getrlimit(2), RLIMIT_NPROC), which is one reason why the images do not run as root.
"""

import ctypes
import os
import resource
import signal
import sys
from typing import TypedDict

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_OPEN_FILES = 64
_LIBC = "libc.so.6"


class Limits(TypedDict):
    """Hard limits of one process: bytes of address space, seconds of processor time in all."""

    memory: int
    processor: int


def confine(limits: Limits, parent: int) -> None:
    """Take away what a design does not need.

    :param parent: process id of the publisher; this process ends with it.
    """
    libc = ctypes.CDLL(_LIBC, use_errno=True)
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, int(value), 0, 0, 0) != 0:
            sys.exit(f"prctl {option}: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the publisher ended before this process began")
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["processor"]),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (value, value))
