"""``python -m services.credential_store rpc|relay|reader|migrate|audit``."""

import sys

if sys.argv[1:2] == ["rpc"]:
    # before anything else opens a socket or makes a lock: RPC is served on green threads
    from conferral.runtime import eventlet_patch  # noqa: F401

from services.credential_store import bootstrap

_USAGE_ERROR = 2


def main(arguments: list[str]) -> int:
    """Run what the one argument names; return the exit code."""
    if arguments == ["migrate"]:
        bootstrap.migrate()
        return 0
    if arguments[:1] == ["audit"]:
        return bootstrap.audit(arguments[1:])
    if len(arguments) != 1 or arguments[0] not in bootstrap.ROLES:
        sys.stderr.write(
            f"usage: python -m services.credential_store {'|'.join((*bootstrap.ROLES, 'migrate', 'audit'))}\n"
        )
        return _USAGE_ERROR
    bootstrap.run(arguments[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
