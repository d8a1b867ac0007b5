import json
import socket
import stat
from pathlib import Path

import pytest

from conferral.local import ports
from conferral.local.errors import CannotStart


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ports that count as taken; unit tests open no sockets."""
    taken: set[int] = set()
    monkeypatch.setattr(ports, "is_free", lambda port: port not in taken)
    return taken


def test_ports_are_chosen_once_and_kept(tmp_path: Path, free: set[int]) -> None:
    file = tmp_path / "ports.json"
    first = ports.load_ports(file, ["dashboard", "amqp"])
    assert len(set(first.values())) == 2
    assert ports.load_ports(file, ["dashboard", "amqp"]) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_new_name_gets_a_port_and_the_others_keep_theirs(tmp_path: Path, free: set[int]) -> None:
    file = tmp_path / "ports.json"
    first = ports.load_ports(file, ["dashboard"])
    second = ports.load_ports(file, ["dashboard", "reader"])
    assert second["dashboard"] == first["dashboard"]
    assert second["reader"] != first["dashboard"]
    assert json.loads(file.read_text()) == second


def test_a_taken_port_behind_the_scenes_is_replaced(tmp_path: Path, free: set[int]) -> None:
    file = tmp_path / "ports.json"
    first = ports.load_ports(file, ["dashboard", "amqp"])
    free.add(first["amqp"])
    second = ports.load_ports(file, ["dashboard", "amqp"])
    assert second["amqp"] not in free
    assert second["dashboard"] == first["dashboard"]


def test_a_taken_port_that_is_part_of_links_stops_the_start_and_says_what_to_do(tmp_path: Path, free: set[int]) -> None:
    file = tmp_path / "ports.json"
    free.add(ports.load_ports(file, ["public", "amqp"])["public"])
    with pytest.raises(CannotStart) as caught:
        ports.load_ports(file, ["public", "amqp"])
    assert str(file) in str(caught.value)
    assert "(public)" in str(caught.value)


@pytest.mark.enable_socket
def test_a_port_on_which_somebody_listens_is_not_free() -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)
