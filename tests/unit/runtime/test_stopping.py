"""The first signal asks, the second does not."""

import signal
import subprocess
import sys
import time

from conferral.runtime.process import Stopping

PROGRAM = """
import time
from conferral.runtime.process import install_signal_handlers
stopping = install_signal_handlers()
print("up", flush=True)
stopping.wait()
print("asked", flush=True)
time.sleep(60)
"""


def test_waiting_ends_when_the_time_is_up_or_it_is_set() -> None:
    stopping = Stopping()
    began = time.monotonic()
    assert stopping.wait(0.1) is False
    assert 0.09 < time.monotonic() - began < 1
    stopping.set()
    assert stopping.wait() is True
    assert stopping.is_set()


def test_the_second_signal_ends_the_process_at_once() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == b"asked\n"
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 128 + signal.SIGTERM
