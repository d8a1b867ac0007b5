"""Make the installation's secrets once, into a volume; later starts find them there and change nothing.

Each file is named as the setting it holds, which is how the services read it from /run/secrets.
Only the standard library: this runs in a bare Python image before anything else.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

SERVICE_USER = 10001


def write(path: Path, text: str, owner: int) -> None:
    """Create a file that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.chown(path, owner, owner)


def main(folder: Path, broker: Path) -> None:
    """Fill the secrets folder and the broker's configuration folder, unless that was done before."""
    done = folder / "complete"
    if done.exists():
        return
    for leftover in (*folder.iterdir(), broker / "20-conferral.conf"):
        leftover.unlink(missing_ok=True)
    password = secrets.token_urlsafe(32)
    write(folder / "conferral_amqp_uri", f"amqp://conferral:{password}@rabbitmq:5672//", SERVICE_USER)
    write(folder / "conferral_blob_token", secrets.token_urlsafe(32), SERVICE_USER)
    write(folder / "conferral_secret_key", secrets.token_urlsafe(48), SERVICE_USER)
    write(folder / "kek", base64.b64encode(secrets.token_bytes(32)).decode(), SERVICE_USER)
    write(broker / "20-conferral.conf", f"default_user = conferral\ndefault_pass = {password}\n", 0)
    # The broker's image runs as a user whose number differs between distributions; the folder is mounted there only.
    (broker / "20-conferral.conf").chmod(0o444)
    folder.chmod(0o555)
    write(done, "", SERVICE_USER)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
