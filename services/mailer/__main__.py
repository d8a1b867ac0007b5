"""``python -m services.mailer worker``."""

import argparse

from conferral.runtime import config, logging
from conferral.runtime.process import install_signal_handlers
from services.mailer.bootstrap import build
from services.mailer.config import MailerSettings
from services.mailer.entrypoints import worker


def main() -> None:
    """Run the role that the command line names."""
    parser = argparse.ArgumentParser(prog="services.mailer", description=__doc__)
    parser.add_argument("role", choices=["worker"])
    role = parser.parse_args().role
    settings = config.load(MailerSettings)
    logging.configure("mailer", role, settings.log_level)
    stopping = install_signal_handlers()
    parts = build(settings, stopping)
    try:
        worker.run(settings, parts.mailer, stopping)
    finally:
        parts.close()


if __name__ == "__main__":
    main()
