"""``make mutations``: break each rule of reliability in turn, in a scratch copy, and see a named test fail.

The rules are those of docs/reliability.md. A mutation is a small edit that somebody could make in good faith. One that
no test notices is a hole; so is one whose text is no longer in the code: both end the command with 1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTCOME = Path(__file__).with_name("mutations.md")
_STORE = "services/credential_store"
_TESTS = "tests/integration/credential_store_publishing"
_RUNTIME = "conferral/runtime"
_TEST_SECONDS = 240


@dataclass(frozen=True)
class Mutation:
    """An edit, and the test that must fail with it."""

    rule: int
    what: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS = (
    Mutation(
        1, "believe the message: render a chunk again whatever the database says",
        f"{_STORE}/handlers/publishing.py", 'if chunk["state"] != "queued" or chunk["next_attempt_at"] > now or',
        "if", f"{_TESTS}/test_publishing.py::test_a_second_command_for_what_is_being_rendered_takes_it_from_nobody",
    ),
    Mutation(
        2, "write the outbox row outside of the transaction",
        f"{_STORE}/handlers/publishing.py", "store.outbox.add_commands(scope, [command], session=session)\n    event",
        "store.outbox.add_commands(scope, [command], session=None)\n    event",
        f"{_TESTS}/test_publishing.py::test_a_command_leaves_with_its_transaction_or_not_at_all",
    ),
    Mutation(
        2, "start the embedded store without a disk write at each commit",
        "conferral/local/servers.py", ', "--sync-on-commit")', ")",
        "tests/integration/local/test_store_durability.py",
    ),
    Mutation(
        3, "drop mandatory",
        f"{_RUNTIME}/outbox_publisher.py", "message.routing_key, message.mandatory)", "message.routing_key, False)",
        "tests/integration/runtime/test_outbox_publisher.py::test_a_command_without_a_queue_is_refused",
    ),
    Mutation(
        3, "publish without persistence",
        f"{_RUNTIME}/outbox_publisher.py", "_PERSISTENT = 2", "_PERSISTENT = 1",
        "tests/integration/runtime/test_outbox_publisher.py::test_messages_arrive_whole_and_persistent",
    ),
    Mutation(
        3, "take a new message id for each attempt",
        f"{_STORE}/adapters/bus.py", 'message_id=row["_id"]', "message_id=__import__('secrets').token_hex(13)",
        f"{_TESTS}/test_relay.py::test_what_a_dead_relay_held_is_published_with_the_same_id",
    ),
    Mutation(
        3, "delete the row before the broker has confirmed it",
        f"{_STORE}/handlers/relay_outbox.py", "    IN_HAND.set(len(rows))\n",
        '    outbox.remove(scope, token, [row["_id"] for row in rows])\n',
        f"{_TESTS}/test_relay.py::test_while_the_broker_is_away_rows_wait_longer_and_longer",
    ),
    Mutation(
        4, "declare queues without a delivery limit",
        "conferral/contracts/topology.py", '            "x-delivery-limit": DELIVERY_LIMIT,\n', "",
        "tests/contract/test_broker_definitions.py",
    ),
    Mutation(
        5, "acknowledge away what cannot be decoded",
        f"{_RUNTIME}/command_worker.py", 'return "reject", "undecodable"', 'return "ack", "undecodable"',
        "tests/integration/runtime/test_command_worker.py::"
        "test_malformed_commands_are_dead_lettered_and_never_fatal",
    ),
    Mutation(
        5, "try what failed for the moment no more",
        f"{_RUNTIME}/command_worker.py", 'return "requeue", "failed"\n        except Exception',
        'return "ack", "failed"\n        except Exception',
        "tests/integration/runtime/test_command_worker.py::test_what_fails_for_the_moment_is_tried_again",
    ),
    Mutation(
        6, "ignore the fence of a mailer's result",
        f"{_STORE}/domain/deliveries.py", 'delivery["fence"] != result.fence or ', "",
        "tests/unit/credential_store_publishing/test_delivery_rules.py::test_a_stale_fence_says_nothing",
    ),
    Mutation(
        6, "ignore the fence of a publisher's result",
        f"{_STORE}/handlers/publishing.py", 'if chunk["state"] != "rendering" or chunk["fence"] != request.fence:\n'
        '        raise', 'if chunk["state"] != "rendering":\n        raise',
        f"{_TESTS}/test_publishing.py::test_a_stale_fence_changes_nothing",
    ),
    Mutation(
        6, "acknowledge before the work is done",
        f"{_RUNTIME}/command_worker.py", "                with correlation.bound_from(message.headers or {}):\n",
        '                verdicts.put(_Settled(message, "ack", 0.0))\n'
        "                with correlation.bound_from(message.headers or {}):\n",
        "tests/integration/runtime/test_command_worker.py::test_a_broker_restart_in_mid_batch_loses_nothing",
    ),
    Mutation(
        7, "let a design inherit our environment",
        "services/publisher/adapters/design_process.py", "env=_ENVIRONMENT", "env=None",
        "tests/integration/publisher/test_design_host.py::test_a_design_process_has_nothing_of_ours",
    ),
    Mutation(
        8, "drop what is held when told to end",
        f"{_RUNTIME}/command_worker.py",
        "            self._drain(connection, time.monotonic() + grace * _GRACE_SHARE)\n", "",
        "tests/integration/runtime/test_command_worker.py::test_sigterm_finishes_what_runs_and_hands_back_the_rest",
    ),
    Mutation(
        9, "make a new Message-ID each time",
        f"{_STORE}/domain/deliveries.py", 'return f"<{delivery_id}@', 'return f"<{new_id()}@',
        "tests/unit/credential_store_publishing/test_delivery_rules.py::test_the_message_id_follows_from_the_delivery",
    ),
    Mutation(
        10, "send what the store did not record as sending",
        "services/mailer/handlers.py", "[pair for pair in mails if pair[0].delivery_id in begun]", "mails",
        "tests/unit/mailer/test_deliver_emails.py::test_what_was_not_begun_is_not_sent",
    ),
    Mutation(
        10, "take a connection lost after the dot for one lost before",
        "services/mailer/adapters/smtp_session.py", "dot_may_have_left = True", "dot_may_have_left = False",
        "tests/integration/mailer/test_smtp_at_every_byte.py::"
        "test_what_is_said_is_true_wherever_the_server_stops_talking",
    ),
    Mutation(
        10, "release what a killed mailer had in hand, as if it had not left",
        "services/mailer/domain/journal.py", "left=one in left", "left=False",
        "tests/unit/mailer/test_journal.py::test_only_the_message_in_hand_is_unconfirmed",
    ),
    Mutation(
        10, "believe a journal of before the last boot",
        "services/mailer/domain/journal.py", 'if head["boot"] != boot:', "if False:",
        "tests/unit/mailer/test_journal.py::test_a_journal_of_before_the_last_boot_says_nothing",
    ),
    Mutation(
        10, "take the journal of a mailer that stands still for a dead one's",
        "services/mailer/adapters/journals.py",
        "                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", "",
        "tests/unit/mailer/test_journal.py::test_what_a_killed_process_wrote_is_there_and_a_frozen_one_keeps_its_own",
    ),
    Mutation(
        11, "queue again what was found in sending",
        f"{_STORE}/handlers/sweep.py", 'moves = [end(delivery, "unconfirmed", UNKNOWN_END) for',
        "moves = [requeue(delivery, context.clock(), 0.0) for",
        f"{_TESTS}/test_deliveries.py::test_an_end_that_nobody_recorded_is_unconfirmed_and_not_sent_again",
    ),
    Mutation(
        11, "leave expired claims alone",
        f"{_STORE}/handlers/sweep.py", '    "claimed": _release_claims,\n', "",
        f"{_TESTS}/test_deliveries.py::test_a_stale_fence_neither_begins_nor_ends_anything",
    ),
    Mutation(
        12, "send to suppressed addresses",
        f"{_STORE}/handlers/deliveries.py", 'elif addresses[delivery["_id"]] in suppressed:', "elif False:",
        f"{_TESTS}/test_deliveries.py::test_what_must_not_be_sent_any_more_is_cancelled_with_its_reason",
    ),
    Mutation(
        12, "send although the organisation's mail is on hold",
        f"{_STORE}/handlers/deliveries.py", 'return organisation is not None and bool(organisation.get("hold_mail"))',
        "return False", f"{_TESTS}/test_deliveries.py::test_mail_on_hold_stays_queued",
    ),
    Mutation(
        12, "never open the breaker",
        "services/mailer/domain/pace.py", "if self._failures >= self._threshold:", "if False:",
        "tests/integration/mailer/test_smtp.py::test_five_failures_in_a_row_leave_the_server_alone",
    ),
    Mutation(
        13, "allow a draft to become published",
        f"{_STORE}/domain/states.py", '"draft": frozenset({"queued"})', '"draft": frozenset({"queued", "published"})',
        "tests/unit/credential_store/test_states.py::test_a_credential_moves_as_the_table_says_and_no_other_way",
    ),
    Mutation(
        13, "amend whatever the revision",
        f"{_STORE}/adapters/credentials.py", "owned(scope, _id=credential_id, revision=revision)",
        "owned(scope, _id=credential_id)",
        "tests/integration/credential_store/test_credentials.py::test_of_two_amendments_at_once_one_is_a_conflict",
    ),
    Mutation(
        14, "decide at each rendering what should be frozen",
        f"{_STORE}/domain/publishing.py", '        **credential["frozen"],\n    )',
        '        **{**credential["frozen"], "salt": new_id()},\n    )',
        f"{_TESTS}/test_publishing.py::test_a_second_rendering_is_given_what_the_first_was",
    ),
    Mutation(
        15, "move a delivery whatever its state",
        f"{_STORE}/adapters/deliveries.py", '        "state": first.source,\n', "",
        f"{_TESTS}/test_deliveries.py::test_a_move_that_was_decided_on_what_has_moved_since_changes_nothing",
    ),
    Mutation(
        16, "measure leases by this host's wall clock",
        f"{_STORE}/adapters/database.py",
        'self._client.admin.command("hello")["localTime"].replace(tzinfo=UTC)', "datetime.now(UTC)",
        f"{_TESTS}/test_transactions.py::test_the_clock_that_leases_go_by_is_the_databases",
    ),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rule", type=int, action="append", help="only this rule; may be repeated")
    options = parser.parse_args()
    chosen = [one for one in MUTATIONS if not options.rule or one.rule in options.rule]
    with tempfile.TemporaryDirectory(prefix="conferral-mutations-") as folder:
        scratch = _copy(Path(folder) / "copy")
        if _outcome(scratch, *sorted({one.test for one in chosen})) != "UNNOTICED":
            sys.exit("A test fails without any mutation: it says nothing about one.")
        outcomes = [(one, *_try(scratch, one)) for one in chosen]
    if not options.rule:
        _write(outcomes)
    sys.exit(any(outcome not in {"noticed", "endless"} for _, outcome, _ in outcomes))


def _copy(scratch: Path) -> Path:
    """Copy what git knows, and lend it the environments."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().splitlines():
        if (ROOT / name).is_file():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, scratch / name)
    (scratch / ".local").mkdir()
    (scratch / ".local" / "store-venv").symlink_to(ROOT / ".local" / "store-venv")
    return scratch


