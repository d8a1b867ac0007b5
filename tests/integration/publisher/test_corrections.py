"""A correction's email, and one that is sent again: real designs, store and mailer, and what a server was given."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.commands import DeliverEmails, PublishChunk
from conferral.contracts.edition import Edition
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials, emails, groups
from conferral.contracts.wording import EmailWording
from services.credential_store.handlers.credentials import amend_credential, get_credential
from services.credential_store.handlers.emails import list_emails, resend_email
from services.credential_store.handlers.groups import change_wording
from services.mailer.adapters.journals import NoJournals
from services.mailer.adapters.smtp_connect import Endpoint
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.adapters.templates import CompiledTemplates
from services.mailer.domain.pace import Breaker, DailyQuota, Pace, Rate
from services.mailer.handlers import Mailer, deliver_emails
from services.publisher.handlers.publish_chunk import Publisher, publish_chunk
from tests.integration.publisher.conftest import WorldOf
from tests.integration.publisher.counting import Counting
from tests.integration.publisher.test_publishing import ALLOWANCE, Direct, StoreBlobs, publisher
from tests.support.publishing import ACTOR, World
from tests.support.smtp import Script, ScriptedServer, Visit, running

CONGRATULATIONS = "Congratulations! "
AGAIN = "has asked for this email to be sent to you again."
SAME_LINK = "the link is the same as before, and now leads to the corrected"


@pytest.fixture
def designs() -> Iterator[Counting]:
    host = Counting(ALLOWANCE, 1)
    yield host
    host.close()


class Blobs:
    """The store's blobs as the mailer reads them."""

    def __init__(self, world: World) -> None:
        self._blobs = StoreBlobs(world)

    def get(self, digest: str) -> bytes:
        return json.dumps(self._blobs.get(digest)).encode()


class Post:
    """A world with its publisher, its mailer, and a mail server."""

    def __init__(self, world: World, ours: Publisher, port: int, server: ScriptedServer) -> None:
        self.world, self.ours, self.server = world, ours, server
        self.smtp = SmtpMailServer(
            Endpoint("127.0.0.1", port, timeout=2.0, final_timeout=2.0),
            Pace(Rate(0, time.monotonic), DailyQuota(0, lambda: datetime.now(UTC)), Breaker(time.monotonic)),
            pause=lambda _: False,
        )

    def publish(self, *pairs: tuple[str, int], tell: bool = True) -> None:
        """Publish, and let nothing leave yet."""
        publication_id = self.world.publish(pairs, tell_again=tell)
        assert self.world.expand() == 1
        names = {"message_id": new_id(), "correlation_id": "test", "organisation_id": self.world.organisation_id}
        publish_chunk(self.ours, PublishChunk(**names, publication_id=publication_id, chunk=0))

    def deliver(self) -> list[EmailMessage]:
        """Send what is queued, and return what the server took since the last time, as a mail program reads it."""
        before = len(self.server.accepted)
        queued = tuple(row["_id"] for row in self.world.rows("deliveries", state="queued"))
        command = DeliverEmails(
            message_id=new_id(), correlation_id="t", organisation_id=self.world.organisation_id, delivery_ids=queued
        )
        templates = CompiledTemplates(Blobs(self.world), {})
        mailer = Mailer(Direct(self.world), self.smtp, templates, threading.Event(), NoJournals())
        deliver_emails(command, mailer)
        taken = self.server.accepted[before:]
        return [message_from_bytes(content, EmailMessage, policy=policy.default) for content in taken]

    def amend(self, credential_id: str, **values: Any) -> tuple[str, int]:
        now = get_credential(
            self.world.context, credentials.GetCredential(actor=ACTOR, credential_id=credential_id)
        ).credential
        request = credentials.AmendCredential(
            actor=ACTOR,
            credential_id=credential_id,
            revision=now.revision,
            content=now.content.model_copy(update=values),
        )
        return credential_id, amend_credential(self.world.context, request).credential.revision

    def resend(self, credential_id: str) -> EmailMessage:
        after = max((row["ordinal"] for row in self.world.rows("deliveries", credential_id=credential_id)), default=0)
        request = emails.ResendEmail(actor=ACTOR, credential_id=credential_id, after=after)
        resend_email(self.world.context, request)
        (mail,) = self.deliver()
        return mail

    def reword(self, **words: str) -> None:
        request = groups.ChangeWording(
            actor=Actor(service="admin"), group_id=self.world.group_ids[0], revision=1, wording=EmailWording(**words)
        )  # fmt: skip
        change_wording(self.world.context, request)


