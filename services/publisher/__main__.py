"""``python -m services.publisher worker|rpc|doctor``."""

import sys

if sys.argv[1:2] == ["rpc"]:
    # before anything else opens a socket or makes a lock: RPC is served on green threads, and only RPC
    from conferral.runtime import eventlet_patch  # noqa: F401

from conferral.runtime import checkup, config, logging
from services.publisher import bootstrap
from services.publisher.config import PublisherSettings
from services.publisher.entrypoints import doctor

_ROLES = ("worker", "rpc")
_USAGE_ERROR = 2


def main(arguments: list[str]) -> int:
    """Run the role that the one argument names; return the exit code."""
    if arguments == ["doctor"]:
        return _examine()
    if len(arguments) != 1 or arguments[0] not in _ROLES:
        sys.stderr.write(f"usage: python -m services.publisher {'|'.join((*_ROLES, 'doctor'))}\n")
        return _USAGE_ERROR
    settings = config.load(PublisherSettings)
    logging.configure("publisher", arguments[0], settings.log_level)
    parts = bootstrap.build(settings)
    try:
        _run(arguments[0], settings, parts)
    finally:
        parts.close()
    return 0


def _examine() -> int:
    """Load every design, and print what was seen as JSON."""
    logging.configure("publisher", "doctor", "error")
    settings, configured = checkup.settings_of("publisher", PublisherSettings)
    if settings is None:
        return checkup.tell([configured])
    parts = bootstrap.build(settings)
    try:
        return checkup.tell([configured, *doctor.examine(parts.designs)])
    finally:
        parts.close()


def _run(role: str, settings: PublisherSettings, parts: bootstrap.Parts) -> None:
    """Load the role's modules only now: a worker must not load what serves RPC."""
    if role == "rpc":
        from services.publisher.entrypoints import rpc  # noqa: PLC0415

        rpc.run(settings, parts.designs, parts.editions)
    else:
        from services.publisher.entrypoints import worker  # noqa: PLC0415

        worker.run(settings, lambda store, stopping: bootstrap.publisher(settings, parts, store, stopping))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
