"""``python -m conferral.local.supervise CONFIG``: the supervisor, which ends when the process that started it ends."""

import ctypes
import os
import signal
import sys

from supervisor import supervisord

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Run until told to stop."""
    config, parent = sys.argv[1], int(sys.argv[2])
    # When `conferral up` is killed outright, nobody is left to stop the system but the supervisor itself.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)  # it was gone before we asked
    supervisord.main(["-c", config])


if __name__ == "__main__":
    main()
