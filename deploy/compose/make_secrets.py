"""Make the installation's secrets once, each service's into a volume of its own; later starts change nothing.

Each file is named as the setting it holds, which is how the services read it from /run/secrets. The store's volume has
all of them, so that it is the one to back up: what is missing in the others is copied from it.
Only the standard library: this runs in a bare Python image before anything else.
"""

import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

SERVICE_USER = 10001
STORE = "store"
MADE: dict[str, Callable[[], str]] = {
    "conferral_amqp_uri": lambda: f"amqp://conferral:{secrets.token_urlsafe(32)}@rabbitmq:5672//",
    "conferral_blob_token": lambda: secrets.token_urlsafe(32),
    "conferral_secret_key": lambda: secrets.token_urlsafe(48),
    "kek": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}
# No service has a secret that it does not need: designs run in the publisher, and the key of keys is the store's.
COPIED = {
    "publisher": ("conferral_amqp_uri", "conferral_blob_token"),
    "mailer": ("conferral_amqp_uri",),
    "dashboard": ("conferral_amqp_uri", "conferral_secret_key"),
}
# The first line is in the image's own folder of settings, which ours takes the place of.
BROKER = "log.console = true\ndefault_user = {user}\ndefault_pass = {password}\n"


def keep(path: Path, make: Callable[[], str], mode: int = 0o400, owner: int = SERVICE_USER) -> str:
    """Return what the file holds; make it, whole or not at all, if it is missing."""
    if not path.exists():
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)
        unfinished.write_text(make())
        os.chown(unfinished, owner, owner)
        unfinished.chmod(mode)
        unfinished.rename(path)
    return path.read_text()


def main(root: Path) -> None:
    """Fill each service's folder below ``root``."""
    made = {name: keep(root / STORE / name, make) for name, make in MADE.items()}
    for service, names in COPIED.items():
        for name in names:
            keep(root / service / name, lambda text=made[name]: text)
    uri = urlsplit(made["conferral_amqp_uri"])
    # The broker's user has another number in each distribution; nobody else has this folder.
    settings = BROKER.format(user=uri.username, password=uri.password)
    keep(root / "broker" / "20-conferral.conf", lambda: settings, 0o444, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
