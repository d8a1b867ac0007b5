from pathlib import Path

import pytest

from conferral.mailbox.storage import Mailbox

MAIL = (
    b"From: =?utf-8?b?Wm/Dqw==?= <zoe@example.org>\r\nTo: a@example.org\r\n"
    b"Subject: =?utf-8?b?w4ltaWU=?=\r\n\r\nHello\r\n"
)


def add(mailbox: Mailbox, *recipients: str, content: bytes = MAIL, sender: str = "zoe@example.org") -> None:
    mailbox.add([(sender, recipients, content)])


def test_a_mail_is_there_again_after_a_restart_exactly_as_it_came(tmp_path: Path) -> None:
    add(Mailbox(tmp_path), "a@example.org", "b@example.org")
    mailbox = Mailbox(tmp_path)
    (entry,) = mailbox.list()
    assert (entry.subject, entry.from_, entry.to) == ("Émie", "Zoë <zoe@example.org>", "a@example.org")
    assert (entry.sender, entry.recipients) == ("zoe@example.org", ("a@example.org", "b@example.org"))
    assert mailbox.content(entry) == MAIL


def test_before_and_after_a_restart_the_list_is_the_same(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    for number in range(20):
        add(mailbox, f"{number}@example.org")
    assert [entry.recipients[0] for entry in mailbox.list()] == [
        f"{number}@example.org" for number in range(19, -1, -1)
    ]
    assert Mailbox(tmp_path).list() == mailbox.list()


def test_a_half_written_mail_of_a_crash_is_no_mail(tmp_path: Path) -> None:
    (tmp_path / "01795480022739669065-5e80c117.tmp").write_bytes(b"Return-Path: <a@b>\r\n")
    assert Mailbox(tmp_path).list() == []
    assert list(tmp_path.iterdir()) == []


def test_search_looks_for_all_words_in_names_addresses_and_subject(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    add(mailbox, "a@example.org")
    add(mailbox, "other@example.org", content=b"Subject: Nothing\r\n\r\n", sender="")
    assert len(mailbox.list("éMIE zoë")) == 1
    assert len(mailbox.list("example.org")) == 2
    assert mailbox.list("zoë nothing") == []


def test_a_recipient_is_matched_whole_and_without_regard_to_case(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    add(mailbox, "a@example.org")
    add(mailbox, "aa@example.org")
    assert [entry.recipients for entry in mailbox.list(recipient="A@example.org")] == [("a@example.org",)]


def test_clearing_deletes_the_files(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    add(mailbox, "a@example.org")
    entry = mailbox.list()[0]
    assert mailbox.clear() == 1
    assert mailbox.list() == []
    assert mailbox.content(entry) is None
    assert list(tmp_path.iterdir()) == []


def test_the_revision_changes_with_the_list(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    seen = {mailbox.revision}
    add(mailbox, "a@example.org")
    seen.add(mailbox.revision)
    mailbox.clear()
    seen.add(mailbox.revision)
    assert len(seen) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"no headers at all",
        b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
        b"Subject: =?no-such-charset?q?a?=\r\n\r\n",
        b"Subject: caf\xe9\r\nContent-Type: text/html; charset=nonsense\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    ],
)
def test_a_broken_mail_is_kept_and_listed(tmp_path: Path, content: bytes) -> None:
    add(Mailbox(tmp_path), "a@example.org", content=content)
    mailbox = Mailbox(tmp_path)
    (entry,) = mailbox.list()
    assert mailbox.content(entry) == content
