"""The local system's mailbox, as its tests ask it."""

import json
import time
import urllib.request
from typing import Any


def mails_to(system: dict[str, Any], address: str, wait: float = 30) -> list[dict[str, Any]]:
    """Return the emails to an address, as soon as there are any.

    :param wait: seconds; 0: those that are there now, perhaps none.
    """
    deadline = time.monotonic() + wait
    while True:
        with urllib.request.urlopen(system["mailbox_api"], timeout=5) as answer:
            mails = [mail for mail in json.load(answer) if address in mail["recipients"]]
        if mails or not wait:
            return mails
        if time.monotonic() > deadline:
            raise AssertionError(f"no email to {address} in {wait} s")
        time.sleep(0.2)
