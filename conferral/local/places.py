"""Where everything local is kept: one folder, ``.local`` in the checkout, which only its owner may read."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

_LONGEST_SOCKET_PATH = 90  # the kernel's bound is 107, and supervisor binds a longer temporary name first


@dataclass(frozen=True)
class Places:
    """Paths below ``root``."""

    root: Path

    @classmethod
    def prepare(cls, root: Path) -> "Places":
        """Make the folders, readable by their owner only."""
        places = cls(root.resolve())
        for folder in (places.root, places.logs, places.secrets, places.broker, places.store, places.mail):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.root.chmod(0o700)
        return places

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.root / "log"

    @property
    def secrets(self) -> Path:
        """One file for each secret."""
        return self.root / "secrets"

    @property
    def broker(self) -> Path:
        """The private broker's home, data and settings."""
        return self.root / "broker"

    @property
    def store(self) -> Path:
        """The embedded store's data."""
        return self.root / "store"

    @property
    def mail(self) -> Path:
        """Received mails."""
        return self.root / "mail"

    @property
    def journal(self) -> Path:
        """What mailers were in the middle of."""
        return self.root / "journal"

    @property
    def ports_file(self) -> Path:
        """The ports, chosen once."""
        return self.root / "ports.json"

    @property
    def run_file(self) -> Path:
        """Where things are, while they run."""
        return self.root / "run.json"

    @property
    def demo_file(self) -> Path:
        """What the demo has entered in the dashboard."""
        return self.root / "demo.json"

    @property
    def lock_file(self) -> Path:
        """Held by the running ``conferral up``; contains its process id."""
        return self.root / "lock"

    @property
    def supervisor_config(self) -> Path:
        """Generated at each start."""
        return self.root / "supervisord.conf"

    @property
    def supervisor_socket(self) -> Path:
        """In a short temporary folder where the checkout's own path is too long for a socket."""
        path = self.root / "supervisor.sock"
        if len(str(path)) <= _LONGEST_SOCKET_PATH:
            return path
        return Path(tempfile.gettempdir()) / f"conferral-{self.key}" / "supervisor.sock"

    @property
    def key(self) -> str:
        """Names this installation among others on the machine."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]


def default_root() -> Path:
    """Return the checkout's own ``.local``."""
    return CHECKOUT / ".local"
