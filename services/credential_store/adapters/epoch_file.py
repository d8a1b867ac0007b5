"""The epoch outside the database: one line, ``<name> <count>``, in a file of its own."""

from pathlib import Path

from conferral.contracts.ids import is_id
from conferral.runtime.crash_points import reached
from services.credential_store.domain.mail_hold import Epoch


class FileEpoch:
    """See operations_ports.EpochFile."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.is_named = path is not None

    def read(self) -> Epoch | None:
        """Return what is in it."""
        if self._path is None:
            return None
        reached("epoch.read")
        try:
            name, _, count = self._path.read_text().strip().partition(" ")
        except (OSError, UnicodeDecodeError):
            return None
        return Epoch(name, int(count)) if is_id(name) and count.isdecimal() else None

    def write(self, epoch: Epoch) -> None:
        """Replace it in one step."""
        if self._path is None:
            return
        fresh = self._path.with_name(f".{self._path.name}.new")
        reached("epoch.write")
        fresh.write_text(f"{epoch.name} {epoch.count}\n")
        fresh.chmod(0o600)
        reached("epoch.written")
        fresh.replace(self._path)
        reached("epoch.replaced")
