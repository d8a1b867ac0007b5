"""A system that is well passes; whatever is broken behind its back is found, named, and nothing else is."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conferral.contracts.canonical import digest_of
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials
from services.credential_store.bootstrap import build_auditor
from services.credential_store.domain.auditing import leftovers
from services.credential_store.domain.auditing.rules import RULES
from services.credential_store.handlers.auditing.judging import audit
from services.credential_store.handlers.credentials import amend_credential, delete_credentials
from tests.support.auditing import EMAIL_AGAIN, Traffic, create
from tests.support.publishing import ACTOR

LONG_AFTER = 300.0


def test_a_system_that_is_well_passes(traffic: Traffic) -> None:
    verdict = traffic.verdict(accepted=True)
    assert verdict.findings == []
    assert verdict.is_well
    assert verdict.looked_at["credentials"] == 7
    assert verdict.looked_at["accepted messages"] == 4


def test_what_is_on_its_way_is_not_broken(traffic: Traffic) -> None:
    world = traffic.world
    ids = create(world, 3)
    publication_id = world.publish([(one, 1) for one in ids])
    assert traffic.codes() == set()  # confirmed
    world.expand()
    assert traffic.codes() == set()  # queued
    world.load(publication_id)
    assert traffic.codes() == set()  # rendering
    world.pause(publication_id)
    assert traffic.codes() == set()
    world.cancel(publication_id)
    world.control()
    assert traffic.codes() == set()


def test_one_organisation_is_looked_at_alone(traffic: Traffic) -> None:
    traffic.remove_one("public", _id=traffic.credential_ids[1])
    assert traffic.codes(organisation=True) == {"page_missing"}
    stranger = type(traffic)(traffic.world.later(0), traffic.credential_ids, "", "", traffic.log)
    assert stranger.verdict(organisation=True).organisation_id == traffic.world.organisation_id


def test_what_is_found_says_which_record_what_and_what_to_do(traffic: Traffic) -> None:
    credential_id = traffic.credential_ids[1]
    traffic.remove_one("public", _id=credential_id)
    [finding] = traffic.verdict().findings
    assert finding.record == f"credential {credential_id}"
    assert finding.problem == "is published as version 1, and has no page."
    assert finding.rule.invariant == "I3"
    assert finding.rule.advice
    assert finding.unit.organisation_id == traffic.world.organisation_id


def credential_state(traffic: Traffic) -> None:
    traffic.break_one("credentials", {"$set": {"state": "lost"}}, state="draft")


def credential_without_chunk(traffic: Traffic) -> None:
    traffic.break_one("credentials", {"$set": {"state": "queued"}}, state="draft")


def credential_of_done_chunk(traffic: Traffic) -> None:
    traffic.break_one("credentials", {"$set": {"state": "rendering"}}, state="failed")


def failed_in_silence(traffic: Traffic) -> None:
    traffic.break_one("credentials", {"$set": {"failure": None}}, state="failed")


def email_forgotten(traffic: Traffic) -> None:
    traffic.break_one("deliveries", {"$set": {"state": "queued"}}, state="sent")


def publication_forgotten(traffic: Traffic) -> None:
    traffic.break_one("publications", {"$unset": {"sweep_at": ""}}, status="running")


def chunk_counter(traffic: Traffic) -> None:
    traffic.break_one("publication_chunks", {"$inc": {"counts.emails_sent": 1}})


def group_counter(traffic: Traffic) -> None:
    traffic.break_one("group_counters", {"$inc": {"drafts": 1}})


def selection_lost(traffic: Traffic) -> None:
    traffic.remove_one("selections", _id=traffic.publication_id)


def chunk_lost(traffic: Traffic) -> None:
    traffic.remove_one("publication_chunks", publication_id=traffic.publication_id)


def finished_early(traffic: Traffic) -> None:
    chunk = {"$inc": {"counts.emails_sent": -1}}
    traffic.break_one("publication_chunks", chunk)
    traffic.break_one("publications", {"$set": {"status": "finished"}, "$unset": {"sweep_at": ""}})


def email_lost(traffic: Traffic) -> None:
    traffic.remove_one("deliveries", state="sent")


def email_state_behind(traffic: Traffic) -> None:
    traffic.break_one("credentials", {"$set": {"delivery_state": "queued"}}, state="published")


def message_id_shared(traffic: Traffic) -> None:
    one, other = traffic.world.rows("deliveries")[:2]
    traffic.break_one("deliveries", {"$set": {"message_id": one["message_id"]}}, _id=other["_id"])


def page_of_old(traffic: Traffic) -> None:
    traffic.break_one("public", {"$set": {"version": 2}})


def blob_lost(traffic: Traffic) -> None:
    traffic.remove_one("blobs.files", _id=traffic.edition)


def email_again_lost(traffic: Traffic) -> None:
    traffic.remove_one("blobs.files", _id=digest_of(EMAIL_AGAIN))


def blob_torn(traffic: Traffic) -> None:
    traffic.remove_one("blobs.chunks", files_id=traffic.edition)


def index_twice(traffic: Traffic) -> None:
    one, other = traffic.world.rows("versions")[:2]
    traffic.break_one("versions", {"$set": {"status_list_index": one["status_list_index"]}}, _id=other["_id"])


def page_of_draft(traffic: Traffic) -> None:
    [page] = traffic.world.rows("public", _id=traffic.credential_ids[1])
    traffic.world.database.collection("public").insert_one({**page, "_id": traffic.credential_ids[-1]})


def page_of_stranger(traffic: Traffic) -> None:
    [page] = traffic.world.rows("public", _id=traffic.credential_ids[1])
    traffic.world.database.collection("public").insert_one({**page, "_id": new_id()})


def version_of_stranger(traffic: Traffic) -> None:
    version = traffic.world.rows("versions")[0]
    stranger = new_id()
    changed = {**version, "_id": f"{stranger}:1", "credential_id": stranger, "status_list_index": 99_999}
    traffic.world.database.collection("versions").insert_one(changed)


def email_to_stranger(traffic: Traffic) -> None:
    email, stranger = traffic.world.rows("deliveries")[0], new_id()
    changed = {**email, "_id": stranger, "message_id": f"<{stranger}@example.org>", "credential_id": new_id()}
    del changed["publication_id"]
    traffic.world.database.collection("deliveries").insert_one(changed)


def created_by_nobody(traffic: Traffic) -> None:
    traffic.break_one("credentials", {"$set": {"batch_id": new_id()}}, state="draft")


def confirmed_by_nobody(traffic: Traffic) -> None:
    traffic.remove_one("audit", action="request_publication")


def typed_by_nobody(traffic: Traffic) -> None:
    traffic.remove_one("audit", action="create_credentials")


def version_lost(traffic: Traffic) -> None:
    traffic.remove_one("versions", number=1)


def version_superseded_by_nothing(traffic: Traffic) -> None:
    traffic.break_one("versions", {"$set": {"superseded_at": traffic.world.now()}})


def claim_left(traffic: Traffic) -> None:
    traffic.break_one("deliveries", {"$set": {"claim": new_id()}}, state="sent")


def lease_left(traffic: Traffic) -> None:
    until = traffic.world.now() - timedelta(seconds=120)
    rows = traffic.world.database.collection("leases")
    rows.insert_one({"_id": "sweeper", "holder": "a process that is gone", "until": until})


def message_left(traffic: Traffic) -> None:
    due = traffic.world.now() - timedelta(seconds=120)
    row = {"_id": new_id(), "kind": "command", "next_attempt_at": due, "created_at": due, "claim": None}
    traffic.world.database.collection("outbox").insert_one(row)


BROKEN: list[tuple[Callable[[Traffic], None], str]] = [
    (credential_state, "illegal_state"),
    (credential_without_chunk, "no_chunk"),
    (credential_of_done_chunk, "chunk_disagrees"),
    (failed_in_silence, "failed_without_reason"),
    (email_forgotten, "never_looked_at"),
    (publication_forgotten, "never_looked_at"),
    (chunk_counter, "counts_differ"),
    (group_counter, "group_counts_differ"),
    (selection_lost, "selection_differs"),
    (chunk_lost, "chunk_missing"),
    (finished_early, "finished_too_early"),
    (email_lost, "email_missing"),
    (email_state_behind, "email_state_differs"),
    (message_id_shared, "message_id_differs"),
    (page_of_old, "page_differs"),
    (blob_lost, "edition_incomplete"),
    (email_again_lost, "edition_incomplete"),
    (blob_torn, "edition_incomplete"),
    (index_twice, "status_index_twice"),
    (page_of_draft, "page_of_nothing"),
    (page_of_stranger, "page_of_nothing"),
    (version_of_stranger, "version_of_nothing"),
    (email_to_stranger, "email_of_nothing"),
    (created_by_nobody, "created_by_nobody"),
    (confirmed_by_nobody, "not_audited"),
    (typed_by_nobody, "not_audited"),
    (version_lost, "version_missing"),
    (version_superseded_by_nothing, "version_not_superseded"),
    (claim_left, "left_over"),
    (lease_left, "lease_out"),
    (message_left, "message_waits"),
]


@pytest.mark.parametrize(("breaking", "code"), BROKEN, ids=[breaking.__name__ for breaking, _ in BROKEN])
def test_what_is_broken_is_found_and_named(traffic: Traffic, breaking: Callable[[Traffic], Any], code: str) -> None:
    breaking(traffic)
    verdict = traffic.verdict()
    assert code in {finding.code for finding in verdict.findings}
    assert not verdict.is_well
    assert RULES[code].invariant in verdict.broken


def test_what_nobody_looks_at_any_more_is_stuck(traffic: Traffic) -> None:
    world = traffic.world
    publication_id = world.publish([(one, 1) for one in traffic.credential_ids[-2:]])
    assert "stuck" in traffic.codes(seconds=LONG_AFTER)  # nobody expanded it
    world.expand()
    world.load(publication_id)
    records = {finding.record for finding in traffic.verdict(seconds=LONG_AFTER).findings if finding.code == "stuck"}
    assert f"chunk 0 of publication {publication_id}" in records
    assert "stuck" not in traffic.codes(seconds=30)


def test_a_retry_in_the_future_is_not_stuck(traffic: Traffic) -> None:
    world = traffic.world
    publication_id = world.publish([(one, 1) for one in traffic.credential_ids[-2:]])
    world.expand()
    later = world.now() + timedelta(seconds=LONG_AFTER)
    for collection in ("publications", "publication_chunks"):
        world.database.collection(collection).update_many(
            {"organisation_id": world.organisation_id}, {"$set": {"sweep_at": later, "next_attempt_at": later}}
        )
    world.database.collection("publication_chunks").update_many(
        {"organisation_id": world.organisation_id, "state": "done"}, {"$unset": {"sweep_at": ""}}
    )
    world.database.collection("outbox").delete_many({})
    assert traffic.codes(seconds=LONG_AFTER) == set()
    assert publication_id


def test_an_acknowledged_amendment_that_is_gone_is_found(traffic: Traffic) -> None:
    credential_id = traffic.credential_ids[-1]
    amend(traffic, credential_id)
    assert traffic.codes() == set()
    traffic.break_one("credentials", {"$set": {"revision": 1}}, _id=credential_id)
    [finding] = traffic.verdict().findings
    assert finding.code == "amendment_lost"
    assert finding.problem == "was amended to revision 2, and is at revision 1."
    traffic.remove_one("credentials", _id=credential_id)
    assert "amendment_lost" in traffic.codes()


def test_an_amended_draft_that_somebody_deleted_is_not_lost(traffic: Traffic) -> None:
    credential_id = traffic.credential_ids[-1]
    amend(traffic, credential_id)
    request = credentials.DeleteCredentials(actor=ACTOR, credentials=((credential_id, 2),))
    assert delete_credentials(traffic.world.context, request).deleted == 1
    assert traffic.codes() == set()


def test_unfinished_files_of_killed_processes_are_found(traffic: Traffic) -> None:
    folder = traffic.log.parent / "local"
    (folder / "secrets").mkdir(parents=True)
    old = traffic.log.parent / "local" / "secrets" / ".epoch.new"
    old.write_text("half")
    (folder / "run.json").write_text("{}")
    (folder / ".run.json.abcd1234").write_text("fresh")
    os.utime(old, (1, 1))
    auditor = build_auditor(traffic.world.database, folder=folder)
    [finding] = audit(auditor, looks=(0.0,)).findings
    assert (finding.code, finding.record) == ("temporary_file", f"file {old}")


def test_every_rule_is_tested() -> None:
    """What can be found has a test here or beside it that breaks it."""
    folder = Path(__file__).parent
    text = "".join(path.read_text() for path in folder.glob("test_*.py"))
    assert {code for code in RULES if f'"{code}"' not in text} == set()


def test_a_transaction_that_is_left_open_is_named() -> None:
    [finding] = leftovers.examine_transaction(120.0, "127.0.0.1:5")
    assert (finding.code, finding.record) == ("open_transaction", "transaction of 127.0.0.1:5")


def amend(traffic: Traffic, credential_id: str) -> None:
    [stored] = traffic.world.rows("credentials", _id=credential_id)
    content = credentials.CredentialContent.model_validate({**stored["content"], "name": "Amended"})
    request = credentials.AmendCredential(actor=ACTOR, credential_id=credential_id, revision=1, content=content)
    amend_credential(traffic.world.context, request)
