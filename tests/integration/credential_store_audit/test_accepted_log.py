"""Against a mail server's own log: nothing twice, nothing said to be sent that never left, nothing unasked for."""

from conferral.contracts.ids import new_id
from tests.support.auditing import Traffic


def mails(traffic: Traffic) -> list[dict[str, str]]:
    return traffic.world.rows("deliveries")


def test_an_email_that_was_accepted_twice_is_found(traffic: Traffic) -> None:
    traffic.accept([mails(traffic)[0]["message_id"]])
    [finding] = traffic.verdict(accepted=True).findings
    assert finding.code == "accepted_twice"
    assert finding.record == f"email {mails(traffic)[0]['_id']}"
    assert finding.problem == "was accepted 2 times (sent here)."


def test_an_email_that_is_sent_and_was_never_accepted_is_found(traffic: Traffic) -> None:
    lines = traffic.log.read_text().splitlines(keepends=True)
    traffic.log.write_text("".join(lines[1:]))
    assert traffic.codes(accepted=True) == {"sent_but_not_accepted"}


def test_an_email_that_failed_or_waits_and_was_accepted_is_found(traffic: Traffic) -> None:
    for state in ("failed", "cancelled"):
        changed = {"$set": {"state": state}}
        traffic.break_one("deliveries", changed, state="sent")
    found = [finding.code for finding in traffic.verdict(accepted=True).findings]
    assert found.count("accepted_but_not_sent") == 2


def test_an_unconfirmed_email_may_have_been_accepted_once(traffic: Traffic) -> None:
    email_id = traffic.break_one("deliveries", {"$set": {"state": "unconfirmed"}}, state="sent")
    found = {finding.code for finding in traffic.verdict(accepted=True).findings}
    assert not {code for code in found if code.startswith(("accepted", "sent"))}
    [email] = traffic.world.rows("deliveries", _id=email_id)
    traffic.accept([email["message_id"]])
    assert "accepted_twice" in traffic.codes(accepted=True)


def test_an_email_that_nobody_asked_for_is_found(traffic: Traffic) -> None:
    stray = f"<{new_id()}@example.org>"
    traffic.accept([stray])
    [finding] = traffic.verdict(accepted=True).findings
    assert (finding.code, finding.record) == ("email_nobody_asked_for", f"message {stray}")


def test_a_line_that_is_still_being_written_waits_for_the_next_look(traffic: Traffic) -> None:
    with traffic.log.open("a") as file:
        file.write(f'{{"message_id": "<{new_id()}@exam')
    assert traffic.codes(accepted=True) == set()
