import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conferral.cli import reaching
from conferral.cli.__main__ import main
from conferral.local.places import Places
from conferral.local.run_file import Addresses, read, write


def test_every_command_explains_itself() -> None:
    for name, command in main.commands.items():
        answer = CliRunner().invoke(main, [name, "--help"])
        assert answer.exit_code == 0
        assert command.help
        assert command.help[:20] in answer.output


def test_without_a_running_system_a_command_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "default_root", lambda: tmp_path)
    monkeypatch.delenv("CONFERRAL_AMQP_URI", raising=False)
    answer = CliRunner().invoke(main, ["designs", "list", "--json"])
    assert answer.exit_code == 1
    assert "make up" in answer.output


def test_the_environment_goes_before_this_checkouts_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places.prepare(tmp_path / "local")
    monkeypatch.setattr(reaching, "default_root", lambda: places.root)
    addresses = Addresses("d", "p", "e", "pw", "m", "a", "amqp://ours", "mongodb://x", "h", 1)
    write(places.run_file, addresses, [], {})
    assert read(places.run_file) == addresses
    monkeypatch.delenv("CONFERRAL_AMQP_URI", raising=False)
    assert reaching.amqp_uri() == "amqp://ours"
    (tmp_path / "conferral_amqp_uri").write_text("amqp://in-a-file")
    monkeypatch.setenv("CONFERRAL_SECRETS_DIR", str(tmp_path))
    assert reaching.amqp_uri() == "amqp://in-a-file"
    monkeypatch.setenv("CONFERRAL_AMQP_URI", "amqp://theirs")
    assert reaching.amqp_uri() == "amqp://theirs"


def test_stopping_what_does_not_run_says_nothing(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["stop", "--root", str(tmp_path / "none")])
    assert (answer.exit_code, answer.output) == (0, "")


def test_administering_needs_no_package_of_the_local_system_alone() -> None:
    """The images have ``conferral.cli.admin``, and only their own service's packages."""
    absent = "import sys; sys.modules.update(dict.fromkeys(['supervisor', 'rich', 'aiosmtpd', 'jinja2']))"
    code = f"{absent}; import conferral.cli.admin"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
