"""The SMTP adapter against servers that behave, and against every way in which one can misbehave."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog.testing

from services.mailer.adapters import smtp_server
from services.mailer.adapters.smtp_connect import CannotConnect, Endpoint, connect
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.domain.mime import Mail
from services.mailer.domain.pace import Breaker, DailyQuota, Pace, Rate
from tests.support.certificates import server_context, write_authority
from tests.support.smtp import Script, ScriptedServer, Visit, running

CONTENT = b"Subject: x\r\n\r\nfirst\r\n.\r\n..two dots\r\nlast\r\n"


def mail(recipient: str = "ngozi@example.org", content: bytes = CONTENT, *, utf8: bool = False) -> Mail:
    return Mail("no-reply@academy.example", recipient, content, utf8)


Start = Callable[..., SmtpMailServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a scripted server and return the adapter that talks to it; all is closed at the end."""
    with ExitStack() as stack:

        def build(server: ScriptedServer, *, quota: int = 0, rate: float = 0, **endpoint: object) -> SmtpMailServer:
            options = {"host": "127.0.0.1", "timeout": 1.0, "final_timeout": 0.5} | endpoint
            if "port" not in options:
                options["port"] = stack.enter_context(running(server))
            adapter = SmtpMailServer(
                Endpoint(**options),  # type: ignore[arg-type]  # the tests name each field rightly
                Pace(
                    Rate(rate, time.monotonic),
                    DailyQuota(quota, lambda: datetime.now(UTC)),
                    Breaker(time.monotonic),
                ),
                pause=threading.Event().wait,
            )
            stack.callback(adapter.close)
            return adapter

        yield build


def says(verb: str, line: str, *, once: bool = False) -> Script:
    """Answer one command with this line instead of the usual one."""
    said: list[str] = []

    def script(visit: Visit, now: str) -> bool:
        if now != verb or (once and said):
            return False
        said.append(now)
        visit.say(line)
        return True

    return script


def drops(verb: str) -> Script:
    def script(visit: Visit, now: str) -> bool:
        if now == verb:
            visit.drop()
        return False

    return script


PIPELINING = pytest.mark.parametrize("extensions", [("PIPELINING", "SIZE"), ()], ids=["pipelined", "one-by-one"])


@PIPELINING
def test_messages_arrive_byte_for_byte_over_one_kept_connection(start: Start, extensions: tuple[str, ...]) -> None:
    server = ScriptedServer(extensions=extensions)
    adapter = start(server)
    outcomes = [adapter.send(mail(f"{number}@example.org")) for number in range(5)]
    assert {(outcome.outcome, outcome.server) for outcome in outcomes} == {("sent", "250 2.0.0 taken")}
    assert server.accepted == [CONTENT] * 5
    assert server.connections == 1
    assert [line for line in server.commands if line.startswith("RCPT")] == [
        f"RCPT TO:<{number}@example.org>" for number in range(5)
    ]