Open = Callable[..., Post]


@pytest.fixture
def post(world_of: WorldOf, designs: Counting) -> Iterator[Open]:
    """Open a world whose one group has a design of this plugin."""
    opened: list[tuple[Post, Any]] = []

    def make(plugin: str = "classic", script: Script | None = None) -> Post:
        world = world_of(plugin, "1.0.0")
        server = ScriptedServer(script) if script else ScriptedServer()
        started = running(server)
        one = Post(world, publisher(world, designs), started.__enter__(), server)
        opened.append((one, started))
        return one

    yield make
    for one, started in opened:
        one.smtp.close()
        started.__exit__(None, None, None)


def part(mail: EmailMessage, kind: str = "plain") -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def link(mail: EmailMessage) -> str:
    return next(line for line in part(mail).splitlines() if "/c/" in line).partition("?")[0]


def test_a_correction_says_so_in_its_subject_and_first_sentence_and_leads_to_the_same_page(
    post: Open, designs: Counting
) -> None:
    ours = post()
    [(credential_id, _), other] = pairs = ours.world.create(2)
    ours.publish(*pairs)
    first = {mail["To"].addresses[0].addr_spec: mail for mail in ours.deliver()}
    ours.publish(ours.amend(credential_id, name="Amina Corrected"))
    (corrected,) = ours.deliver()
    before = first[corrected["To"].addresses[0].addr_spec]
    assert (before["Subject"], corrected["Subject"]) == (
        "Your certificate: Beekeeping",
        "Your certificate was corrected: Beekeeping",
    )
    assert CONGRATULATIONS in part(before)
    for kind in ("plain", "html"):
        assert CONGRATULATIONS not in part(corrected, kind)
        assert SAME_LINK in part(corrected, kind)
        assert "Amina Corrected" in part(corrected, kind)
        assert AGAIN not in part(corrected, kind)
    assert link(before) == link(corrected)
    assert designs.compiled == 1, "both emails come from one compilation"
    ours.publish(ours.amend(other[0], name="Second Corrected"), tell=False)
    assert ours.deliver() == []


def test_what_a_person_has_sent_again_says_so_above_under_the_same_subject(post: Open) -> None:
    ours = post()
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    (first,) = ours.deliver()
    again = ours.resend(credential_id)
    assert again["Subject"] == first["Subject"]
    assert part(again).partition("\n")[0].endswith(AGAIN)
    assert part(first) in part(again).replace(ours.world.rows("deliveries", ordinal=2)[0]["link_token"],
                                              ours.world.rows("deliveries", ordinal=1)[0]["link_token"])  # fmt: skip
    assert AGAIN in part(again, "html")
    assert AGAIN not in part(first, "html")
    assert ours.resend(credential_id)["Subject"] == first["Subject"]


def test_a_correction_that_is_sent_again_is_the_corrections_email(post: Open) -> None:
    ours = post()
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    ours.deliver()
    ours.publish(ours.amend(credential_id, name="Amina Corrected"))
    (corrected,) = ours.deliver()
    again = ours.resend(credential_id)
    assert again["Subject"] == corrected["Subject"]
    assert part(again).partition("\n")[0].endswith(AGAIN)
    assert SAME_LINK in part(again)


def test_a_correction_that_was_not_told_of_is_told_by_resending_and_is_not_called_again(post: Open) -> None:
    ours = post()
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    ours.deliver()
    ours.publish(ours.amend(credential_id, name="Amina Corrected"), tell=False)
    told = ours.resend(credential_id)
    assert told["Subject"] == "Your certificate was corrected: Beekeeping"
    assert AGAIN not in part(told)
    assert AGAIN in part(ours.resend(credential_id))


