"""Every crash point of the way from Confirm to the accepted email ends a process once; nothing is lost or doubled.

Each process dies at the first point at which none of its role has died yet, is started again by the supervisor, dies at
the next one, and so on, while an issuer publishes. Then all settles, and the oracle looks, and ``conferral audit``.
"""

import ast
import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from conferral.local.program import Program
from conferral.runtime.crash_points import ARMED_BY, MARKS, NOT_YET
from tests.support.waiting import wait_until
from tests.torture.oracle import audited, judge
from tests.torture.system import System, system
from tests.torture.work import Issuer, sign_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not os.environ.get("CONFERRAL_TORTURE"),
        reason="asked for by CONFERRAL_TORTURE=1: the embedded store may never let go of what a killed process's "
        "transaction had locked, and this waits for it",
    ),
]

NOT_HERE = {
    "smtp.starttls": "no TLS on loopback; nothing of a message has been said yet, as at smtp.connect",
    "smtp.login": "as smtp.starttls",
    "smtp.resolve": "organisations' own mail servers only; as smtp.connect",
    "smtp.early_answer": "needs a server that speaks up between content and dot; nothing is sent at it",
}
OF_A_BATCH = {
    "credential-store-rpc": (
        "store.commitTransaction.ask", "store.commitTransaction.answered",
        "store.update.publication_chunks.ask", "store.update.credentials.answered", "store.insert.versions.answered",
        "store.insert.deliveries.answered", "store.insert.outbox.answered", "store.update.deliveries.ask",
        "store.update.deliveries.answered", "store.insert.publications.answered", "rpc.answer",
    ),
    "credential-store-relay": (
        "store.commitTransaction.ask", "store.commitTransaction.answered", "store.update.outbox.answered",
        "store.delete.outbox.ask", "store.delete.outbox.answered", "store.insert.publication_chunks.answered",
        "store.insert.chunk_items.answered", "store.update.publications.answered", "store.update.leases.answered",
        "outbox.publish", "outbox.published", "outbox.confirmed",
    ),
}  # fmt: skip
"""Commands to the database have no list in the code; these are those that a batch cannot do without."""
PART, AT_ONCE = 6, 16
"""Many small publications: whoever is started again finds work whose lease is not some dead process's."""
MOST_SECONDS = 600.0
"""A bound; on two quiet cores it takes a minute or two."""
SETTLE_SECONDS = 120.0


def points_in_code() -> set[str]:
    """Return the literal names of points in the code that runs between Confirm and the accepted email."""
    folders = [Path("conferral/runtime"), Path("services/mailer/adapters"), Path("services/publisher/adapters")]
    return {
        call.args[0].value
        for folder in folders
        for path in folder.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "reached"
        and isinstance(call.args[0], ast.Constant)
    }


def expected() -> dict[str, set[str]]:
    """Return which points must have ended a process of which role."""
    wanted = {role: set(points) for role, points in OF_A_BATCH.items()}
    of_mailer = {name for name in points_in_code() if name.startswith(("smtp.", "mailer."))} - set(NOT_HERE)
    commands = {"amqp.connect", "amqp.declare", "amqp.consume", "amqp.taken", "amqp.ack", "amqp.acked", "amqp.reject"}
    deliveries = {f"rpc.store.deliveries.{call}" for call in _calls("claim_deliveries", "advance_deliveries")}
    publishing = {f"rpc.store.publishing.{call}" for call in _calls("load_chunk", "record_published")}
    wanted["mailer-worker"] = of_mailer | commands | deliveries | {"blobs.get", "blobs.get_answered"}
    of_design = {name for name in points_in_code() if name.startswith("design.")}
    wanted["publisher-worker"] = of_design | commands | publishing | {"blobs.put", "blobs.put_answered"}
    return wanted


def _calls(*methods: str) -> list[str]:
    return [f"{method}.{moment}" for method in methods for moment in ("ask", "asked", "answered")]


class Marks:
    """What has fired, a folder for each role."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted = expected()
        for role in self._wanted:
            (folder / role).mkdir(parents=True)
            (folder / role / NOT_YET).touch()

    def environment(self, program: Program) -> Mapping[str, str]:
        points = self._wanted.get(program.name)
        if points is None:
            return {}
        return {
            ARMED_BY: ",".join(f"{point}:1" for point in sorted(points)),
            MARKS: str(self._folder / program.name),
        }

    def begin(self) -> None:
        for role in self._wanted:
            (self._folder / role / NOT_YET).unlink()

    def fired(self) -> dict[str, set[str]]:
        return {role: {mark.name for mark in (self._folder / role).iterdir()} for role in self._wanted}

    def missing(self) -> dict[str, set[str]]:
        fired = self.fired()
        return {role: left for role, points in self._wanted.items() if (left := points - fired[role])}


def work_until_all_fired(issuer: Issuer, running: System, marks: Marks) -> None:
    """Publish batch after batch; now and then ask the workers to end, which has points of its own."""
    stopped = threading.Event()
    tidying = threading.Thread(target=tidy, args=(running, marks, stopped))
    tidying.start()
    try:
        publish_until_all_fired(issuer, running, marks)
    finally:
        stopped.set()
        tidying.join()


def tidy(running: System, marks: Marks, stopped: threading.Event) -> None:
    """Kill the store after each process that died in a transaction of its own.

    The embedded store keeps what such a transaction had locked for a minute, which would make this test an hour long.
    """
    deaths: set[str] = set()
    while not stopped.wait(0.5):
        fired = marks.fired()
        now = {
            f"{role} {point}"
            for role in ("credential-store-rpc", "credential-store-relay")
            for point in fired[role]
            if point.startswith("store.")
        }
        if now - deaths:
            deaths = now
            running.kill("store")


def publish_until_all_fired(issuer: Issuer, running: System, marks: Marks) -> None:
    deadline = time.monotonic() + MOST_SECONDS
    while marks.missing() and time.monotonic() < deadline:
        if len([one for one in issuer.publications if not issuer.settled(one)]) < AT_ONCE:
            issuer.publish_new(PART)
        for role in ("mailer-worker", "publisher-worker"):
            left = marks.missing().get(role)
            if left and left <= {"smtp.quit", "amqp.reject"}:
                for name in running.names(role):
                    if pid := running.pid(name):
                        with suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGTERM)
        time.sleep(0.3)


def test_a_process_that_ends_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "marks")
    with system(tmp_path, marks.environment) as running:
        issuer = sign_in(running.running.addresses, random.Random(4))
        issuer.make_group()
        marks.begin()
        work_until_all_fired(issuer, running, marks)
        running.kill("store")
        wait_until(issuer.all_settled, SETTLE_SECONDS, pause=0.5)
        verdict = judge(running.running.addresses.mongodb_uri, running.accepted, issuer.organisation_id, issuer.made)
        verdict.broken += audited(running.store_environment, running.accepted)
        issuer.client.close()
    deaths = {role: len(points) for role, points in marks.fired().items()}
    print(f"{deaths} deaths, {verdict.published} published, {verdict.accepted} accepted, {verdict.emails}")
    assert verdict.broken == []
    assert (verdict.duplicates, verdict.lost, verdict.failed) == (0, 0, 0)
    assert marks.missing() == {}
