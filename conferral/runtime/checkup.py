"""Looking at one part of the system: what is well, what is not, and what to do about it. For ``conferral doctor``.

Every service looks at what it alone can reach, in a process of its own (``python -m services.<service> doctor``), and
prints what it found as JSON. A look never takes longer than its time, whatever it looks at.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from threading import Thread
from typing import Literal, TypeVar

from conferral.runtime.config import ConfigurationError, ProcessSettings, load

State = Literal["good", "warn", "bad"]
SECONDS = 10.0

S = TypeVar("S", bound=ProcessSettings)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``said``: what was seen; ``advice``: what to do, unless it is well."""

    name: str
    state: State
    said: str
    advice: str = ""


class Worrying(Exception):
    """It works, and somebody should know: ``Worrying(said)``."""


def look(name: str, work: Callable[[], str], advice: str, seconds: float = SECONDS) -> Check:
    """Look at something. ``work`` returns what it saw, raises Worrying, or raises anything else.

    :param seconds: after them it counts as not answering; the thread is left behind.
    """
    found: list[Check] = []

    def run() -> None:
        try:
            found.append(Check(name, "good", work()))
        except Worrying as worry:
            found.append(Check(name, "warn", str(worry), advice))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was seen
            found.append(Check(name, "bad", str(error) or type(error).__name__, advice))

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else Check(name, "bad", f"It did not answer within {seconds:.0f} s.", advice)


def settings_of(name: str, kind: type[S]) -> tuple[S | None, Check]:
    """Read a service's settings, and say what is wrong with all of them at once."""
    try:
        settings = load(kind)
    except ConfigurationError as error:
        said = "; ".join(error.problems)
        return None, Check(f"settings of {name}", "bad", said, "Set what is named; docs/operating.md has them all.")
    if settings.quick_start:
        said = "A quick start: for this machine only, with what is refused elsewhere."
        return settings, Check(f"settings of {name}", "good", said)
    return settings, Check(f"settings of {name}", "good", "Complete, and no defaults among the secrets.")


def tell(checks: Sequence[Check]) -> int:
    """Print checks as JSON, and return the exit code: 0, or 1 if one is bad."""
    sys.stdout.write(json.dumps([asdict(check) for check in checks]) + "\n")
    return int(any(check.state == "bad" for check in checks))
