"""``python -m services.publisher worker|rpc``."""

import sys

if sys.argv[1:2] == ["rpc"]:
    # before anything else opens a socket or makes a lock: RPC is served on green threads, and only RPC
    from conferral.runtime import eventlet_patch  # noqa: F401
    from services.publisher.entrypoints import rpc as entrypoint
else:
    from services.publisher.entrypoints import worker as entrypoint  # type: ignore[no-redef]

from conferral.runtime import config, logging
from services.publisher.config import PublisherSettings

_ROLES = ("worker", "rpc")
_USAGE_ERROR = 2


def main(arguments: list[str]) -> int:
    """Run the role that the one argument names; return the exit code."""
    if len(arguments) != 1 or arguments[0] not in _ROLES:
        sys.stderr.write(f"usage: python -m services.publisher {'|'.join(_ROLES)}\n")
        return _USAGE_ERROR
    settings = config.load(PublisherSettings)
    logging.configure("publisher", arguments[0], settings.log_level)
    entrypoint.run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
