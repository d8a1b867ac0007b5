import os
import subprocess
import sys
import time
from pathlib import Path

from conferral.local import leftovers
from conferral.local.program import ROOT_MARK

_SLEEP = "import time; time.sleep(60)"
# starts a child that has neither the mark nor the session, prints its id, and ignores SIGTERM
_STUBBORN = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", {_SLEEP!r}], env={{}}, start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


def _start(root: Path, code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, ROOT_MARK: str(root)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def test_processes_of_an_installation_are_found_with_their_hidden_children_and_ended(tmp_path: Path) -> None:
    with _start(tmp_path / "mine", _STUBBORN) as process, _start(tmp_path / "other", _SLEEP) as other:
        assert process.stdout
        hidden = int(process.stdout.readline())
        try:
            assert leftovers.find(tmp_path / "mine") == {process.pid, hidden}
            began = time.monotonic()
            assert leftovers.end(tmp_path / "mine", 0.5) == {process.pid, hidden}
            assert time.monotonic() - began < 3
            assert leftovers.find(tmp_path / "mine") == set()
            assert other.poll() is None
        finally:
            other.kill()
            process.kill()


def test_this_process_and_its_ancestors_are_never_found(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys; from conferral.local import leftovers;"
        "sys.exit(bool(leftovers.find(Path(sys.argv[1]))))"
    )
    environment = {**os.environ, ROOT_MARK: str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=False).returncode == 0
