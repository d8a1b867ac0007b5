"""The mailer's handler with the real store's handlers and a mail server that misbehaves."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.edition import EmailTemplate
from conferral.contracts.ids import new_id
from conferral.contracts.operation import A, Operation, Q
from conferral.contracts.rpc.deliveries import ClaimedDelivery
from services.credential_store.handlers import HANDLERS
from services.credential_store.handlers.sweep import sweep
from services.mailer.adapters.journals import NoJournals
from services.mailer.adapters.smtp_connect import Endpoint
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.domain.mime import MimeTemplate
from services.mailer.domain.pace import Breaker, DailyQuota, Pace, Rate
from services.mailer.handlers import Mailer, deliver_emails
from tests.support.publishing import World, new_world, open_application, settings_of
from tests.support.smtp import Script, ScriptedServer, Visit, running

TEMPLATE = MimeTemplate.compile(
    EmailTemplate(
        language="en",
        direction="ltr",
        subject="{{ group_name }}: your certificate",
        html='<a href="{{ credential_url }}">{{ recipient_name }}</a>',
        text="{{ recipient_name }}: {{ credential_url }}",
    )
)


class Direct:
    """Calls the store's handlers as its RPC entrypoint would, but for authentication."""

    def __init__(self, world: World) -> None:
        self.world = world

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        answer = HANDLERS[operation](self.world.context, operation.request.decode(request.encode()))
        return operation.answer.decode(answer.encode())


class Templates:
    def get(self, delivery: ClaimedDelivery) -> MimeTemplate:
        return TEMPLATE


@pytest.fixture
def world(tmp_path: Path, mongodb_uri: str) -> Iterator[World]:
    application, database = open_application(settings_of(tmp_path, mongodb_uri))
    yield new_world(application, database)
    database.close()


Make = Callable[..., Mailer]


@pytest.fixture
def mailer_for() -> Iterator[Make]:
    """Make mailers; their connections are closed at the end."""
    with ExitStack() as stack:

        def make(world: World, port: int, stopping: threading.Event | None = None) -> Mailer:
            server = SmtpMailServer(
                Endpoint("127.0.0.1", port, timeout=1.0, final_timeout=1.0),
                Pace(Rate(0, time.monotonic), DailyQuota(0, lambda: datetime.now(UTC)), Breaker(time.monotonic)),
                pause=lambda _: False,
            )
            stack.callback(server.close)
            return Mailer(Direct(world), server, Templates(), stopping or threading.Event(), NoJournals())

        yield make


def command_for(world: World) -> DeliverEmails:
    deliveries = sorted(world.rows("deliveries"), key=lambda row: str(row["to_address"]))
    return DeliverEmails(
        message_id=new_id(),
        correlation_id="c",
        organisation_id=world.organisation_id,
        delivery_ids=tuple(row["_id"] for row in deliveries),
    )


def states(world: World) -> Counter[str]:
    return Counter(row["state"] for row in world.rows("deliveries"))


def message_ids(server: ScriptedServer) -> list[str]:
    return [re.findall(rb"^Message-ID: (.*)\r$", content, re.MULTILINE)[0].decode() for content in server.completed]


def for_recipient(number: int, verb: str, answer: str | None) -> Script:
    """Answer so to this recipient's message; None: hang up."""

    def script(visit: Visit, now: str) -> bool:
        if now != verb or visit.recipient != f"recipient-{number}@example.org":
            return False
        if answer is None:
            visit.drop()
        visit.say(str(answer))
        return True

    return script


def test_every_published_credential_is_mailed_once_with_its_own_link(world: World, mailer_for: Make) -> None:
    publication_id = world.publish_all(world.create(23))
    server = ScriptedServer()
    with running(server) as port:
        mailer = mailer_for(world, port)
        deliver_emails(command_for(world), mailer)
        deliver_emails(command_for(world), mailer)
    assert states(world) == {"sent": 23}
    assert sorted(message_ids(server)) == sorted(row["message_id"] for row in world.rows("deliveries"))
    text = b"".join(server.accepted).replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
    assert all(row["values"]["credential_url"] in text for row in world.rows("deliveries"))
    assert world.summary(publication_id).counts.emails_sent == 23


@pytest.mark.parametrize(
    ("verb", "answer", "state"),
    [
        ("RCPT", "451 4.7.1 greylisted", "queued"),
        ("RCPT", "550 5.1.1 no such user", "failed"),
        ("content", None, "queued"),
        (".", None, "unconfirmed"),
    ],
    ids=["greylisted", "unknown", "lost before the dot", "lost after the dot"],
)
def test_one_recipients_trouble_is_recorded_for_that_one(
    world: World, mailer_for: Make, verb: str, answer: str | None, state: str
) -> None:
    world.publish_all(world.create(5))
    server = ScriptedServer(for_recipient(4, verb, answer), extensions=())
    with running(server) as port:
        mailer = mailer_for(world, port)
        for _ in range(2):  # after a lost connection the rest of the window is handed back
            deliver_emails(command_for(world), mailer)
    assert len(set(message_ids(server))) == len(server.completed)
    by_address = {row["to_address"]: row for row in world.rows("deliveries")}
    troubled = by_address.pop("recipient-4@example.org")
    assert {row["state"] for row in by_address.values()} == {"sent"}
    if verb == "content":
        # the loss may show before the dot or after it, as the network has it; it is never taken for sent
        assert troubled["state"] in {"queued", "unconfirmed"}
    else:
        assert troubled["state"] == state
        assert answer is None or troubled["server"] == answer


