"""Import this first in a process that serves RPC, and nowhere else: nameko runs on eventlet's green threads."""

import warnings

warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")

import eventlet  # noqa: E402 - the warning comes with the import

eventlet.monkey_patch()
