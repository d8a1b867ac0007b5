"""Rules of an organisation's own mail server."""

import pytest

from conferral.contracts.rpc.sending import MailServer, SendingContent
from services.credential_store.domain.sending import check_sending, host_problem


@pytest.mark.parametrize("host", ["smtp.example.org", "mx-1.mail.example.org", "xn--bcher-kva.example", "8.8.8.8"])
def test_a_public_mail_server_may_be_named(host: str) -> None:
    assert host_problem(host, private_hosts=False) is None


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "mail", "db.internal", "printer.local", "127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254",
        "::1", "[::1]", "fe80::1", "fd00::1", "0.0.0.0", "100.64.0.1", "::ffff:10.0.0.1",
    ],
)  # fmt: skip
def test_a_mail_server_in_a_private_network_may_be_named_only_where_it_is_allowed(host: str) -> None:
    assert host_problem(host, private_hosts=False)
    assert host_problem(host, private_hosts=True) is None


@pytest.mark.parametrize("host", ["", "-x.example", "a b", "a..b", "x" * 300, "http://x.example", "2130706433", "1.2"])
def test_what_is_no_host_name_is_refused_everywhere(host: str) -> None:
    assert host_problem(host, private_hosts=True)


def test_a_password_does_not_travel_in_the_clear() -> None:
    server = MailServer(host="smtp.example.org", tls="none", user="northfield")
    content = SendingContent(sender_name="Northfield", sender_address="a@northfield.example", server=server)
    _, problems = check_sending(content, private_hosts=False)
    assert [problem.field for problem in problems.found] == ["server.tls"]
    _, problems = check_sending(content, private_hosts=True)
    assert problems.found == []