def _try(scratch: Path, mutation: Mutation) -> tuple[str, float]:
    """Apply, test, undo; return the outcome and the seconds it took."""
    path = scratch / mutation.file
    before = path.read_text()
    began = time.monotonic()
    if before.count(mutation.old) != 1:
        outcome = f"not applicable: the text is there {before.count(mutation.old)} times"
    else:
        path.write_text(before.replace(mutation.old, mutation.new))
        outcome = _outcome(scratch, mutation.test)
        path.write_text(before)
    took = time.monotonic() - began
    print(f"{outcome:<12} {took:5.0f} s  rule {mutation.rule}: {mutation.what}", flush=True)
    return outcome, took


def _outcome(scratch: Path, *tests: str) -> str:
    seconds = _TEST_SECONDS * (1 if len(tests) == 1 else 4)
    environment = os.environ | {"PYTHONPATH": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=scratch, env=environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "endless"  # the test never came to its end, which is noticed, too
    return {0: "UNNOTICED", 1: "noticed"}.get(run.returncode, f"pytest ended with {run.returncode}")


def _write(outcomes: Sequence[tuple[Mutation, str, float]]) -> None:
    lines = [
        "# Mutations",
        "",
        f"What `make mutations` found on {datetime.now(UTC):%Y-%m-%d}: each rule of docs/reliability.md",
        "broken in turn, and the test that failed. Written by the command; do not edit.",
        "",
        "| rule | what was broken | outcome | the test |",
        "|---:|---|---|---|",
        *(f"| {one.rule} | {one.what} | {outcome} | `{one.test}` |" for one, outcome, _ in outcomes),
        "",
    ]
    OUTCOME.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
