"""The handler against a store that keeps the contract's rules, and a mail server that tells what it took."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.edition import EmailTemplate
from conferral.contracts.errors import Conflict, InvalidMessage, NotFound, Unavailable
from conferral.contracts.ids import new_id
from conferral.contracts.operation import A, Operation, Q
from conferral.contracts.rpc.deliveries import (
    AdvancedDeliveries,
    AdvanceDeliveries,
    ClaimDeliveries,
    ClaimedDeliveries,
    ClaimedDelivery,
    DeliveryResult,
)
from services.mailer.adapters.journals import NoJournals
from services.mailer.adapters.templates import CompiledTemplates
from services.mailer.domain import journal
from services.mailer.domain.journal import Account
from services.mailer.domain.mime import Mail, MimeTemplate
from services.mailer.domain.pace import Hold
from services.mailer.handlers import Mailer, account_for_the_dead, deliver_emails
from services.mailer.ports import Outcome

ORGANISATION = new_id()
TEMPLATE = MimeTemplate.compile(
    EmailTemplate(language="en", direction="ltr", subject="For {{ name }}", html="{{ name }}", text="{{ name }}")
)


class Ledger:
    """Two operations of the store: compare-and-set on state and fence, nothing else."""

    def __init__(self, deliveries: Sequence[ClaimedDelivery]) -> None:
        self.deliveries = {delivery.delivery_id: delivery for delivery in deliveries}
        self.states = dict.fromkeys(self.deliveries, "queued")
        self.results: dict[str, DeliveryResult] = {}
        self.calls: list[tuple[int, int]] = []
        self.on_hold: set[str] = set()
        self.lease = 60.0
        self.failures: list[Callable[[], None]] = []

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        request = operation.request.decode(request.encode())
        answer: object
        if isinstance(request, ClaimDeliveries):
            answer = self.claim(request)
        else:
            assert isinstance(request, AdvanceDeliveries)
            answer = self.advance(request)
        return cast("A", answer)

    def claim(self, request: ClaimDeliveries) -> ClaimedDeliveries:
        claimed = [self.deliveries[key] for key in request.delivery_ids if self.states[key] == "queued"]
        self.states.update({delivery.delivery_id: "claimed" for delivery in claimed})
        return ClaimedDeliveries(deliveries=tuple(claimed), lease=self.lease)

    def advance(self, request: AdvanceDeliveries) -> AdvancedDeliveries:
        before = self.failures.pop(0) if self.failures else None
        if before:
            before()
        self.calls.append((len(request.results), len(request.begin)))
        for result in request.results:
            assert self.states[result.delivery_id] in {"claimed", "sending"}
            self.results[result.delivery_id] = result
            self.states[result.delivery_id] = "queued" if result.outcome in {"retry", "release"} else result.outcome
        begun = [key for key, _ in request.begin if self.states[key] == "claimed" and key not in self.on_hold]
        self.states.update(dict.fromkeys(begun, "sending"))
        return AdvancedDeliveries(begun=tuple(begun))


@dataclass
class Server:
    """A mail server that takes everything, or answers as it is told."""

    ledger: Ledger
    took: list[str] = field(default_factory=list)
    answer: Callable[[Mail], Outcome] = lambda _: Outcome("sent", "250 ok")
    held: Hold | None = None

    def hold(self) -> Hold | None:
        return self.held

    def send(self, mail: Mail) -> Outcome:
        identifier = mail.recipient.partition("@")[0]
        assert self.ledger.states[identifier] == "sending", "sent without having been begun"
        assert identifier not in self.took, "sent twice"
        self.took.append(identifier)
        return self.answer(mail)


class Templates:
    def get(self, delivery: ClaimedDelivery) -> MimeTemplate:
        return TEMPLATE


@dataclass
class Scene:
    """What one test plays with."""

    ledger: Ledger
    server: Server
    stopping: threading.Event
    mailer: Mailer
    command: DeliverEmails

    def run(self) -> None:
        deliver_emails(self.command, self.mailer)

    def states(self) -> list[str]:
        return list(self.ledger.states.values())


@pytest.fixture
def scene() -> Scene:
    return make_scene(25)


def make_scene(size: int, **changes: object) -> Scene:
    ids = [new_id() for _ in range(size)]
    ledger = Ledger([delivery(identifier) for identifier in ids])
    server, stopping = Server(ledger), threading.Event()
    mailer = Mailer(
        store=ledger, server=server, templates=Templates(), stopping=stopping, journals=NoJournals(), grace=1.0
    )
    command = DeliverEmails(
        message_id=new_id(), correlation_id="c", organisation_id=ORGANISATION, delivery_ids=tuple(ids)
    )
    return Scene(ledger, server, stopping, mailer, command)


def delivery(identifier: str, **changes: object) -> ClaimedDelivery:
    fields: dict[str, object] = {
        "delivery_id": identifier,
        "fence": 3,
        "kind": "credential",
        "message_id": f"<{identifier}@conferral.example>",
        "to_name": "Ngozi",
        "to_address": f"{identifier}@example.org",
        "from_name": "Academy",
        "from_address": "no-reply@academy.example",
        "reply_to": None,
        "template": "0" * 64,
        "language": "en",
        "values": {"name": "Ngozi"},
    }
    return ClaimedDelivery.model_validate(fields | changes)


def spoil(scene: Scene, position: int, **changes: object) -> str:
    identifier = scene.command.delivery_ids[position]
    scene.ledger.deliveries[identifier] = delivery(identifier, **changes)
    return identifier


def test_everything_is_sent_in_windows_and_recorded_in_one_call_per_window(scene: Scene) -> None:
    scene.run()
    assert scene.states() == ["sent"] * 25
    assert scene.ledger.calls == [(0, 10), (10, 10), (10, 5), (5, 0)]
    assert {result.server for result in scene.ledger.results.values()} == {"250 ok"}


def test_a_command_that_comes_a_second_time_sends_nothing(scene: Scene) -> None:
    scene.run()
    scene.run()
    assert len(scene.server.took) == 25


def test_what_was_not_begun_is_not_sent(scene: Scene) -> None:
    held = set(scene.command.delivery_ids[3:14])
    scene.ledger.on_hold = held
    scene.run()
    assert held.isdisjoint(scene.server.took)
    assert len(scene.server.took) == 14


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"to_name": "=?utf-8?q?a=0d=0aBcc=3a?="}, "To"),
        ({"to_address": "not an address"}, "To"),
        ({"values": {}}, "name"),
    ],
)
def test_a_broken_recipient_does_not_stop_the_others(scene: Scene, changes: dict[str, object], reason: str) -> None:
    broken = spoil(scene, 4, **changes)
    scene.run()
    assert scene.ledger.results[broken].outcome == "failed"
    assert reason in scene.ledger.results[broken].server
    assert broken not in scene.server.took
    assert scene.states().count("sent") == 24


def test_a_bug_in_sending_makes_one_message_unconfirmed_and_no_other(scene: Scene) -> None:
    def break_off(mail: Mail) -> Outcome:
        if mail.recipient.startswith(scene.command.delivery_ids[7]):
            raise ZeroDivisionError
        return Outcome("sent")

    scene.server.answer = break_off
    scene.run()
    assert scene.states() == ["sent"] * 7 + ["unconfirmed"] + ["queued"] * 2 + ["sent"] * 15


def test_a_template_that_cannot_be_read_now_is_tried_later_and_a_missing_one_is_not(scene: Scene) -> None:
    class Blobs:
        def get(self, digest: str) -> bytes:
            if digest.startswith("1"):
                raise Unavailable("the reader does not answer")
            raise NotFound("no such blob")

    templates = CompiledTemplates(Blobs(), {"password_reset": TEMPLATE})
    later = spoil(scene, 0, template="1" * 64)
    never = spoil(scene, 1, template="2" * 64)
    for position in range(2, 25):
        spoil(scene, position, template=None, kind="password_reset")
    scene.mailer = Mailer(scene.ledger, scene.server, templates, scene.stopping, NoJournals())
    scene.run()
    assert (scene.ledger.results[later].outcome, scene.ledger.results[later].retry_after) == ("release", 5.0)
    assert scene.ledger.results[never].outcome == "failed"
    assert scene.states().count("sent") == 23


def test_sigterm_in_mid_batch_finishes_the_message_in_hand_and_hands_back_the_rest(scene: Scene) -> None:
    def stop_at_fourteen(mail: Mail) -> Outcome:
        if len(scene.server.took) == 14:
            scene.stopping.set()
        return Outcome("sent")

    scene.server.answer = stop_at_fourteen
    scene.run()
    assert scene.states() == ["sent"] * 14 + ["queued"] * 11
    assert scene.ledger.calls == [(0, 10), (10, 10), (15, 0)]


def test_nothing_is_begun_while_the_server_is_left_alone(scene: Scene) -> None:
    scene.server.held = Hold("the mail server cannot be reached", 30.0)
    scene.run()
    assert scene.states() == ["queued"] * 25
    assert scene.ledger.calls == [(25, 0)]
    assert {result.retry_after for result in scene.ledger.results.values()} == {30.0}


def test_a_window_that_would_outlast_its_lease_is_handed_back() -> None:
    scene = make_scene(12)
    seconds = iter(range(0, 10_000, 10))
    scene.mailer = Mailer(
        scene.ledger, scene.server, Templates(), scene.stopping, NoJournals(), monotonic=lambda: next(seconds)
    )
    scene.run()
    assert "queued" in scene.states()
    assert set(scene.states()) == {"sent", "queued"}
    assert len(scene.server.took) == scene.states().count("sent")


def unavailable() -> None:
    raise Unavailable("the store does not answer")


def fine() -> None:
    pass


def test_results_are_offered_again_to_a_store_that_was_away(scene: Scene) -> None:
    scene.ledger.failures = [fine, fine, fine, unavailable, unavailable]
    scene.run()
    assert scene.states() == ["sent"] * 25


def test_results_are_offered_again_when_others_changed_the_same_records(scene: Scene) -> None:
    def conflict() -> None:
        raise Conflict("These deliveries kept changing.")

    scene.ledger.failures = [fine, fine, fine, conflict, conflict]
    scene.run()
    assert scene.states() == ["sent"] * 25


def test_what_the_store_will_never_take_is_not_offered_again(scene: Scene) -> None:
    def refuse() -> None:
        raise InvalidMessage("AdvanceDeliveries", "results")

    scene.ledger.failures = [fine, fine, fine, refuse]
    with pytest.raises(InvalidMessage):
        scene.run()
    assert scene.states() == ["sent"] * 20 + ["sending"] * 5


def test_after_an_unknown_end_the_rest_of_the_window_goes_back_and_the_next_window_is_tried(scene: Scene) -> None:
    scene.server.answer = lambda _: Outcome("unconfirmed" if len(scene.server.took) == 3 else "sent")
    scene.run()
    assert scene.states() == ["sent", "sent", "unconfirmed", *["queued"] * 7, *["sent"] * 15]


def test_a_window_whose_beginning_got_no_answer_is_handed_back_and_not_sent(scene: Scene) -> None:
    scene.ledger.failures = [fine, unavailable]
    with pytest.raises(Unavailable):
        scene.run()
    assert len(scene.server.took) == 10
    assert scene.states() == ["sent"] * 10 + ["queued"] * 10 + ["claimed"] * 5


def test_results_that_cannot_be_recorded_are_left_to_the_sweeper(scene: Scene) -> None:
    scene.ledger.failures = [fine, fine, fine, *[unavailable] * 50]
    with pytest.raises(Unavailable):
        scene.run()
    assert scene.states() == ["sent"] * 20 + ["sending"] * 5
    scene.ledger.failures = []
    scene.run()
    assert len(scene.server.took) == 25


class Kept:
    """Journals in memory: every line of every command."""

    def __init__(self, accounts: list[Account] | None = None) -> None:
        self.lines: list[bytes] = []
        self.accounts = accounts or []
        self.forgotten = 0

    @contextmanager
    def open(self, _organisation_id: str) -> Iterator["Kept"]:
        yield self

    def write(self, line: bytes) -> None:
        self.lines.append(line)

    def orphans(self) -> Iterator[Account]:
        for account in self.accounts:
            yield account
            self.forgotten += 1


def test_the_journal_says_what_leaves_before_it_leaves_and_how_it_ended(scene: Scene) -> None:
    kept = Kept()
    mailer = replace(scene.mailer, journals=kept)
    deliver_emails(scene.command, mailer)
    text = b"".join(kept.lines).decode()
    assert text.count('"begun"') == text.count('"recorded"') > 0
    assert text.count('"leaving"') == text.count('"ended"') == len(scene.server.took)
    last = journal.read(journal.opened("b", "o") + b"".join(kept.lines), "b")
    assert last is not None
    assert {result.outcome for result in last.results} == {"sent"}


def test_dead_mailers_are_accounted_for_and_forgotten_only_when_the_store_has_it(scene: Scene) -> None:
    first, second, *_ = scene.command.delivery_ids
    scene.ledger.states |= {first: "sending", second: "sending"}
    told = (
        DeliveryResult(delivery_id=first, fence=3, outcome="sent", server="250 ok"),
        DeliveryResult(delivery_id=second, fence=3, outcome="release", server="its turn had not come"),
    )
    kept = Kept([Account(ORGANISATION, told)])
    mailer = replace(scene.mailer, journals=kept)

    def away() -> None:
        raise Unavailable("The store is away.")

    scene.ledger.failures.append(away)
    with pytest.raises(Unavailable):
        account_for_the_dead(mailer)
    assert kept.forgotten == 0
    assert account_for_the_dead(mailer) == 2
    assert kept.forgotten == 1
    assert [scene.ledger.states[one] for one in (first, second)] == ["sent", "queued"]


def test_what_the_store_will_never_take_of_a_dead_mailer_does_not_keep_the_others_waiting(scene: Scene) -> None:
    first, second, *_ = scene.command.delivery_ids
    scene.ledger.states[second] = "sending"
    results = [DeliveryResult(delivery_id=one, fence=3, outcome="sent", server="") for one in (first, second)]
    kept = Kept([Account(ORGANISATION, (result,)) for result in results])

    def gone() -> None:
        raise NotFound("There is no such organisation.")

    scene.ledger.failures.append(gone)
    assert account_for_the_dead(replace(scene.mailer, journals=kept)) == 1
    assert kept.forgotten == 2
    assert scene.ledger.states[second] == "sent"
