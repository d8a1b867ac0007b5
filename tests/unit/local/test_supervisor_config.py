import shlex
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from conferral.local.places import Places
from conferral.local.program import Program
from conferral.local.supervisor_config import render


def _read(text: str, folder: Path) -> ServerOptions:
    """Let the supervisor itself read the file."""
    file = folder / "supervisord.conf"
    file.write_text(text)
    options = ServerOptions()
    options.realize(["-c", str(file)])
    return options


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    places = Places.prepare(tmp_path / "100% ours; and yours")
    monkeypatch.chdir(places.root)  # as the supervisor does
    return places


BROKER = Program(
    name="broker",
    role="broker",
    command=("/bin/echo", "two words", "100%", "a;b", "it's"),
    environment={"SECRET": "50%, {1,2} and 'more", "HOME": "/home/x y"},
    group="infrastructure",
    priority=20,
)
WORKER = Program(
    name="publisher-worker", role="worker", command=("/bin/true",), group="roles", stop_seconds=7, stop_group=False
)


def test_commands_and_environments_arrive_as_they_were_given(places: Places, tmp_path: Path) -> None:
    options = _read(render(places, [BROKER, WORKER]), tmp_path)
    programs = {config.name: config for group in options.process_group_configs for config in group.process_configs}
    broker = programs["broker"]
    assert broker.environment["SECRET"] == "50%, {1,2} and 'more"
    assert broker.environment["CONFERRAL_LOCAL_ROOT"] == str(places.root)
    assert shlex.split(broker.command) == list(BROKER.command)


def test_roles_are_stopped_before_what_they_need(places: Places, tmp_path: Path) -> None:
    options = _read(render(places, [WORKER, BROKER]), tmp_path)
    # the supervisor stops the group of the highest priority first
    assert [group.name for group in sorted(options.process_group_configs)] == ["infrastructure", "roles"]


def test_a_role_is_told_alone_and_killed_with_its_children(places: Places, tmp_path: Path) -> None:
    options = _read(render(places, [WORKER]), tmp_path)
    (worker,) = options.process_group_configs[0].process_configs
    assert (worker.stopasgroup, worker.killasgroup, worker.stopwaitsecs) == (False, True, 7)
    assert worker.startretries == 5


def test_logs_go_to_the_installations_own_folder(places: Places, tmp_path: Path) -> None:
    options = _read(render(places, [BROKER]), tmp_path)
    (broker,) = options.process_group_configs[0].process_configs
    assert Path(broker.stdout_logfile).resolve() == places.logs / "broker.log"


def test_an_environment_that_cannot_be_passed_on_is_refused(places: Places) -> None:
    broken = Program(name="x", role="x", command=("x",), group="roles", environment={"A": 'with "quotes"'})
    with pytest.raises(ValueError, match="A holds"):
        render(places, [broken])
    comment = Program(name="x", role="x", command=("x",), group="roles", environment={"A": "a ;b"})
    with pytest.raises(ValueError, match="comment"):
        render(places, [comment])


def test_only_the_owner_may_talk_to_the_supervisor(places: Places, tmp_path: Path) -> None:
    (server,) = _read(render(places, [WORKER]), tmp_path).server_configs
    assert server["chmod"] == 0o700
    assert server["file"] == str(places.supervisor_socket)


def test_a_socket_path_that_is_too_long_for_the_kernel_moves_to_a_short_folder(tmp_path: Path) -> None:
    places = Places(tmp_path / ("deep/" * 30) / ".local")
    assert len(str(places.supervisor_socket)) < 100
    assert places.key in str(places.supervisor_socket)
