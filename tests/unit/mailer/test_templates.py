import json
from email import message_from_bytes, policy

import pytest

from conferral.contracts.edition import EmailTemplate
from conferral.contracts.errors import InvalidMessage, NotFound
from conferral.contracts.rpc.deliveries import ClaimedDelivery
from services.mailer.adapters.account_mail import invitation, own_templates, password_reset
from services.mailer.adapters.templates import CompiledTemplates
from services.mailer.domain.mime import MimeTemplate
from tests.unit.mailer.test_mime import NOW, delivery

DIGEST = "a" * 64
TEMPLATE = EmailTemplate(language="ar", direction="rtl", subject="{{ name }}", html="{{ name }}", text="{{ name }}")


class Blobs:
    """Blobs in memory, each of which can be read once."""

    def __init__(self, **content: bytes) -> None:
        self._content = {key * 64: value for key, value in content.items()}

    def get(self, digest: str) -> bytes:
        try:
            return self._content.pop(digest)
        except KeyError:
            raise NotFound("gone") from None


def reset() -> ClaimedDelivery:
    values = {"name": "Zoë <b>", "reset_url": "https://conferral.example/reset/abc?x=1&y=2"}
    return delivery(kind="password_reset", template=None, values=values)


def test_a_template_is_read_and_compiled_once_per_digest() -> None:
    templates = CompiledTemplates(Blobs(a=json.dumps(TEMPLATE.encode()).encode()), {})
    assert templates.get(delivery(template=DIGEST)) is templates.get(delivery(template=DIGEST))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"schema_version": 9}', json.dumps(TEMPLATE.encode() | {"language": "e\nn"}).encode()],
)
def test_a_blob_that_is_no_template_is_told_apart_from_one_that_is_missing(content: bytes) -> None:
    templates = CompiledTemplates(Blobs(a=content), {})
    with pytest.raises(InvalidMessage):
        templates.get(delivery(template=DIGEST))
    with pytest.raises(NotFound):
        templates.get(delivery(template="b" * 64))


def test_account_mail_needs_no_blob() -> None:
    own = own_templates()
    assert CompiledTemplates(Blobs(), own).get(reset()) is own["password_reset"]
    with pytest.raises(NotFound):
        CompiledTemplates(Blobs(), {}).get(reset())


def test_the_password_mail_greets_and_links_in_both_parts() -> None:
    message = message_from_bytes(
        own_templates()["password_reset"].complete(reset(), NOW).content, policy=policy.default
    )
    text, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert rich is not None
    assert "Hello Zoë <b>," in text.get_content()
    assert "https://conferral.example/reset/abc?x=1&y=2" in text.get_content().split()
    assert "Hello Zoë &lt;b&gt;," in rich.get_content()
    assert 'href="https://conferral.example/reset/abc?x=1&amp;y=2"' in rich.get_content()
    assert "prefers-color-scheme: dark" in rich.get_content()


def test_every_word_of_the_password_mail_can_be_translated() -> None:
    template = password_reset(lambda text: "…{{ name }}" if "{{ name }}" in text else "…")
    assert template.subject == "…"
    words = template.text.replace("{{ name }}", "").replace("{{ reset_url }}", "")
    assert not any(character.isalpha() for character in words)
    assert MimeTemplate.compile(template).complete(reset(), NOW)


def test_the_password_mail_loads_nothing_from_anywhere() -> None:
    """MJML adds a link to a font service for families that it knows, and a mail program would tell it who reads."""
    rich = password_reset(str).html
    assert "fonts.googleapis" not in rich
    assert "@import" not in rich
    assert "<img" not in rich


def invited() -> ClaimedDelivery:
    values = {
        "organisation": "Tern & <Co>",
        "inviter": "Zoë <b>",
        "invitation_url": "https://conferral.example/invitation/abc?x=1&y=2",
    }
    return delivery(kind="invitation", template=None, to_name="", values=values)


def test_the_invitation_says_who_invites_and_links_in_both_parts() -> None:
    message = message_from_bytes(own_templates()["invitation"].complete(invited(), NOW).content, policy=policy.default)
    text, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert rich is not None
    assert message["subject"] == "Tern & <Co> invites you"
    assert "Zoë <b> invites you to issue digital credentials with Tern & <Co>" in text.get_content()
    assert "https://conferral.example/invitation/abc?x=1&y=2" in text.get_content().split()
    assert "Zoë &lt;b&gt; invites you" in rich.get_content()
    assert 'href="https://conferral.example/invitation/abc?x=1&amp;y=2"' in rich.get_content()


def test_every_word_of_the_invitation_can_be_translated_and_it_loads_nothing() -> None:
    slots = ("{{ organisation }}", "{{ inviter }}", "{{ invitation_url }}")
    template = invitation(lambda text: "…" + "".join(slot for slot in slots if slot in text))
    words = template.text
    for slot in slots:
        words = words.replace(slot, "")
    assert not any(character.isalpha() for character in words)
    assert "fonts.googleapis" not in template.html
    assert "<img" not in template.html
