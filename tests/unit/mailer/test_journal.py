"""What a dead mailer's journal tells."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from conferral.contracts.rpc.deliveries import DeliveryResult
from services.mailer.adapters import journals as module
from services.mailer.adapters.journals import Journals
from services.mailer.domain import journal

ORGANISATION = "o" * 26
A, B, C, D = (letter * 26 for letter in "abcd")
BOOT = "this-boot"


def sent(delivery_id: str, fence: int = 1) -> DeliveryResult:
    return DeliveryResult(delivery_id=delivery_id, fence=fence, outcome="sent", server="250 2.0.0 taken")


def told(*lines: bytes, boot: str = BOOT) -> dict[str, str] | None:
    account = journal.read(journal.opened(BOOT, ORGANISATION) + b"".join(lines), boot)
    return {result.delivery_id: result.outcome for result in account.results} if account else None


WINDOW = journal.begun([(A, 1), (B, 1), (C, 2)])


def test_only_the_message_in_hand_is_unconfirmed() -> None:
    lines = (WINDOW, journal.recorded(), journal.leaving(A), journal.ended(sent(A)), journal.leaving(B))
    assert told(*lines) == {A: "sent", B: "unconfirmed", C: "release"}


def test_a_window_is_forgotten_once_the_store_has_it_and_not_before() -> None:
    first = (WINDOW, journal.recorded(), *(journal.ended(sent(one)) for one in (A, B, C)), journal.begun([(D, 1)]))
    assert told(*first) == {A: "sent", B: "sent", C: "sent", D: "release"}
    assert told(*first, journal.recorded()) == {D: "release"}


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_last_line_that_is_half_there_is_not_read(cut: int) -> None:
    assert told(WINDOW, journal.leaving(A), journal.ended(sent(A))[:-cut]) == {
        A: "unconfirmed",
        B: "release",
        C: "release",
    }


def test_a_journal_of_before_the_last_boot_says_nothing() -> None:
    """The kernel keeps what was written when a process is killed, not when the machine loses its power."""
    assert told(WINDOW, boot="another-boot") is None


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n", b"{}\n", b"\xff\n", b'{"boot": 1'])
def test_what_is_no_journal_says_nothing(content: bytes) -> None:
    assert journal.read(content, BOOT) is None


def test_a_journal_belongs_to_its_writer_until_it_is_dead(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    with journals.open(ORGANISATION) as log:
        log.write(WINDOW)
        assert list(journals.orphans()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_broke_off_leaves_its_journal_to_be_told_once(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    with suppress(ZeroDivisionError), journals.open(ORGANISATION) as log:
        log.write(WINDOW)
        raise ZeroDivisionError
    first = next(iter(journals.orphans()))
    [again] = journals.orphans()  # whoever was told did not come back for the next: it was not forgotten
    assert first == again
    assert {result.outcome for result in again.results} == {"release"}
    assert list(journals.orphans()) == []


KILLED = """
import sys, time
from pathlib import Path
from services.mailer.adapters.journals import Journals
from services.mailer.domain import journal
with Journals(Path(sys.argv[1])).open("o" * 26) as log:
    log.write(journal.begun([("a" * 26, 1), ("b" * 26, 1)]))
    log.write(journal.leaving("a" * 26))
    print("begun", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_wrote_is_there_and_a_frozen_one_keeps_its_own(tmp_path: Path) -> None:
    journals = Journals(tmp_path)
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        while_frozen = list(journals.orphans())
        process.kill()
        process.wait()
    assert while_frozen == []
    [account] = journals.orphans()
    assert {result.delivery_id: result.outcome for result in account.results} == {A: "unconfirmed", B: "release"}
    assert account.organisation_id == ORGANISATION
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_cannot_be_written_is_given_up_rather_than_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told from half a journal, a message that had left would be released, and sent a second time."""
    journals, write = Journals(tmp_path), os.write

    def full(descriptor: int, line: bytes) -> int:
        if b"leaving" in line:
            raise OSError(28, "No space left on device")
        return write(descriptor, line)

    with suppress(ZeroDivisionError), journals.open(ORGANISATION) as log:
        log.write(WINDOW)
        monkeypatch.setattr(module.os, "write", full)
        log.write(journal.leaving(A))
        monkeypatch.setattr(module.os, "write", write)
        log.write(journal.leaving(B))
        raise ZeroDivisionError
    assert list(journals.orphans()) == []


def test_writing_costs_microseconds(tmp_path: Path) -> None:
    with Journals(tmp_path).open(ORGANISATION) as log:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(200):
                log.write(journal.leaving(A))
            times.append((time.perf_counter() - began) / 200)
    assert min(times) < 1e-3
