"""``conferral doctor`` with each part really broken: it says what, and what to do, within its time."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from kombu import Exchange, Queue

from conferral.cli import doctor
from conferral.contracts.topology import COMMANDS, DELIVER_QUEUE
from conferral.runtime import amqp
from conferral.runtime.checkup import Check, Worrying, look
from services.credential_store.adapters import checkup
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.migrations import migrate
from services.publisher.adapters.design_host import DesignHost
from services.publisher.adapters.design_process import Allowance
from services.publisher.entrypoints.doctor import examine as examine_designs
from tests.support.designs import install, plain
from tests.support.publishing import settings_of
from tests.support.smtp import ScriptedServer, Visit, running
from tests.support.store_environment import store_environment

ROOT = Path(__file__).parents[3]
CLOSED = "127.0.0.1:1"


def ask(service: str, *arguments: str, **environment: str) -> dict[str, Check]:
    """Run a service's part; return its checks by name."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "doctor", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    checks = [Check(**one) for one in json.loads(done.stdout)]
    assert done.returncode == any(one.state == "bad" for one in checks)
    assert all(one.advice for one in checks if one.state != "good")
    return {one.name: one for one in checks}


def ask_store(folder: Path, mongodb_uri: str, **extra: str) -> dict[str, Check]:
    return ask("credential_store", **store_environment(settings_of(folder, mongodb_uri), **extra))


def mailer(port: int, **extra: str) -> dict[str, str]:
    return {
        "CONFERRAL_AMQP_URI": f"amqp://me:here@{CLOSED}/x",
        "CONFERRAL_READER_URL": f"http://{CLOSED}",
        "CONFERRAL_QUICK_START": "true",
        "CONFERRAL_SMTP_HOST": "127.0.0.1",
        "CONFERRAL_SMTP_PORT": str(port),
        "CONFERRAL_SMTP_TIMEOUT": "2",
        **extra,
    }


def test_a_store_that_is_down_is_found_soon(tmp_path: Path) -> None:
    began = time.monotonic()
    checks = ask_store(tmp_path, f"mongodb://{CLOSED}/x")
    assert time.monotonic() - began < 20
    assert checks["settings of credential_store"].state == "good"
    assert checks["store"].state == "bad"
    assert "MongoDB" in checks["store"].advice
    assert "store transactions" not in checks


def test_a_store_that_is_well_says_so(tmp_path: Path, mongodb_uri: str) -> None:
    database = Database(mongodb_uri)
    migrate(database)
    database.close()
    checks = ask_store(tmp_path, mongodb_uri, CONFERRAL_EPOCH_FILE=str(tmp_path / "epoch"))
    assert {check.state for check in checks.values()} == {"good"}
    assert "replica set" in checks["store"].said


def test_missing_indexes_are_named(tmp_path: Path, mongodb_uri: str) -> None:
    database = Database(mongodb_uri)
    migrate(database)
    database.collection("outbox").drop_index("due")
    database.close()
    indexes = ask_store(tmp_path, mongodb_uri)["store indexes"]
    assert (indexes.state, indexes.advice) == ("bad", "Run: conferral migrate")
    assert indexes.said == "Missing, or other than declared: outbox.due."


def test_an_index_of_another_kind_is_named(mongodb_uri: str) -> None:
    database = Database(mongodb_uri)
    migrate(database)
    database.collection("people").drop_index("by_email")
    database.collection("people").create_index([("email", 1)], name="by_email")
    with pytest.raises(RuntimeError, match=r"people\.by_email"):
        checkup.is_indexed(database)
    database.close()


@pytest.mark.parametrize(("seconds", "raised"), [(-30, RuntimeError), (30, RuntimeError), (1, Worrying)])
def test_clocks_that_are_apart_are_found(seconds: float, raised: type[Exception]) -> None:
    def hello(_name: str) -> dict[str, Any]:
        return {"localTime": (datetime.now(UTC) + timedelta(seconds=seconds)).replace(tzinfo=None)}

    server: Any = SimpleNamespace(admin=SimpleNamespace(command=hello))
    with pytest.raises(raised, match="apart"):
        checkup.agrees_on_the_time(server)


def test_mail_on_hold_is_told_of(tmp_path: Path, mongodb_uri: str) -> None:
    database = Database(mongodb_uri)
    migrate(database)
    database.collection("deliveries").insert_one({"_id": "x", "organisation_id": "y", "state": "sent"})
    database.close()
    file = tmp_path / "epoch"
    file.write_text(f"{'b' * 26} 3\n")
    mail = ask_store(tmp_path, mongodb_uri, CONFERRAL_EPOCH_FILE=str(file))["mail"]
    assert mail.state == "bad"
    assert "release-mail" in mail.advice
    assert ask_store(tmp_path, mongodb_uri)["mail"].state == "warn"


def test_a_mail_server_that_is_down_is_found() -> None:
    checks = ask("mailer", **mailer(1))
    assert checks["mail server"].state == "bad"
    assert "refused" in checks["mail server"].said


def test_a_mail_server_that_does_not_let_us_in_is_quoted() -> None:
    def script(visit: Visit, verb: str) -> bool:
        if verb == "AUTH":
            visit.say("535 5.7.8 Error: authentication failed, ask Hildegard")
            return True
        return False

    server = ScriptedServer(script, extensions=("AUTH PLAIN",))
    with running(server) as port:
        checks = ask("mailer", **mailer(port, CONFERRAL_SMTP_USER="u", CONFERRAL_SMTP_PASSWORD="p"))
    assert checks["mail server"].state == "bad"
    assert "ask Hildegard" in checks["mail server"].said


