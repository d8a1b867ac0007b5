"""The CSV file of a long list: whole while others go on working, and read no further than anybody wants it."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from prometheus_client import REGISTRY

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials
from services.issuer_web.handlers import exporting
from tests.support.dashboards import Browser
from tests.support.installations import Tenant

COUNT = 3000
PART = 500


def create(tenant: Tenant, names: list[str]) -> set[str]:
    """Store drafts in parts; return their ids."""
    made: set[str] = set()
    for first in range(0, len(names), PART):
        rows = tuple(
            credentials.CredentialRow(
                group_id=tenant.group_id,
                content=credentials.CredentialContent(
                    name=name, email=f"person{first + number}@example.org", issue_date=date(2026, 11, 23)
                ),
            )
            for number, name in enumerate(names[first : first + PART])
        )
        answer = tenant.ask(credentials.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows)
        made |= {str(result.credential_id) for result in answer.results}
    return made


@contextmanager
def somebody_creating(tenant: Tenant) -> Iterator[list[str]]:
    """Create credentials one after the other meanwhile; give their ids."""
    ids: list[str] = []
    over, begun = threading.Event(), threading.Event()

    def work() -> None:
        while not over.is_set():
            ids.append(tenant.draft(f"Meanwhile {len(ids)}"))
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(10)
        yield ids
    finally:
        over.set()
        thread.join()


def pages_asked() -> float:
    labels = {"operation": credentials.LIST_CREDENTIALS.name, "code": "ok"}
    return REGISTRY.get_sample_value("conferral_rpc_calls_total", labels) or 0.0


@pytest.mark.parametrize("narrowed", ["", "?state=draft", "?search=person", "?from=2026-11-23"])
def test_every_row_is_there_once_whatever_is_created_meanwhile(owner: Browser, tenant: Tenant, narrowed: str) -> None:
    made = create(tenant, [f"Person {number}" for number in range(COUNT)])
    with somebody_creating(tenant) as meanwhile:
        answer = owner.get(f"/o/{tenant.id}/credentials.csv{narrowed}")
        assert answer.status_code == 200
        text = answer.data.decode("utf-8-sig")
    found = [row["ID"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert len(found) == len(set(found))
    assert made <= set(found)
    assert set(found) - made <= set(meanwhile)


def test_it_is_sent_as_it_is_read_and_whoever_leaves_has_nothing_more_read(owner: Browser, tenant: Tenant) -> None:
    create(tenant, [f"Person {number}" for number in range(3 * exporting.AT_ONCE)])
    before = pages_asked()
    answer = owner.get(f"/o/{tenant.id}/credentials.csv", buffered=False)
    pieces = iter(answer.response)
    assert b"Recipient Name" in next(pieces)
    assert pages_asked() == before + 1, "the first page is read before anything is sent"
    assert next(pieces).count(b"\r\n") == exporting.AT_ONCE
    assert next(pieces).count(b"\r\n") == exporting.AT_ONCE
    answer.close()
    assert pages_asked() == before + 2