def test_what_is_on_hold_or_withdrawn_is_not_sent(world: World, mailer_for: Make) -> None:
    world.publish_all(world.create(4))
    withdrawn = world.rows("deliveries")[0]
    credentials = world.database.collection("credentials")
    credentials.update_one(
        {"_id": withdrawn["credential_id"], "organisation_id": world.organisation_id}, {"$set": {"state": "revoked"}}
    )
    server = ScriptedServer()
    with running(server) as port:
        deliver_emails(command_for(world), mailer_for(world, port))
    assert states(world) == {"sent": 3, "cancelled": 1}
    assert withdrawn["message_id"] not in message_ids(server)


def test_sigterm_in_mid_batch_leaves_everything_sent_or_queued(world: World, mailer_for: Make) -> None:
    world.publish_all(world.create(25))
    stopping = threading.Event()

    def script(visit: Visit, verb: str) -> bool:
        if verb == "." and len(server.completed) == 13:
            stopping.set()
        return False

    server = ScriptedServer(script)
    with running(server) as port:
        deliver_emails(command_for(world), mailer_for(world, port, stopping))
        assert states(world) == {"sent": 13, "queued": 12}
        deliver_emails(command_for(world), mailer_for(world, port))
    assert states(world) == {"sent": 25}
    assert len(set(message_ids(server))) == len(server.completed) == 25


class Killed(BaseException):
    """What SIGKILL is to the code: it never comes back."""


def test_a_mailer_killed_in_mid_window_leaves_at_most_a_window_unconfirmed_and_nothing_is_sent_twice(
    world: World,
    mailer_for: Make,
) -> None:
    world.publish_all(world.create(25))
    server = ScriptedServer()

    class Dying:
        def __init__(self, inner: SmtpMailServer) -> None:
            self._inner, self.hold = inner, inner.hold
            self._left = 15

        def send(self, mail: object) -> object:
            self._left -= 1
            if not self._left:
                raise Killed
            return self._inner.send(mail)  # type: ignore[arg-type]  # handed through

    with running(server) as port:
        mailer = mailer_for(world, port)
        dying = replace(mailer, server=Dying(mailer.server))  # type: ignore[arg-type]  # as above
        with pytest.raises(Killed):
            deliver_emails(command_for(world), dying)
        assert states(world) == {"sent": 10, "sending": 10, "claimed": 5}
        later = world.later(3600)
        sweep(later.relay, "sweeper")
        deliver_emails(command_for(world), mailer_for(later, port))
    assert states(world) == {"sent": 15, "unconfirmed": 10}
    assert len(set(message_ids(server))) == len(server.completed) == 19


def at_the_thirteenth(act: Callable[[], object]) -> ScriptedServer:
    """A server that lets somebody act when it has taken thirteen messages."""

    def script(visit: Visit, verb: str) -> bool:
        if verb == "." and len(server.completed) == 13:
            act()
        return False

    server = ScriptedServer(script)
    return server


def test_pausing_in_mid_batch_stops_at_the_next_window_and_resuming_sends_the_rest_once(
    world: World,
    mailer_for: Make,
) -> None:
    publication_id = world.publish_all(world.create(35))
    server = at_the_thirteenth(lambda: world.pause(publication_id))
    with running(server) as port:
        mailer = mailer_for(world, port)
        deliver_emails(command_for(world), mailer)
        assert states(world) == {"sent": 20, "queued": 15}
        deliver_emails(command_for(world), mailer)
        assert states(world) == {"sent": 20, "queued": 15}
        world.resume(publication_id)
        world.control()
        deliver_emails(command_for(world), mailer)
    assert states(world) == {"sent": 35}
    assert {row["attempts"] for row in world.rows("deliveries")} == {0}
    assert len(set(message_ids(server))) == len(server.completed) == 35
    assert world.summary(publication_id).status == "finished"


@pytest.mark.parametrize("relay_first", [True, False], ids=["relay first", "mailer first"])
def test_cancelling_in_mid_batch_stops_at_the_next_window_and_the_rest_is_never_sent(
    world: World,
    mailer_for: Make,
    *,
    relay_first: bool,
) -> None:
    publication_id = world.publish_all(world.create(35))

    def cancel() -> None:
        world.cancel(publication_id)
        if relay_first:
            world.control()

    server = at_the_thirteenth(cancel)
    with running(server) as port:
        mailer = mailer_for(world, port)
        deliver_emails(command_for(world), mailer)
        later = world.later(5)
        later.control()
        assert states(world) == {"sent": 20, "cancelled": 15}
        sweep(later.relay, "sweeper")
        deliver_emails(command_for(world), mailer_for(later, port))
    assert len(server.completed) == 20
    summary = world.summary(publication_id)
    assert (summary.status, summary.counts.emails_cancelled) == ("finished", 15)
