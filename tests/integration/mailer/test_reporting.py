"""Which mail servers a mailer leaves alone is told to the store, and taken back when they answer again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conferral.contracts.ids import new_id
from conferral.contracts.operation import Operation
from conferral.contracts.rpc import operations as contract
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.operations import FORGET_HOLDS, get_operations, report_holds
from services.mailer.domain.pace import Hold
from services.mailer.entrypoints import reporting
from tests.support.publishing import ACTOR, new_world, open_application, settings_of
from tests.support.waiting import wait_until


@pytest.fixture
def store(tmp_path: Path, mongodb_uri: str) -> Iterator[Context]:
    application, database = open_application(settings_of(tmp_path, mongodb_uri))
    yield replace(new_world(application, database).relay, scope=of_system("operations"))
    database.close()


class Direct:
    """Calls the store's handler, through JSON."""

    def __init__(self, store: Context) -> None:
        self._store = store

    def call(self, operation: Operation[Any, Any], request: Any, *, timeout: float | None = None) -> Any:
        del timeout
        assert operation is contract.REPORT_HOLDS
        return report_holds(self._store, contract.ReportHolds.decode(request.encode()))


def shown(store: Context) -> dict[str | None, str]:
    answer = get_operations(store, contract.GetOperations(actor=ACTOR))
    return {hold.organisation_id: hold.reason for hold in answer.holds}


def test_what_is_left_alone_is_shown_until_it_answers_again(store: Context) -> None:
    organisation_id, turns = new_id(), [False] * 2_000
    held: dict[str | None, Hold] = {
        None: Hold("the daily quota is used up", 3600.0),
        organisation_id: Hold("the mail server cannot be reached " + "x" * 500, 12.5),
    }
    current = dict(held)

    def turn(_seconds: float) -> bool:
        return not turns or turns.pop()

    reporting.start(Direct(store), lambda: dict(current), turn)
    wait_until(lambda: set(shown(store)) == {None, organisation_id}, 20)
    assert shown(store)[None] == "the daily quota is used up"
    current.clear()
    wait_until(lambda: shown(store) == {}, 20)
    turns.clear()


def test_a_mailer_that_is_gone_is_forgotten(store: Context) -> None:
    request = reporting.report(new_id(), {None: Hold("the mail server cannot be reached", 30.0)})
    report_holds(store, request)
    assert len(shown(store)) == 1
    later = store.clock
    assert shown(replace(store, clock=lambda: later() + FORGET_HOLDS * 2)) == {}
