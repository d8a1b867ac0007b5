"""From a key made for an organisation to a message that another verifier accepts; and whose address it is from."""

import email
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import dkim
import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.rpc import groups, sending
from services.credential_store.handlers import HANDLERS
from services.mailer.adapters.journals import NoJournals
from services.mailer.adapters.own_ways import OwnWays
from services.mailer.adapters.smtp_connect import Endpoint
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.domain.pace import Breaker, DailyQuota, Pace, Rate
from services.mailer.handlers import Mailer, deliver_emails
from tests.integration.mailer.test_with_the_store import Direct, Templates, command_for, states
from tests.support.publishing import World, new_world, open_application, settings_of
from tests.support.smtp import ScriptedServer, running

INSTALLATIONS = "credentials@installation.example"
OURS = "exams@academy.example"


@pytest.fixture
def world(tmp_path: Path, mongodb_uri: str) -> Iterator[World]:
    """An organisation of an installation that is no quick start."""
    application, database = open_application(settings_of(tmp_path, mongodb_uri))
    tools = replace(
        application.tools,
        any_sender=False,
        sender_address=INSTALLATIONS,
        sender_domains=frozenset({"allowed.example"}),
    )
    yield new_world(replace(application, tools=tools), database)
    database.close()


class Post:
    """A mailer with its installation's server, and one that stands for the organisation's own."""

    def __init__(self, world: World, stack: ExitStack) -> None:
        self.world, self.shared, self.own = world, ScriptedServer(), ScriptedServer()
        ports = [stack.enter_context(running(server)) for server in (self.shared, self.own)]
        shared, own = (self._client(stack, port) for port in ports)

        def make(answer: sending.MailServerAnswer) -> SmtpMailServer | None:
            return own if answer.server else None

        ways = OwnWays(Direct(world), shared, make)
        self.mailer = Mailer(Direct(world), shared, Templates(), threading.Event(), NoJournals(), own_ways=ways)

    def _client(self, stack: ExitStack, port: int) -> SmtpMailServer:
        server = SmtpMailServer(
            Endpoint("127.0.0.1", port, timeout=2.0, final_timeout=2.0),
            Pace(Rate(0, time.monotonic), DailyQuota(0, lambda: datetime.now(UTC)), Breaker(time.monotonic)),
            pause=lambda _: False,
        )
        stack.callback(server.close)
        return server

    def deliver(self) -> None:
        deliver_emails(command_for(self.world), self.mailer)


@pytest.fixture
def post(world: World) -> Iterator[Post]:
    with ExitStack() as stack:
        yield Post(world, stack)


def ask(world: World, operation: Any, **fields: Any) -> Any:
    return HANDLERS[operation](world.context, operation.request(actor=Actor(service="admin"), **fields))


def change(world: World, **fields: Any) -> sending.SendingAnswer:
    before = ask(world, sending.GET_SENDING)
    content = before.content.model_copy(update=fields)
    answer: sending.SendingAnswer = ask(world, sending.CHANGE_SENDING, revision=before.revision, content=content)
    return answer


def sign(world: World) -> sending.DkimKey:
    """Make a key and switch it on, as the dashboard does when it has found the key's record."""
    made = ask(world, sending.CREATE_DKIM_KEY, revision=ask(world, sending.GET_SENDING).revision)
    ask(world, sending.SWITCH_DKIM, revision=made.revision, active=True)
    key: sending.DkimKey = made.dkim
    return key


def is_signed(content: bytes, key: sending.DkimKey) -> bool:
    """Ask an implementation that is not ours, with the record that the issuer was shown."""

    def record(name: bytes, timeout: int = 5) -> bytes:
        assert name.decode().rstrip(".") == f"{key.selector}._domainkey.{key.domain}"
        return f"v=DKIM1; k=rsa; p={key.public_key}".encode()

    return bool(dkim.verify(content, dnsfunc=record))


def received(server: ScriptedServer) -> list[Message]:
    return [email.message_from_bytes(content) for content in server.accepted]


@pytest.mark.parametrize("own", [True, False])
def test_what_arrives_is_signed_by_the_key_that_was_shown(world: World, post: Post, *, own: bool) -> None:
    change(world, sender_address=OURS, server=sending.MailServer(host="smtp.academy.example") if own else None)
    key = sign(world)
    world.publish_all(world.create(12))
    post.deliver()
    taken, other = (post.own, post.shared) if own else (post.shared, post.own)
    assert (len(taken.accepted), len(other.accepted)) == (12, 0)
    assert all(OURS in message["From"] for message in received(taken))
    assert all(is_signed(content, key) for content in taken.accepted)
    assert not is_signed(taken.accepted[0].replace(b"Subject: ", b"Subject: Not "), key)


def test_an_address_of_a_domain_that_nobody_vouches_for_gets_the_answers_only(world: World, post: Post) -> None:
    answer = change(world, sender_address="security@bank.example", sender_name="Lighthouse")
    assert answer.used_address == INSTALLATIONS
    shown = ask(world, groups.GET_GROUP, group_id=world.group_ids[0]).organisation
    assert (shown.sender_address, shown.reply_to) == (INSTALLATIONS, "security@bank.example")
    world.publish_all(world.create(1))
    post.deliver()
    (message,) = received(post.shared)
    assert message["From"] == f"Lighthouse <{INSTALLATIONS}>"
    assert message["Reply-To"] == "<security@bank.example>"
    assert f"MAIL FROM:<{INSTALLATIONS}>" in " ".join(post.shared.commands)


def test_a_key_vouches_for_its_own_domain_and_only_while_it_is_switched_on(world: World, post: Post) -> None:
    change(world, sender_address=OURS)
    sign(world)
    assert ask(world, sending.GET_SENDING).used_address == OURS
    assert change(world, sender_address="ceo@bank.example").used_address == INSTALLATIONS
    assert change(world, sender_address="ceo@sub.academy.example").used_address == INSTALLATIONS
    back = change(world, sender_address=OURS)
    ask(world, sending.SWITCH_DKIM, revision=back.revision, active=False)
    assert ask(world, sending.GET_SENDING).used_address == INSTALLATIONS


@pytest.mark.parametrize("address", [INSTALLATIONS, "exams@allowed.example", "exams@ALLOWED.example"])
def test_what_the_operator_allows_is_used_as_it_is(world: World, address: str) -> None:
    assert change(world, sender_address=address).used_address == address


def test_a_server_that_is_taken_away_while_emails_wait_opens_nothing(world: World, post: Post) -> None:
    change(world, sender_address="ceo@bank.example", server=sending.MailServer(host="smtp.bank.example"))
    world.publish_all(world.create(2))
    change(world, server=None)
    post.deliver()
    assert post.own.accepted == []
    assert [message["From"].rpartition(" ")[2] for message in received(post.shared)] == [f"<{INSTALLATIONS}>"] * 2


def test_a_server_that_is_taken_away_after_the_claim_sends_nothing_in_its_name(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(world, sender_address="ceo@bank.example", server=sending.MailServer(host="smtp.bank.example"))
    world.publish_all(world.create(2))
    get = OwnWays.get

    def after_a_change(ways: OwnWays, organisation_id: str, revision: int) -> Any:
        change(world, server=None)
        return get(ways, organisation_id, revision)

    monkeypatch.setattr(OwnWays, "get", after_a_change)
    post.deliver()
    assert (post.own.accepted, post.shared.accepted) == ([], [])
    assert states(world) == {"claimed": 2}