def test_whoever_was_never_told_gets_the_first_email_whatever_the_version(post: Open) -> None:
    """A corrected address is the most frequent correction: there, nobody knows of any certificate."""
    ours = post()
    [(moved, _), (cancelled, _)] = pairs = ours.world.create(2)
    ours.publish(*pairs)
    # one of the two is cancelled before it leaves
    ours.world.database.collection("deliveries").update_one(
        {"organisation_id": ours.world.organisation_id, "credential_id": cancelled}, {"$set": {"state": "cancelled"}}
    )
    assert len(ours.deliver()) == 1
    ours.publish(ours.amend(moved, email="right@example.org"), ours.amend(cancelled, name="Second Corrected"))
    mails = ours.deliver()
    assert [mail["Subject"] for mail in mails] == ["Your certificate: Beekeeping"] * 2
    assert all(part(mail).count(CONGRATULATIONS) == 1 for mail in mails)
    ours.publish(ours.amend(moved, email="RIGHT@example.org", name="Moved Corrected"))
    assert ours.deliver()[0]["Subject"].startswith("Your certificate was corrected"), "case aside, the same address"


def test_the_issuer_reads_what_each_email_was_about(post: Open) -> None:
    ours = post()
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    ours.deliver()
    ours.resend(credential_id)
    ours.publish(ours.amend(credential_id, name="Amina Corrected"))
    ours.deliver()
    ours.resend(credential_id)
    request = emails.ListEmails(actor=ACTOR, credential_id=credential_id)
    newest_first = [one.occasion for one in list_emails(ours.world.context, request).emails]
    assert newest_first == ["corrected_again", "corrected", "issued_again", "issued"]


def test_an_email_that_was_refused_is_not_called_again(post: Open) -> None:
    refusing = [True]

    def script(visit: Visit, verb: str) -> bool:
        if verb != "RCPT" or not refusing:
            return False
        refusing.clear()
        visit.say("550 5.1.1 no such user")
        return True

    ours = post(script=script)
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    assert ours.deliver() == []
    assert [row["state"] for row in ours.world.rows("deliveries")] == ["failed"]
    assert AGAIN not in part(ours.resend(credential_id))


def test_a_design_that_says_nothing_of_corrections_has_the_hosts_sentence(post: Open) -> None:
    ours = post("minimal")
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    (first,) = ours.deliver()
    ours.publish(ours.amend(credential_id, language="de", name="Amina Corrected"))
    (corrected,) = ours.deliver()
    assert (first["Subject"], corrected["Subject"]) == ("Beekeeping", "Korrigiert: Beekeeping")
    assert "hat etwas daran korrigiert. Sie brauchen nichts zu tun" in part(corrected).partition("\n")[0]
    assert "Der Link ist derselbe wie bisher" in part(corrected, "html")


def test_the_issuers_words_for_the_first_email_are_not_said_of_a_correction_and_their_own_are(post: Open) -> None:
    ours = post()
    ours.reword(subject="Well done, {recipient name}", greeting="Dear {recipient name}", body="You passed!",
                closing="Yours, the office", corrected_body="We misspelt {grade}.")  # fmt: skip
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    assert ours.deliver()[0]["Subject"].startswith("Well done, ")
    ours.publish(ours.amend(credential_id, name="Amina Corrected"))
    (corrected,) = ours.deliver()
    assert corrected["Subject"] == "Your certificate was corrected: Beekeeping"
    assert "You passed!" not in part(corrected)
    assert "Dear Amina Corrected\n\nWe misspelt with distinction.\n" in part(corrected)
    assert "Yours, the office" in part(corrected)


def test_what_was_published_before_there_were_corrections_is_sent_again_as_it_was(post: Open) -> None:
    ours = post()
    [(credential_id, _)] = pairs = ours.world.create(1)
    ours.publish(*pairs)
    (first,) = ours.deliver()
    versions = ours.world.database.collection("versions")
    versions.update_many(
        {"organisation_id": ours.world.organisation_id}, {"$unset": {"email_again": "", "correction": ""}}
    )
    again = ours.resend(credential_id)
    assert again["Subject"] == first["Subject"]
    assert AGAIN not in part(again)


def test_an_edition_names_every_email_that_its_credentials_may_get(post: Open) -> None:
    ours = post()
    ours.publish(*ours.world.create(1))
    (version,) = ours.world.rows("versions")
    blobs = StoreBlobs(ours.world)
    edition = Edition.decode(blobs.get(version["edition"]))
    assert version["email_template"] == edition.email
    assert version["email_again"] == edition.emails["issued_again"]
    assert set(edition.emails) == {"corrected", "issued_again", "corrected_again"}
    assert len({blobs.get(digest)["text"] for digest in (edition.email, *edition.emails.values())}) == 4
