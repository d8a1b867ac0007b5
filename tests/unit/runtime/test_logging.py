"""Log lines, as a process writes them."""

import json
import subprocess
import sys

PROGRAM = """
import logging
from conferral.runtime import correlation
from conferral.runtime.logging import configure, get_logger
configure("credential_store", "rpc", "info")
log = get_logger()
with correlation.bound("one"):
    log.info("thing_happened", count=3, name="漢字")
    log.debug("not_shown")
try:
    raise ValueError("why")
except ValueError:
    log.exception("thing_failed")
logging.getLogger("some.library").warning("told %s", "this")
logging.getLogger("kombu").info("not shown")
"""


def test_each_line_is_json_with_the_process_and_its_correlation_id() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True, encoding="utf-8")
    happened, failed, told = [json.loads(line) for line in run.stderr.splitlines()]
    assert (
        happened.items()
        >= {
            "event": "thing_happened",
            "count": 3,
            "name": "漢字",
            "level": "info",
            "service": "credential_store",
            "role": "rpc",
            "correlation_id": "one",
        }.items()
    )
    assert happened["timestamp"].endswith("Z")
    assert "correlation_id" not in failed
    assert "ValueError: why" in failed["exception"]
    assert told["event"] == "told this"
    assert told["level"] == "warning"
