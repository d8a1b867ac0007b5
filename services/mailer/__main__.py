"""``python -m services.mailer worker|doctor``."""

import argparse
import sys

from conferral.runtime import checkup, config, logging
from conferral.runtime.process import install_signal_handlers
from services.mailer.bootstrap import build, endpoint
from services.mailer.config import MailerSettings
from services.mailer.entrypoints import doctor, reporting, worker


def main() -> int:
    """Run the role that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(prog="services.mailer", description=__doc__)
    parser.add_argument("role", choices=["worker", "doctor"])
    role = parser.parse_args().role
    if role == "doctor":
        return examine()
    settings = config.load(MailerSettings)
    logging.configure("mailer", role, settings.log_level)
    stopping = install_signal_handlers()
    parts = build(settings, stopping)
    reporting.start(parts.store, lambda: reporting.holds_of(parts.server.hold(), parts.own_ways.holds()), stopping.wait)
    try:
        worker.run(settings, parts.mailer, stopping)
    finally:
        parts.close()
    return 0


def examine() -> int:
    """Look at the mail server, and print what was seen as JSON."""
    logging.configure("mailer", "doctor", "error")
    settings, configured = checkup.settings_of("mailer", MailerSettings)
    return checkup.tell([configured, *(doctor.examine(endpoint(settings)) if settings else ())])


if __name__ == "__main__":
    sys.exit(main())
