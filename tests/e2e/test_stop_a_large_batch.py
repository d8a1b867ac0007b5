"""Batches of hundreds, paused and cancelled while every process of the system is at work on them."""

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.ids import new_id
from conferral.contracts.operation import A, Operation, Q
from conferral.contracts.rpc import accounts, credentials, groups, previews, publications
from conferral.runtime.rpc_client import RpcClient
from tests.support.waiting import wait_until

SIZE = 300
SECONDS = 90


class Issuer:
    """The installation's first owner, asking the store directly."""

    def __init__(self, system: dict[str, Any]) -> None:
        self._system = system
        self.client = RpcClient(system["amqp_uri"])
        sign_in = accounts.SignIn(
            actor=Actor(service="admin"),
            email=system["email"],
            password=system["password"],
            client_address="127.0.0.1",
        )
        self._actor = Actor(session=self.client.call(accounts.SIGN_IN, sign_in).session)
        me = self.client.call(accounts.RESUME_SESSION, accounts.ResumeSession(actor=self._actor))
        self._organisation_id = me.memberships[0].organisation_id

    def ask(self, operation: Operation[Q, A], **fields: Any) -> A:
        request = operation.request(actor=self._actor, organisation_id=self._organisation_id, **fields)
        return self.client.call(operation, request, timeout=30)

    def publish(self, host: str) -> str:
        """Publish a batch of drafts to recipients of this host, and return the publication's id."""
        listing = previews.ListInstalledDesigns(actor=Actor(service="admin"))
        design = self.client.call(previews.LIST_INSTALLED_DESIGNS, listing, timeout=30).designs[0]
        design_id, group_id, publication_id = new_id(), new_id(), new_id()
        self.ask(
            groups.CREATE_DESIGN,
            design_id=design_id,
            name=host,
            plugin_id=design.plugin_id,
            plugin_version=design.plugin_version,
            options={},
        )
        self.ask(groups.CREATE_GROUP, group_id=group_id, content=groups.GroupContent(name=host, design_id=design_id))
        rows = tuple(
            credentials.CredentialRow(
                group_id=group_id,
                content=credentials.CredentialContent(
                    name=f"Recipient {number}", email=f"r{number}@{host}", issue_date=date(2026, 11, 24)
                ),
            )
            for number in range(SIZE)
        )
        created = self.ask(credentials.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows)
        pairs = tuple((str(result.credential_id), 1) for result in created.results)
        self.ask(publications.REQUEST_PUBLICATION, publication_id=publication_id, credentials=pairs)
        return publication_id

    def summary(self, publication_id: str) -> publications.PublicationSummary:
        return self.ask(publications.GET_PUBLICATION, publication_id=publication_id).publication

    def mails(self, host: str) -> Counter[str]:
        """Return how many emails each recipient of this host got."""
        with urllib.request.urlopen(self._system["mailbox_api"], timeout=5) as answer:
            return Counter(to for mail in json.load(answer) for to in mail["recipients"] if to.endswith(f"@{host}"))


@pytest.fixture
def issuer(system: dict[str, Any]) -> Iterator[Issuer]:
    issuer = Issuer(system)
    yield issuer
    issuer.client.close()


def test_a_batch_that_is_paused_and_resumed_again_and_again_arrives_whole_and_once(issuer: Issuer) -> None:
    publication_id = issuer.publish("paused.example.org")
    for mark in (1, 60, 150):
        wait_until(lambda mark=mark: issuer.summary(publication_id).counts.emails_sent >= mark, SECONDS)
        held = issuer.ask(publications.PAUSE_PUBLICATION, publication_id=publication_id).publication
        assert held.hold == "paused" or held.status == "finished"
        issuer.ask(publications.RESUME_PUBLICATION, publication_id=publication_id)
    wait_until(lambda: issuer.summary(publication_id).status == "finished", SECONDS)
    assert issuer.summary(publication_id).counts.emails_sent == SIZE
    mails = issuer.mails("paused.example.org")
    assert len(mails) == SIZE
    assert set(mails.values()) == {1}


def test_a_batch_that_is_cancelled_ends_with_everything_sent_or_cancelled(issuer: Issuer) -> None:
    publication_id = issuer.publish("cancelled.example.org")
    wait_until(lambda: issuer.summary(publication_id).counts.emails_sent >= 1, SECONDS)
    issuer.ask(publications.CANCEL_PUBLICATION, publication_id=publication_id)
    wait_until(lambda: issuer.summary(publication_id).status == "finished", SECONDS)
    summary = issuer.summary(publication_id)
    counts = summary.counts
    assert summary.hold == "cancelled"
    assert counts.emails_sent < SIZE, "it was stopped in the middle"
    assert counts.published + counts.cancelled == SIZE
    assert counts.emails_sent + counts.emails_cancelled == counts.published
    mails = issuer.mails("cancelled.example.org")
    assert len(mails) == sum(mails.values()) == counts.emails_sent
