"""The mailbox of a running system."""

import json
import time
import urllib.request
from typing import Any


def mails_to(system: dict[str, Any], address: str, seconds: float = 30) -> list[dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with urllib.request.urlopen(system["mailbox_api"], timeout=5) as answer:
            mails = [mail for mail in json.load(answer) if address in mail["recipients"]]
        if mails:
            return mails
        time.sleep(0.2)
    raise AssertionError(f"no email to {address} in {seconds} s")
