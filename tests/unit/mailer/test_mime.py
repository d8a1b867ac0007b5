import email
import html
import re
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conferral.contracts.edition import EmailTemplate
from conferral.contracts.rpc.deliveries import ClaimedDelivery
from services.mailer.domain.mime import MimeTemplate, MissingValue

NOW = datetime(2026, 11, 23, 12, 30, 5, 123456, UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=250)
LITERALS = ANY_TEXT.map(lambda text: text.replace("{{", "").replace("}}", ""))


def delivery(**changes: object) -> ClaimedDelivery:
    fields: dict[str, object] = {
        "delivery_id": "a" * 26,
        "fence": 1,
        "kind": "credential",
        "message_id": "<a.credential.1@conferral.example>",
        "to_name": "Ngozi Ọkafor",
        "to_address": "ngozi@example.org",
        "from_name": "Academy of Weaving",
        "from_address": "no-reply@academy.example",
        "reply_to": "office@academy.example",
        "template": "0" * 64,
        "language": "en",
        "values": {"name": "Ngozi", "link": "https://example.org/c/a?d=b&x=1"},
    }
    return ClaimedDelivery.model_validate(fields | changes)


def template(
    subject: str = "For {{ name }}", rich: str = "<p>{{ name }}</p>", text: str = "{{ name }}"
) -> EmailTemplate:
    return EmailTemplate(language="en", direction="ltr", subject=subject, html=rich, text=text)


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def lines(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)


@given(name=ANY_TEXT, other=ANY_TEXT, before=LITERALS, between=LITERALS, after=LITERALS)
@settings(max_examples=400, deadline=None)
def test_what_the_standard_library_reads_back_is_what_went_in(
    name: str, other: str, before: str, between: str, after: str
) -> None:
    source = f"{before}{{{{ name }}}}{between}{{{{ other }}}}{{{{ name }}}}{after}"
    compiled = MimeTemplate.compile(template(rich=source, text=source))
    mail = compiled.complete(delivery(values={"name": name, "other": other}), NOW)
    assert mail.content.isascii()
    assert all(len(line) <= 78 for line in mail.content.split(b"\r\n"))
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    message = read(mail.content)
    assert body(message, "plain") == lines(f"{before}{name}{between}{other}{name}{after}")
    name, other = html.escape(name), html.escape(other)
    assert body(message, "html") == lines(f"{before}{name}{between}{other}{name}{after}")
    assert not message.defects


def test_every_header_is_there_once() -> None:
    message = read(MimeTemplate.compile(template()).complete(delivery(), NOW).content)
    assert dict(message.items()) | {"Content-Type": ""} == {
        "From": "Academy of Weaving <no-reply@academy.example>",
        "Reply-To": "office@academy.example",
        "To": "Ngozi Ọkafor <ngozi@example.org>",
        "Subject": "For Ngozi",
        "Date": "Mon, 23 Nov 2026 12:30:05 +0000",
        "Message-ID": "<a.credential.1@conferral.example>",
        "Content-Language": "en",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_two_attempts_at_one_delivery_are_the_same_bytes_but_for_the_date() -> None:
    compiled = MimeTemplate.compile(template())
    assert compiled.complete(delivery(), NOW) == compiled.complete(delivery(), NOW)
    other = compiled.complete(delivery(message_id="<other@conferral.example>"), NOW)
    assert read(other.content).get_boundary() != read(compiled.complete(delivery(), NOW).content).get_boundary()


def test_a_value_is_text_in_html_and_never_markup() -> None:
    mail = MimeTemplate.compile(template(rich='<a title="{{ name }}">{{ name }}</a>')).complete(
        delivery(values={"name": '"><script>alert(1)</script>'}), NOW
    )
    assert "<script" not in body(read(mail.content), "html")


def test_a_value_is_not_read_as_a_template() -> None:
    mail = MimeTemplate.compile(template()).complete(delivery(values={"name": "{{ link }}"}), NOW)
    assert body(read(mail.content), "plain") == "{{ link }}"


def test_a_header_cannot_come_in_through_a_value_of_the_subject() -> None:
    mail = MimeTemplate.compile(template()).complete(delivery(values={"name": "x\r\nBcc: victim@example.org"}), NOW)
    message = read(mail.content)
    assert message["Bcc"] is None
    assert message["Subject"] == "For x Bcc: victim@example.org"


def test_no_reply_to_means_no_header() -> None:
    assert read(MimeTemplate.compile(template()).complete(delivery(reply_to=None), NOW).content)["Reply-To"] is None


def test_a_missing_value_is_named() -> None:
    with pytest.raises(MissingValue, match="course"):
        MimeTemplate.compile(template(text="{{ course }}")).complete(delivery(), NOW)


def test_an_international_mailbox_is_marked_for_the_server() -> None:
    mail = MimeTemplate.compile(template()).complete(delivery(to_address="用户@例子.example"), NOW)
    assert mail.utf8
    assert mail.recipient == "用户@xn--fsqu00a.example"
    assert "用户@" in mail.content.decode()
