"""``python -m services.issuer_web dashboard|public``, or ``doctor dashboard|public``."""

import sys
from collections.abc import Callable
from typing import Any

from conferral.runtime import checkup, logging
from conferral.runtime.config import load
from services.issuer_web import bootstrap
from services.issuer_web.config import DashboardSettings, PublicSettings, WebSettings
from services.issuer_web.entrypoints.server import Server, Serving

ROLES: dict[str, tuple[type[WebSettings], Callable[[Any], bootstrap.Running]]] = {
    "dashboard": (DashboardSettings, bootstrap.build_dashboard),
    "public": (PublicSettings, bootstrap.build_public),
}


def main(arguments: list[str]) -> int:
    """Run one role until it is told to stop; return the exit code."""
    if len(arguments) == 2 and arguments[0] == "doctor" and arguments[1] in ROLES:  # noqa: PLR2004 - and its role
        # what its settings name is looked at by the services that it belongs to
        return checkup.tell([checkup.settings_of(f"{bootstrap.SERVICE} {arguments[1]}", ROLES[arguments[1]][0])[1]])
    if len(arguments) != 1 or arguments[0] not in ROLES:
        sys.stderr.write(f"usage: python -m services.issuer_web {'|'.join(ROLES)}\n")
        return 2
    role = arguments[0]
    kind, build = ROLES[role]
    settings = load(kind)
    logging.configure(bootstrap.SERVICE, role, settings.log_level)

    def in_worker() -> Serving:
        running = build(settings)
        health = bootstrap.health(settings, role, running.ready)

        def close() -> None:
            running.close()
            health.close()

        return Serving(running.app, health.tick, close)

    Server(in_worker, settings.http_host, settings.http_port, settings.http_threads, settings.shutdown_grace).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