@PIPELINING
@pytest.mark.parametrize(
    ("verb", "answer", "outcome"),
    [
        ("MAIL", "451 4.7.1 greylisted", "retry"),
        ("RCPT", "450 4.2.1 greylisted, come back later", "retry"),
        ("RCPT", "550 5.1.1 no such user", "failed"),
        ("DATA", "452 4.3.1 full", "retry"),
        ("DATA", "554 5.5.1 no", "failed"),
        (".", "451 4.3.0 try again", "retry"),
        (".", "552 5.3.4 too big", "failed"),
        (".", "554 5.7.1 spam", "failed"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words_and_the_next_message_is_taken(
    start: Start, extensions: tuple[str, ...], verb: str, answer: str, outcome: str
) -> None:
    server = ScriptedServer(says(verb, answer, once=True), extensions=extensions)
    adapter = start(server)
    refused = adapter.send(mail())
    assert (refused.outcome, refused.server) == (outcome, answer)
    assert adapter.send(mail()).outcome == "sent"
    assert len(server.accepted) == 1


def test_a_refused_recipient_gets_no_empty_message_even_if_the_server_asks_for_one(start: Start) -> None:
    """Some servers answer DATA with 354 although RCPT was refused; a dot then would be a message."""
    server = ScriptedServer(says("RCPT", "550 5.1.1 no such user"))
    assert start(server).send(mail()).outcome == "failed"
    assert server.completed == []


@PIPELINING
@pytest.mark.parametrize("verb", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "content"])
def test_a_connection_lost_before_the_dot_is_safe_to_retry(
    start: Start, extensions: tuple[str, ...], verb: str
) -> None:
    server = ScriptedServer(drops(verb), extensions=extensions)
    # larger than the socket's buffers: the loss is noticed while the content is being written
    content = CONTENT * 200_000 if verb == "content" else CONTENT
    outcome = start(server).send(mail(content=content))
    assert outcome.outcome == ("release" if verb in {"connect", "EHLO"} else "retry")
    assert server.completed == []


def test_a_connection_lost_between_content_and_dot_is_noticed_before_the_dot(start: Start) -> None:
    hung_up = threading.Event()

    def script(visit: Visit, verb: str) -> bool:
        if verb == "content":
            while b"last" not in visit.reader.readline():
                pass
            visit.say("421 4.3.2 shutting down")
            hung_up.set()
            visit.drop()
        return False

    server = ScriptedServer(script)
    outcome = start(server).send(mail())
    assert hung_up.is_set()
    # either the early words were seen in time, or the dot had gone: never "sent", and never retried in the second case
    assert outcome.outcome in {"retry", "unconfirmed"}
    assert server.accepted == []


@pytest.mark.parametrize("how", ["reset", "silence", "nonsense"])
def test_no_answer_to_the_dot_is_unconfirmed_and_the_next_message_is_sent(start: Start, how: str) -> None:
    def script(visit: Visit, verb: str) -> bool:
        if verb != "." or visit.number > 0:
            return False
        if how == "reset":
            visit.drop()
        if how == "nonsense":
            visit.say("what?")
        return True

    server = ScriptedServer(script)
    adapter = start(server)
    assert adapter.send(mail("a@example.org")).outcome == "unconfirmed"
    assert adapter.send(mail("b@example.org")).outcome == "sent"
    assert len(server.completed) == 2


def test_a_server_that_takes_its_time_is_waited_for(start: Start) -> None:
    def script(visit: Visit, verb: str) -> bool:
        if verb == ".":
            time.sleep(0.3)
        return False

    assert start(ScriptedServer(script)).send(mail()).outcome == "sent"


@pytest.mark.parametrize("how", ["421", "closed"])
def test_a_kept_connection_that_the_server_has_closed_is_replaced_without_anybody_noticing(
    start: Start, how: str
) -> None:
    def script(visit: Visit, verb: str) -> bool:
        if visit.number == 0 and visit.messages == 1 and verb == "MAIL":
            if how == "421":
                visit.say("421 4.4.2 idle for too long")
            visit.drop()
        return False

    server = ScriptedServer(script)
    adapter = start(server)
    assert [adapter.send(mail()).outcome for _ in range(3)] == ["sent"] * 3
    assert server.connections == 2
    assert len(server.completed) == 3


def test_five_failures_in_a_row_leave_the_server_alone(start: Start) -> None:
    server = ScriptedServer(says("connect", "554 5.3.2 go away"))
    adapter = start(server)
    with structlog.testing.capture_logs() as logs:
        outcomes = [adapter.send(mail()) for _ in range(8)]
    assert {outcome.outcome for outcome in outcomes} == {"release"}
    assert server.connections == 5
    assert outcomes[0].retry_after == smtp_server.RECONNECT_SECONDS
    assert 29 < (outcomes[7].retry_after or 0) <= 30
    assert adapter.hold() is not None
    assert "example.org" not in str(logs)


def test_a_server_that_is_not_there_is_no_reason_to_fail_a_message(start: Start) -> None:
    with running(ScriptedServer()) as port:
        pass
    assert start(ScriptedServer(), port=port).send(mail()).outcome == "release"


def test_wrong_settings_do_not_fail_messages(start: Start) -> None:
    adapter = start(ScriptedServer(says("MAIL", "530 5.7.0 authentication required")))
    assert adapter.send(mail()).outcome == "release"


def test_the_quota_ends_the_sending(start: Start) -> None:
    server = ScriptedServer()
    adapter = start(server, quota=3)
    assert [adapter.send(mail()).outcome for _ in range(5)] == ["sent"] * 3 + ["release"] * 2
    assert len(server.completed) == 3


def test_a_connection_that_cannot_be_had_uses_no_quota(start: Start) -> None:
    adapter = start(ScriptedServer(says("connect", "421 not now", once=True)), quota=1)
    assert [adapter.send(mail()).outcome for _ in range(2)] == ["release", "sent"]


def test_the_rate_is_kept(start: Start) -> None:
    adapter = start(ScriptedServer(), rate=20)
    begun = time.monotonic()
    for _ in range(30):
        adapter.send(mail())
    assert 0.45 < time.monotonic() - begun < 3


def test_a_message_larger_than_the_server_takes_is_not_offered(start: Start) -> None:
    server = ScriptedServer(extensions=("SIZE 100",))
    outcome = start(server).send(mail(content=b"x" * 101))
    assert outcome.outcome == "failed"
    assert "100 bytes" in outcome.server
    assert not any(line.startswith("MAIL") for line in server.commands)


def test_an_international_address_needs_a_server_that_knows_them(start: Start) -> None:
    old, new = ScriptedServer(extensions=()), ScriptedServer()
    assert start(old).send(mail("用户@example.org", utf8=True)).outcome == "failed"
    assert start(new).send(mail("用户@example.org", utf8=True)).outcome == "sent"
    assert "RCPT TO:<用户@example.org>" in new.commands
    assert any(line.endswith("BODY=8BITMIME SMTPUTF8") for line in new.commands)


def test_the_servers_words_are_bounded_and_printable(start: Start) -> None:
    words = start(ScriptedServer(says("RCPT", f"550 \x1b[31m\x00{'x' * 600}\u202e"))).send(mail()).server
    assert len(words) == 500
    assert words.isprintable()


def test_threads_have_connections_of_their_own(start: Start) -> None:
    server = ScriptedServer()
    adapter = start(server)
    threads = [threading.Thread(target=lambda: [adapter.send(mail()) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.accepted == [CONTENT] * 200
    assert server.connections <= 4


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    write_authority(folder)
    return folder


def test_starttls_is_verified_and_never_done_without(start: Start, authority: Path) -> None:
    secure = ScriptedServer(extensions=("STARTTLS", "PIPELINING"), tls=server_context(authority))
    trusting = ssl.create_default_context(cafile=str(authority / "ca.pem"))
    adapter = start(secure, tls="starttls", context=trusting, host="localhost")
    assert [adapter.send(mail()).outcome for _ in range(3)] == ["sent"] * 3

    stranger = start(secure, tls="starttls", context=ssl.create_default_context(), host="localhost")
    assert "certificate verify failed" in stranger.send(mail()).server

    stripped = start(ScriptedServer(), tls="starttls", context=trusting, host="localhost")
    assert stripped.send(mail()).outcome == "release"
    assert len(secure.accepted) == 3


def test_a_certificate_for_another_name_is_refused(authority: Path) -> None:
    with running(ScriptedServer(extensions=("STARTTLS",), tls=server_context(authority))) as port:
        context = ssl.create_default_context(cafile=str(authority / "ca.pem"))
        with pytest.raises(CannotConnect, match="IP address mismatch"):
            connect(Endpoint("127.0.0.1", port, "starttls", context, timeout=1.0))
