"""A batch goes on while one process after the other is told to end, and is started again by the supervisor."""

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest
import urllib3
from local_system import Session, make_drafts, measured_system

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.publications import (
    GET_PUBLICATION,
    REQUEST_PUBLICATION,
    Counts,
    GetPublication,
    RequestPublication,
)
from tests.support.local_systems import ConferralUp, alive
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration
CREDENTIALS = 240
ROLES = (
    "mailer-worker", "publisher-worker", "credential-store-relay", "credential-store-rpc", "publisher-rpc",
    "credential-store-reader", "issuer-web-dashboard", "issuer-web-public", "broker", "store",
)  # fmt: skip
CLEAN_EXIT_SECONDS = 10.0


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConferralUp]:
    system = ConferralUp(tmp_path_factory.mktemp("batch") / "local")
    yield system
    system.end()


@pytest.fixture
def session(up: ConferralUp) -> Iterator[Session]:
    with measured_system(up.root / "run.json") as session:
        yield session


def counts_of(session: Session, publication_id: str) -> Counts | None:
    """Return how far it is; None while a service is away."""
    try:
        poll = GetPublication(**session.scope, publication_id=publication_id)
        return session.caller.call(GET_PUBLICATION, poll).publication.counts
    except ConferralError:
        return None


def newest(up: ConferralUp, most: int) -> tuple[int, list[str]]:
    """Return how many mails have been received, and to whom the newest went."""
    answer = urllib3.request("GET", f"{up.run['mailbox_api']}?limit={most}", timeout=20)
    addresses = [address for mail in json.loads(answer.data) for address in mail["recipients"]]
    return int(answer.headers["X-Total-Count"]), addresses


@pytest.mark.parametrize("role", ROLES)
def test_a_batch_is_mailed_whole_and_once_although_a_role_is_told_to_end_in_its_middle(
    up: ConferralUp, session: Session, role: str
) -> None:
    before, _ = newest(up, 0)
    drafts = make_drafts(session, CREDENTIALS)
    publication_id = new_id()
    pairs = tuple((draft.id, draft.revision) for draft in drafts)
    session.caller.call(
        REQUEST_PUBLICATION,
        RequestPublication(**session.scope, publication_id=publication_id, credentials=pairs),
    )
    wait_until(lambda: (seen := counts_of(session, publication_id)) is not None and seen.published > 0, 60)

    pid = up.pid_of(role)
    os.kill(pid, signal.SIGTERM)
    began = time.monotonic()
    wait_until(lambda: not alive(pid), CLEAN_EXIT_SECONDS)
    assert time.monotonic() - began < CLEAN_EXIT_SECONDS
    wait_until(lambda: up.pid_of(role) not in {pid, 0}, 30)

    def settled() -> bool:
        counts = counts_of(session, publication_id)
        return counts is not None and counts.emails_sent + counts.emails_unconfirmed == CREDENTIALS

    wait_until(settled, 120, pause=0.3)
    counts = counts_of(session, publication_id)
    assert counts is not None
    assert (counts.published, counts.failed, counts.emails_failed) == (CREDENTIALS, 0, 0)
    assert counts.emails_unconfirmed == 0, "nothing was killed: every answer of the mail server was heard"
    received, addresses = newest(up, CREDENTIALS)
    assert received - before == CREDENTIALS
    assert sorted(addresses) == sorted(draft.content.email for draft in drafts)
