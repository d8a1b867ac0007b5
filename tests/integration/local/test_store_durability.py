"""The embedded store as it is started here keeps what it has acknowledged, also when it is killed the moment after."""

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conferral.local import servers
from conferral.local.ports import free_port
from services.credential_store.adapters.database import Database
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration
TRANSACTIONS = 20


def test_a_transaction_that_was_acknowledged_outlives_a_sigkill(tmp_path: Path) -> None:
    """Found by torture: an acknowledged create was gone. Without ``--sync-on-commit`` all twenty of these are."""
    executable, port = servers.find_store(), free_port()
    assert executable is not None
    program = servers.store(executable, tmp_path / "data", port)
    database = Database(f"mongodb://127.0.0.1:{port}/conferral?directConnection=true")
    leases = database.collection("leases")

    def add(number: int) -> None:
        def work(session: Any) -> None:
            leases.insert_one({"_id": str(number)}, session=session)

        database.transaction(work)

    for life in range(2):
        with subprocess.Popen(program.command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_until(lambda: servers.store_answers(port), 60)
                assert leases.count_documents({}) == life * TRANSACTIONS
                for number in range(TRANSACTIONS):
                    if not life:
                        add(number)
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
    database.close()
