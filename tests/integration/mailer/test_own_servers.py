"""Organisations' own mail servers, as the mailer uses them."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from conferral.contracts.rpc.sending import MailServer, MailServerAnswer
from services.mailer.adapters.own_ways import OwnWays
from services.mailer.adapters.smtp_connect import CannotConnect, Endpoint, connect
from services.mailer.bootstrap import build, own_endpoint
from services.mailer.config import MailerSettings


class Answers:
    """A store that answers what it is told to, and counts."""

    def __init__(self) -> None:
        self.revision, self.server, self.asked = 1, MailServer(host="127.0.0.1", port=2525, tls="none"), 0

    def call(self, operation: Any, request: Any, *, timeout: float | None = None) -> Any:
        self.asked += 1
        return MailServerAnswer(revision=self.revision, server=self.server, password="secret")


def settings(**changes: Any) -> MailerSettings:
    given = {"amqp_uri": "amqp://user:password@localhost/x", "reader_url": "http://127.0.0.1:1", "smtp_host": "x"}
    return MailerSettings(**{"quick_start": True, **given, **changes})


@pytest.fixture
def parts() -> Iterator[Any]:
    built = build(settings(), threading.Event())
    yield built
    built.close()


def test_a_server_is_asked_for_once_per_revision(parts: Any) -> None:
    store = Answers()
    made = []

    def make(answer: MailServerAnswer) -> Any:
        made.append(answer)
        return object() if answer.server else None

    servers = OwnWays(store, parts.server, make)
    first = servers.get("a" * 26, 1)
    assert servers.get("a" * 26, 1) is first
    assert store.asked == 1
    assert servers.get("b" * 26, 1) is not first


def test_an_organisation_without_one_uses_the_installations(parts: Any) -> None:
    store = Answers()
    store.server = None
    servers = OwnWays(store, parts.server, lambda answer: None)
    assert servers.get("a" * 26, 1).server is parts.server


def test_what_the_store_says_is_where_it_connects() -> None:
    answer = MailServerAnswer(
        revision=1, server=MailServer(host="smtp.example.org", port=465, tls="tls", user="u"), password="p"
    )
    where = own_endpoint(settings(), answer)
    assert where is not None
    assert (where.host, where.port, where.tls, where.user, where.password) == ("smtp.example.org", 465, "tls", "u", "p")
    assert where.context is not None
    assert where.context.check_hostname


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_host_that_leads_into_a_private_network_is_never_connected_to(host: str) -> None:
    with pytest.raises(CannotConnect, match="private network"):
        connect(Endpoint(host, 25, timeout=1.0, public_only=True))


def test_private_networks_are_refused_unless_the_operator_allows_them() -> None:
    answer = MailServerAnswer(revision=1, server=MailServer(host="mail.example.org"), password="")
    outside = {"quick_start": False, "smtp_tls": "tls"}
    for changes, refused in (({}, True), ({"smtp_private_hosts": True}, False)):
        where = own_endpoint(settings(**outside, **changes), answer)
        assert where is not None
        assert where.public_only is refused