def test_a_mail_server_without_tls_is_found() -> None:
    with running(ScriptedServer()) as port:
        checks = ask("mailer", **mailer(port, CONFERRAL_SMTP_TLS="starttls"))
    assert checks["mail server"].state == "bad"


def test_a_mail_server_that_takes_mail_is_well() -> None:
    with running(ScriptedServer()) as port:
        assert ask("mailer", **mailer(port))["mail server"].state == "good"


def test_a_mail_server_that_says_nothing_does_not_hold_us_up() -> None:
    def script(_visit: Visit, verb: str) -> bool:
        return verb == "connect"

    with running(ScriptedServer(script)) as port:
        began = time.monotonic()
        assert ask("mailer", **mailer(port))["mail server"].state == "bad"
    assert time.monotonic() - began < 25


def test_designs_that_do_not_load_are_named(tmp_path: Path) -> None:
    install(tmp_path, "good", plain("good"))
    install(tmp_path, "broken", "raise RuntimeError('the oven is cold')")
    install(tmp_path, "gone", "import os; os._exit(3)")
    designs = DesignHost(Allowance(), 1, [str(tmp_path)])
    try:
        [check] = examine_designs(designs)
    finally:
        designs.close()
    assert check.state == "bad"
    assert "the oven is cold" in check.said
    assert "gone" in check.said
    assert "good of" not in check.said
    assert check.advice


def test_installed_designs_load() -> None:
    environment = {
        "CONFERRAL_AMQP_URI": f"amqp://me:here@{CLOSED}/x",
        "CONFERRAL_READER_URL": f"http://{CLOSED}",
        "CONFERRAL_QUICK_START": "true",
        "CONFERRAL_BLOB_TOKEN": "x" * 40,
    }
    assert ask("publisher", **environment)["designs"].state == "good"


def test_settings_that_start_up_refuses_are_told_all_at_once(tmp_path: Path) -> None:
    environment = {
        "CONFERRAL_AMQP_URI": "amqp://guest:guest@broker/x",
        "CONFERRAL_SECRET_KEY": "changeme",
        "CONFERRAL_HTTP_PORT": "8000",
        "CONFERRAL_PUBLIC_URL": "https://c.example",
        "CONFERRAL_DASHBOARD_URL": "http://c.example",
    }
    said = ask("issuer_web", "dashboard", **environment)["settings of issuer_web dashboard"].said
    assert "CONFERRAL_AMQP_URI: must name a broker user of its own" in said
    assert "CONFERRAL_SECRET_KEY: must be a secret" in said
    environment |= {"CONFERRAL_AMQP_URI": "amqp://a:b@broker/x", "CONFERRAL_SECRET_KEY": "s" * 40}
    assert "TRUSTED_HOSTS" in ask("issuer_web", "dashboard", **environment)["settings of issuer_web dashboard"].said
    environment |= {"CONFERRAL_TRUSTED_HOSTS": "c.example"}
    assert "https://" in ask("issuer_web", "dashboard", **environment)["settings of issuer_web dashboard"].said
    environment |= {"CONFERRAL_DASHBOARD_URL": "https://c.example"}
    assert ask("issuer_web", "dashboard", **environment)["settings of issuer_web dashboard"].state == "good"
    assert ask("credential_store", PYTHONPATH=str(tmp_path))["settings of credential_store"].state == "bad"


def broker(uri: str) -> Check:
    return look("broker", lambda: doctor.broker({"x": {"CONFERRAL_AMQP_URI": uri}}), "advice", 15)


def test_a_broker_that_is_down_or_has_other_queues_is_found(amqp_uri: str) -> None:
    assert broker(f"amqp://me:here@{CLOSED}/x").state == "bad"
    assert broker(amqp_uri).state == "good"
    with amqp.connect(amqp_uri) as connection:
        connection.Producer().publish(b"{}", exchange=COMMANDS.name, routing_key=DELIVER_QUEUE.name)
    with amqp.connect(amqp_uri) as connection:
        Queue(DELIVER_QUEUE.name)(connection.default_channel).delete()
        exchange = Exchange(COMMANDS.name, type="direct", durable=True)
        Queue(DELIVER_QUEUE.name, exchange=exchange, durable=True)(connection.default_channel).declare()
    found = broker(amqp_uri)
    assert found.state == "bad"
    assert "Another version of Conferral declared it" in found.said


def test_what_never_answers_is_told_of_in_time() -> None:
    began = time.monotonic()
    check = look("stone", lambda: time.sleep(60) or "", "Knock again.", 0.2)  # type: ignore[func-returns-value]
    assert time.monotonic() - began < 5
    assert (check.state, check.said) == ("bad", "It did not answer within 0 s.")


def test_a_disk_that_is_full_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "are free where" in doctor.disk(tmp_path / "not" / "there" / "yet")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=10_000_000))
    with pytest.raises(RuntimeError, match=r"0\.0 GB"):
        doctor.disk(tmp_path)


def test_the_command_looks_at_everything_when_all_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith("CONFERRAL_")]:
        monkeypatch.delenv(name)
    run = CliRunner().invoke(doctor.doctor, ["--root", str(tmp_path), "--json"])
    assert run.exit_code == 1
    checks = {one["name"]: one for one in json.loads(run.stdout)}
    assert checks["disk"]["state"] == "good"
    assert {"broker", "settings of credential_store", "settings of mailer", "settings of publisher"} <= set(checks)
    assert all(one["advice"] for one in checks.values() if one["state"] == "bad")
