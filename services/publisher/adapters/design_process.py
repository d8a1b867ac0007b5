"""One design process: started without anything of ours, called with a time limit, killed with everything it started."""

import contextlib
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conferral.runtime.crash_points import reached
from services.publisher.design_child import frames
from services.publisher.design_child.confinement import Limits

# The root of our own code goes last on the path, and only the child program is imported from it. -I keeps the
# caller's environment, directory and user packages out; -B, because the process cannot write files anyway.
_LAUNCH = (
    "import runpy,sys;count=int(sys.argv.pop(1));sys.path+=sys.argv[1:count+1];del sys.argv[1:count+1];"
    "runpy.run_module('services.publisher.design_child',run_name='__main__',alter_sys=True)"
)
_ROOT = str(Path(__file__).resolve().parents[3])
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONHASHSEED": "0"}
_LARGEST_ANSWER = 8 << 20
_LARGEST_REQUEST = 32 << 20
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 20.0
_MEGABYTE = 1 << 20


class DesignRaised(Exception):
    """The design raised, and its process goes on. The text is for the issuer."""


class DesignLost(Exception):
    """The process hung, ended or answered with something else, and is gone. The text is for the issuer."""


@dataclass(frozen=True)
class Allowance:
    """What one design process may use.

    :param wall: seconds that one call may take.
    :param processor: seconds of processor time that one call may take.
    :param memory: megabytes of address space.
    :param calls: after so many, a fresh process takes over.
    :param load: seconds that importing a distribution may take.
    """

    wall: float = 10.0
    processor: int = 10
    memory: int = 1024
    calls: int = 10_000
    load: float = 10.0

    @property
    def hard(self) -> Limits:
        """What the process sets for itself and cannot raise again: for processor time, its whole life's share."""
        return {"memory": self.memory * _MEGABYTE, "processor": self.processor * 60}


class DesignProcess:
    """A running child. Not thread-safe: whoever has taken it from the host's pool is alone with it."""

    def __init__(self, allowance: Allowance, paths: Sequence[str] = ()) -> None:
        """Start the process.

        :param paths: more folders in which distributions are looked for, besides the interpreter's own.
        :raises DesignLost: it does not start.
        """
        self._allowance = allowance
        self._numbers = itertools.count(1)
        self._calls = 0
        self.known: set[str] = set()
        self.closed = False
        self._channel, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), str(os.getpid()), json.dumps(allowance.hard), str(_LARGEST_REQUEST)]
        reached("design.start")
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-I", "-B", "-c", _LAUNCH, str(len(paths) + 1), *paths, _ROOT, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                cwd="/",
                env=_ENVIRONMENT,
            )
        self._receive(_START_SECONDS, {"ready": True})

    @property
    def worn(self) -> bool:
        """Whether a fresh process should take over."""
        spent = self._allowance.hard["processor"] - self._processor_seconds()
        return self._calls >= self._allowance.calls or spent < 2 * self._allowance.processor

    def call(self, call: str, data: dict[str, Any], seconds: float | None = None) -> Any:
        """Make one call and return its JSON result.

        :param seconds: instead of the allowance's wall time.
        :raises DesignRaised: the process can be used again.
        :raises DesignLost: it cannot.
        """
        number = next(self._numbers)
        self._calls += 1
        wall = seconds or self._allowance.wall
        try:
            self._grant_processor_time()
            self._channel.settimeout(wall)
            reached("design.ask")
            self._channel.sendall(frames.encode({"number": number, "call": call, "data": data}))
        except OSError:
            raise self._ended() from None
        answer = self._receive(wall, {"number": number})
        if "error" in answer:
            raise DesignRaised(f"the design raised {answer['error']}")
        return answer.get("result")

    def remember(self, digest: str) -> None:
        """Note that it is being given a state; it forgets them all when it has had many, and so does this."""
        if len(self.known) >= frames.MOST_STATES:
            self.known.clear()
        self.known.add(digest)

    def close(self) -> int | None:
        """Kill the process and everything in its group; return how it had ended."""
        ended = self._process.poll()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)
        self._channel.close()
        self.closed = True
        return ended

    def _receive(self, seconds: float, expected: dict[str, Any]) -> dict[str, Any]:
        reached("design.await")
        try:
            answer = frames.receive(self._channel, most=_LARGEST_ANSWER, deadline=time.monotonic() + seconds)
        except TimeoutError:
            self.close()
            raise DesignLost(f"the design took longer than {seconds:g} seconds") from None
        except (frames.Closed, OSError):
            raise self._ended() from None
        except frames.Rubbish as error:
            self.close()
            raise DesignLost(f"the design wrote {error} where its answer belongs") from None
        reached("design.answered")
        if any(answer.get(key) != value for key, value in expected.items()):
            self.close()
            raise DesignLost("the design wrote something else where its answer belongs")
        return answer

    def _ended(self) -> DesignLost:
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Its end of the socket is closed: the kernel may need a moment to say how it ended.
            self._process.wait(timeout=0.5)
        return DesignLost("the design's process ended" + _how(self.close(), self._allowance))

    def _grant_processor_time(self) -> None:
        """Raise the soft limit by one call's share: the process is kept, and its processor time adds up."""
        limits = self._allowance.hard
        soft = min(int(self._processor_seconds()) + 1 + self._allowance.processor, limits["processor"])
        resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (soft, limits["processor"]))

    def _processor_seconds(self) -> float:
        try:
            text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return 0.0
        # The name in parentheses may hold spaces; user and system time are fields 14 and 15 (proc(5)).
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS


def _how(ended: int | None, allowance: Allowance) -> str:
    if ended == -signal.SIGXCPU:
        return f": it used more than {allowance.processor} seconds of processor time"
    if ended is not None and ended < 0:
        return f" by signal {signal.Signals(-ended).name}"
    return f" with status {ended}" if ended else ""
