"""``python -m conferral.mailbox --smtp-port 2525 --http-port 8025 --data .local/mail``."""

import argparse
import sys
import threading
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from conferral.mailbox.pages import Pages
from conferral.mailbox.receiving import Receiver
from conferral.mailbox.storage import Mailbox
from conferral.runtime.process import install_signal_handlers


class _Quiet(WSGIRequestHandler):
    """Without a line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="conferral.mailbox", description="A mail catcher with a web page.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where messages are kept")
    options = parser.parse_args()

    stopping = install_signal_handlers()
    try:
        mailbox = Mailbox(options.data)
        receiver = Receiver(mailbox, options.host, options.smtp_port)
        smtp_port = receiver.start()
        pages = Pages(mailbox, {options.host, "localhost", "127.0.0.1", "::1"})
        server = make_server(options.host, options.http_port, pages, threaded=True, request_handler=_Quiet)
    except OSError as error:
        sys.stderr.write(f"conferral.mailbox: {error}\n")
        return 1
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    sys.stderr.write(f"mail to smtp://{options.host}:{smtp_port}, to read at http://{options.host}:{server.port}\n")
    sys.stderr.flush()
    stopping.wait()
    receiver.stop()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
