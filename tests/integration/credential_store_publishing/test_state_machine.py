"""Arbitrary interleavings of everything that moves a credential or an email, on the real store: never an illegal move.

Handlers run one after the other, as a database with transactions lets them; what an outside world adds is that messages
come twice, late and in any order, that processes go on with what they no longer hold, and that time passes.
"""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from conferral.contracts.errors import ConferralError
from conferral.contracts.rpc import credentials, emails, publishing
from services.credential_store.domain.states import CREDENTIAL_MOVES, DELIVERY_MOVES
from services.credential_store.handlers.context import Application
from services.credential_store.handlers.credentials import amend_credential, delete_credentials
from services.credential_store.handlers.emails import resend_email
from services.credential_store.handlers.publishing import hand_back_chunk
from services.credential_store.handlers.sweep import sweep
from tests.support.publishing import ACTOR, World, new_world, result

PROFILE = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
OUTCOMES = ("sent", "failed", "unconfirmed", "retry", "release")
WAITS = (0.5, 20.0, 70.0, 4000.0)
picks = st.integers(0, 1_000_000)


class Store(RuleBasedStateMachine):
    """The store, and what its clients remember of it, rightly or not."""

    def __init__(self, application: Application, database: Any) -> None:
        super().__init__()
        self.world: World = new_world(application, database)
        self.pairs: list[tuple[str, int]] = []
        """Credential ids with every revision that somebody has seen."""
        self.names: dict[str, str] = {}
        """Credential id to the name of the last amendment that was acknowledged."""
        self.publications: list[str] = []
        self.loaded: list[publishing.Chunk] = []
        self.claimed: list[Any] = []
        self.states: dict[str, str] = {}
        self.emails: dict[str, tuple[str, int]] = {}
        self.versions: dict[str, Any] = {}
        self.published: dict[str, int] = {}
        self.most_moves = 1

    def again(self, moves: int = 1) -> None:
        """Say how many moves the next step may make of one record."""
        self.most_moves = moves

    # what an issuer does

    @rule(count=st.integers(1, 3), group=st.integers(0, 1))
    def create(self, count: int, group: int) -> None:
        self.again()
        self.pairs += self.world.create(count, group)

    @precondition(lambda self: self.pairs)
    @rule(pick=picks, name=st.sampled_from(["Ana", "Ben", "Chi"]))
    def amend(self, pick: int, name: str) -> None:
        self.again()
        credential_id, revision = self.pairs[pick % len(self.pairs)]
        [row] = self.world.rows("credentials", _id=credential_id) or [None]
        if row is None:
            return
        content = credentials.CredentialContent.model_validate({**row["content"], "name": f"{name} {pick}"})
        request = credentials.AmendCredential(
            actor=ACTOR, credential_id=credential_id, revision=revision, content=content
        )
        try:
            answer = amend_credential(self.world.context, request)
        except ConferralError:
            return
        assert revision == row["revision"], "an amendment of what nobody saw any more was taken"
        self.names[credential_id] = f"{name} {pick}"
        self.pairs.append((credential_id, answer.credential.revision))

    @precondition(lambda self: self.pairs)
    @rule(pick=picks)
    def look(self, pick: int) -> None:
        credential_id, _ = self.pairs[pick % len(self.pairs)]
        for row in self.world.rows("credentials", _id=credential_id):
            self.pairs.append((credential_id, row["revision"]))

    @precondition(lambda self: self.pairs)
    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        self.again()
        pair = self.pairs[pick % len(self.pairs)]
        before = self.world.rows("credentials", _id=pair[0])
        request = credentials.DeleteCredentials(actor=ACTOR, credentials=(pair,))
        try:
            delete_credentials(self.world.context, request)
        except ConferralError:
            return
        if before and not self.world.rows("credentials", _id=pair[0]):
            assert before[0]["state"] == "draft"
            assert before[0]["published_version"] is None
            self.states.pop(pair[0], None)
            self.names.pop(pair[0], None)

    @precondition(lambda self: self.pairs)
    @rule(pick=picks, count=st.integers(1, 4), tell=st.booleans())
    def confirm(self, pick: int, count: int, *, tell: bool) -> None:
        self.again()
        start = pick % len(self.pairs)
        chosen = dict(self.pairs[start : start + count])
        try:
            self.publications.append(self.world.publish(list(chosen.items()), tell_again=tell))
        except ConferralError:
            return

    @precondition(lambda self: self.publications)
    @rule(pick=picks, what=st.sampled_from(["pause", "resume", "cancel"]))
    def control(self, pick: int, what: str) -> None:
        self.again(2)
        try:
            getattr(self.world, what)(self.publications[pick % len(self.publications)])
        except ConferralError:
            return

    @precondition(lambda self: self.pairs)
    @rule(pick=picks, seen=st.integers(0, 3))
    def resend(self, pick: int, seen: int) -> None:
        self.again()
        request = emails.ResendEmail(actor=ACTOR, credential_id=self.pairs[pick % len(self.pairs)][0], after=seen)
        try:
            resend_email(self.world.context, request)
        except ConferralError:
            return

    # what the relay does

    @rule()
    def expand(self) -> None:
        self.again()
        self.world.expand()

    @rule()
    def carry_on(self) -> None:
        self.again(3)
        self.world.control()

    @rule(wait=st.sampled_from(WAITS))
    def time_passes(self, wait: float) -> None:
        self.world = self.world.later(wait)

    @rule()
    def sweep(self) -> None:
        self.again(2)
        sweep(self.world.relay, "h" * 26)

    # what publishers do, one that holds a chunk and one that only believes so

    @precondition(lambda self: self.publications)
    @rule(pick=picks, chunk=st.integers(0, 1))
    def load(self, pick: int, chunk: int) -> None:
        self.again()
        try:
            loaded = self.world.load(self.publications[pick % len(self.publications)], chunk)
        except ConferralError:
            return
        if loaded.items:
            self.loaded.append(loaded)

    @precondition(lambda self: self.loaded)
    @rule(pick=picks, fail=st.booleans())
    def record(self, pick: int, *, fail: bool) -> None:
        self.again()
        chunk = self.loaded[pick % len(self.loaded)]
        try:
            self.world.record(chunk, [chunk.items[0].credential_id] if fail else [])
        except ConferralError:
            return

    @precondition(lambda self: self.loaded)
    @rule(pick=picks, seconds=st.sampled_from([0.0, 5.0]))
    def hand_back(self, pick: int, seconds: float) -> None:
        self.again()
        chunk = self.loaded[pick % len(self.loaded)]
        hand_back_chunk(
            self.world.context,
            publishing.HandBackChunk(
                actor=ACTOR, publication_id=chunk.publication_id, chunk=chunk.chunk, fence=chunk.fence,
                reason="stopping", seconds=seconds,
            ),
        )  # fmt: skip

    # what mailers do

    @rule(pick=picks)
    def claim(self, pick: int) -> None:
        self.again()
        ids = sorted(row["_id"] for row in self.world.rows("deliveries"))
        self.claimed += self.world.claim(ids[pick % (len(ids) or 1) :])

    @precondition(lambda self: self.claimed)
    @rule(pick=picks)
    def begin(self, pick: int) -> None:
        self.again()
        one = self.claimed[pick % len(self.claimed)]
        before = self.emails.get(one.delivery_id)
        if one.delivery_id in self.world.advance(begin=[one]):
            assert before == ("claimed", one.fence), "somebody was let send what was not his"

    @precondition(lambda self: self.claimed)
    @rule(pick=picks, outcome=st.sampled_from(OUTCOMES))
    def tell(self, pick: int, outcome: str) -> None:
        self.again()
        self.world.advance([result(self.claimed[pick % len(self.claimed)], outcome)])

    # what must hold after each

    @invariant()
    def moves_are_legal(self) -> None:
        for row in self.world.rows("credentials"):
            before, now = self.states.get(row["_id"], "draft"), row["state"]
            assert now in _within(CREDENTIAL_MOVES, before, self.most_moves), f"{before} became {now}"
            self.states[row["_id"]] = now
            number = row.get("published_version") or 0
            assert number >= self.published.get(row["_id"], 0), "a version was taken back"
            self.published[row["_id"]] = number
            if row["_id"] in self.names:
                assert row["content"]["name"] == self.names[row["_id"]], "an acknowledged amendment was lost"

    @invariant()
    def emails_move_legally(self) -> None:
        ordinals = set()
        for row in self.world.rows("deliveries"):
            before, fence = self.emails.get(row["_id"], ("queued", 0))
            assert row["state"] in _within(DELIVERY_MOVES, before, self.most_moves), f"{before} became {row['state']}"
            assert row["fence"] >= fence
            self.emails[row["_id"]] = (row["state"], row["fence"])
            if "credential_id" in row:
                assert (row["credential_id"], row["ordinal"]) not in ordinals
                ordinals.add((row["credential_id"], row["ordinal"]))

    @invariant()
    def versions_are_immutable_and_pages_show_the_last_one(self) -> None:
        rows = {row["_id"]: row for row in self.world.rows("versions")}
        for version_id, content in self.versions.items():
            assert rows[version_id]["content"] == content
        self.versions |= {version_id: row["content"] for version_id, row in rows.items()}
        pages = {row["_id"]: row["version"] for row in self.world.rows("public")}
        for credential_id, number in self.published.items():
            if number:
                assert pages[credential_id] == number
                assert f"{credential_id}:{number}" in rows


def _within(moves: Any, start: str, most: int) -> set[str]:
    reached, edge = {start}, {start}
    for _ in range(most):
        edge = {after for state in edge for after in moves[state]}
        reached |= edge
    return reached


def test_no_interleaving_makes_an_illegal_move(world: World) -> None:
    run_state_machine_as_test(lambda: Store(world.application, world.database), settings=PROFILE)


def test_the_oracle_knows_legal_from_illegal() -> None:
    assert _within(CREDENTIAL_MOVES, "draft", 1) == {"draft", "queued"}
    assert "published" not in _within(CREDENTIAL_MOVES, "draft", 2)
    assert "sending" not in _within(DELIVERY_MOVES, "sent", 3)
    assert timedelta(seconds=max(WAITS)) > timedelta(hours=1), "longer than every lease and redrive"
