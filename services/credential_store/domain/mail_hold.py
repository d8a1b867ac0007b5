"""Whether this database is the one to send mail from. Pure.

A copy of a database, restored somewhere for a look, or an older one, restored in place, still has emails queued that
the real one has sent. So an *epoch* is kept twice: in the database, and in a file outside it. Its name says which
installation it is; its count grows every minute, first in the database and then in the file, so that a database of
before is behind its file.
"""

from dataclasses import dataclass
from typing import Literal

MailState = Literal["flows", "held", "copy"]


@dataclass(frozen=True)
class Epoch:
    """One side of it."""

    name: str
    count: int


@dataclass(frozen=True)
class Known:
    """What the database says. ``adopting``: an operator released it, and the file is yet to be written."""

    epoch: Epoch | None = None
    held: bool = False
    adopting: bool = False


def state_of(known: Known, file: Epoch | None, *, has_file: bool, has_mail: bool) -> MailState:
    """Return whether mail flows.

    :param file: what is in the file; None: there is none, or it is not readable.
    :param has_file: the settings name one.
    :param has_mail: the database has any emails.
    """
    if is_copy(known, file, has_file=has_file, has_mail=has_mail):
        return "copy"
    return "held" if known.held else "flows"


def is_copy(known: Known, file: Epoch | None, *, has_file: bool, has_mail: bool) -> bool:
    """Return whether this database is another one than mail was sent from last, or one of before."""
    if not has_file or known.adopting or not has_mail:
        return False
    if known.epoch is None or file is None:
        # neither: an installation of before there was an epoch; only one of them: a copy
        return (known.epoch is None) != (file is None)
    return file.name != known.epoch.name or file.count > known.epoch.count
