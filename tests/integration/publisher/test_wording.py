"""A group's own words in what its recipients get: with real designs, stored editions and the mailer's own messages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.edition import EmailTemplate
from conferral.contracts.rpc import groups
from conferral.contracts.rpc.deliveries import ClaimedDelivery
from conferral.contracts.wording import EmailWording
from services.credential_store.handlers.groups import change_wording
from services.mailer.domain.mime import MimeTemplate
from services.publisher.handlers.publish_chunk import publish_chunk
from tests.integration.publisher.conftest import WorldOf
from tests.integration.publisher.counting import Counting
from tests.integration.publisher.test_publishing import ALLOWANCE, StoreBlobs, confirm, publisher
from tests.support.publishing import World


@pytest.fixture
def designs() -> Iterator[Counting]:
    host = Counting(ALLOWANCE, 1)
    yield host
    host.close()


def reword(world: World, revision: int = 1, **words: str) -> None:
    request = groups.ChangeWording(
        actor=Actor(service="admin"),
        group_id=world.group_ids[0],
        revision=revision,
        wording=EmailWording(**words),
    )
    change_wording(world.context, request)


def message(world: World, delivery: dict[str, Any]) -> EmailMessage:
    """The message as the mailer sends it."""
    fields = set(ClaimedDelivery.model_fields) - {"delivery_id"}
    claimed = ClaimedDelivery(delivery_id=delivery["_id"], **{name: delivery[name] for name in fields})
    template = EmailTemplate.decode(StoreBlobs(world).get(delivery["template"]))
    content = MimeTemplate.compile(template).complete(claimed, datetime(2026, 11, 23, tzinfo=UTC)).content
    return message_from_bytes(content, EmailMessage, policy=policy.default)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_words_reach_every_recipient_compiled_once(world_of: WorldOf, designs: Counting) -> None:
    world = world_of("classic", "1.0.0")
    reword(
        world,
        subject="{recipient name}: {group name}",
        body="Well done & <b>.\n\nOn {issue date} {grade}.",
        button="Look",
        closing="Yours, {organisation}",
    )
    publish_chunk(publisher(world, designs), confirm(world, 30))
    deliveries = world.rows("deliveries")
    assert (len(deliveries), designs.compiled) == (30, 1)
    names = {row["_id"]: row["content"]["name"] for row in world.rows("credentials")}
    for delivery in deliveries:
        mail, name = message(world, delivery), names[delivery["credential_id"]]
        assert mail["Subject"] == f"{name}: Beekeeping"
        html, text = body(mail, "html"), body(mail, "plain")
        assert "Well done &amp; &lt;b&gt;.<br /><br />On" in html
        assert "Well done & <b>.\n\nOn" in text
        assert "Look" in html
        assert f"Look:\n{delivery['values']['credential_url']}" in text
        assert "Yours, " in text
        assert f"Hello {name}," in text, "what was left empty is in the design's own words"


def test_what_was_published_keeps_its_words_and_what_follows_has_the_new_ones(
    world_of: WorldOf, designs: Counting
) -> None:
    world = world_of("classic", "1.0.0")
    reword(world, subject="First for {recipient name}")
    ours = publisher(world, designs)
    publish_chunk(ours, confirm(world, 1))
    (before,) = world.rows("deliveries")
    reword(world, 2, subject="Second for {recipient name}")
    publish_chunk(ours, confirm(world, 1))
    (after,) = [row for row in world.rows("deliveries") if row["_id"] != before["_id"]]
    assert str(message(world, before)["Subject"]).startswith("First for ")
    assert str(message(world, after)["Subject"]).startswith("Second for ")


def test_words_that_the_design_does_not_know_send_nothing_and_say_why(world_of: WorldOf, designs: Counting) -> None:
    world = world_of("minimal", "1.0.0")
    reword(world, subject="{instructor}")
    publish_chunk(publisher(world, designs), confirm(world, 2))
    assert world.rows("deliveries") == []
    failures = {row["failure"] for row in world.rows("credentials", state="failed")}
    assert failures == {"The email's wording (subject) has an unknown placeholder: {instructor}"}


def test_a_wording_is_part_of_an_editions_name(world_of: WorldOf, designs: Counting) -> None:
    world = world_of("minimal", "1.0.0")
    ours = publisher(world, designs)
    publish_chunk(ours, confirm(world, 1))
    reword(world, subject="Other")
    publish_chunk(ours, confirm(world, 1))
    assert len({row["edition"] for row in world.rows("public")}) == 2
