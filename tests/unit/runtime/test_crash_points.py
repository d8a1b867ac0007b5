"""Crash points: nothing where they are not armed, the end of the process where they are."""

import signal
import subprocess
import sys
import timeit
from pathlib import Path

import pytest

from conferral.runtime import crash_points
from conferral.runtime.config import ConfigurationError, ProcessSettings, load

WALK = "import os; from conferral.runtime.crash_points import arm, reached; arm(os.environ)\n"


def walk(names: list[str], at: str, marks: Path | None = None) -> tuple[int, list[str]]:
    """Reach these points in a process of its own; return how it ended and what it passed."""
    code = WALK + f"for name in {names!r}:\n reached(name); print(name, flush=True)"
    environment = {crash_points.ARMED_BY: at} | ({crash_points.MARKS: str(marks)} if marks else {})
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout.split()


def test_the_process_ends_where_it_was_told_to_and_not_before() -> None:
    assert walk(["a", "b", "a", "c", "a", "d"], "a:3") == (-signal.SIGKILL, ["a", "b", "a", "c"])
    assert walk(["a", "b"], "c:1") == (0, ["a", "b"])


def test_what_has_fired_is_marked_and_does_not_fire_again(tmp_path: Path) -> None:
    points = ["a", "b", "s.one", "s.two", "b"]
    ends = [walk(points, "b:1,s.*:1", tmp_path) for _ in range(4)]
    assert [code for code, _ in ends] == [-signal.SIGKILL] * 3 + [0]
    assert [len(passed) for _, passed in ends] == [1, 2, 3, 5]
    assert {mark.name for mark in tmp_path.iterdir()} == {"b", "s.one", "s.two"}


def test_nothing_fires_before_it_is_time(tmp_path: Path) -> None:
    (tmp_path / crash_points.NOT_YET).touch()
    assert walk(["a", "a"], "a:1", tmp_path) == (0, ["a", "a"])


def test_an_armed_process_is_refused_outside_the_quick_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(crash_points.ARMED_BY, "a:1")
    try:
        with pytest.raises(ConfigurationError):
            load(ProcessSettings)
        assert "is for tests" in capsys.readouterr().err
        monkeypatch.setenv("CONFERRAL_QUICK_START", "true")
        assert load(ProcessSettings).quick_start
        assert crash_points.is_armed()
    finally:
        crash_points.arm({})


@pytest.mark.parametrize("text", ["a", "a:", ":1", "a:0", "a:x", "a:1,"])
def test_a_plan_that_cannot_be_read_is_a_problem_of_configuration(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CONFERRAL_QUICK_START", "true")
    monkeypatch.setenv(crash_points.ARMED_BY, text)
    with pytest.raises(ConfigurationError):
        load(ProcessSettings)
    crash_points.arm({})


def test_a_point_that_is_not_armed_costs_next_to_nothing() -> None:
    crash_points.arm({})
    assert min(timeit.repeat(lambda: crash_points.reached("a"), number=10_000, repeat=5)) / 10_000 < 2e-6
