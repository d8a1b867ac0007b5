"""The demo batch: two groups and 25 recipients, entered, published and mailed through the dashboard, as issuers do it.

Safe to run again: what was done is not done twice, and what was cut off is finished.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from conferral.cli.dashboard_visitor import DashboardRefused, DashboardVisitor, Form
from conferral.cli.demo_data import GROUPS, RECIPIENTS, DemoGroup, DemoRecipient
from conferral.cli.screen import Screen
from conferral.local.errors import CannotStart
from conferral.local.files import write_private
from conferral.local.run_file import Addresses

_WAIT_SECONDS = 300
_POLL_SECONDS = 0.3
_SHOWN = "layla@example.org"
_BADGE_LIFE = timedelta(days=3 * 365)


class Diary:
    """Which forms were sent, and to which pages they led: kept in a file from run to run.

    A form is written down before it is sent. The dashboard has put an id into it, by which the store knows a form
    that is sent once more: so a run that was cut off is finished by sending the same forms again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._steps: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def press_once(self, visitor: DashboardVisitor, step: str, prepare: Callable[[], Form]) -> str:
        """Send a step's form, unless that was done before; return the path of the page that it led to."""
        kept = self._steps.get(step, {})
        if "path" in kept:
            return str(kept["path"])
        form = (
            prepare() if "form" not in kept else Form(kept["form"]["action"], list(map(tuple, kept["form"]["values"])))
        )
        self._note(step, {"form": asdict(form)})
        path = visitor.press(form).path
        self._note(step, {"path": path})
        return path

    def _note(self, step: str, told: dict[str, Any]) -> None:
        self._steps[step] = told
        write_private(self._path, json.dumps(self._steps, indent=1).encode())


def run_demo(path: Path, addresses: Addresses, organisation_id: str, screen: Screen) -> None:
    """Make the batch, wait until every email is accepted, and say what there is to see.

    :param path: the diary's file.
    :raises CannotStart: the dashboard refused; the text says what.
    """
    visitor, diary = DashboardVisitor(addresses.dashboard_url), Diary(path)
    try:
        groups_path = f"/o/{organisation_id}/groups"
        _sign_in(visitor, addresses)
        reviews = [_create(visitor, diary, group, groups_path) for group in GROUPS]
        publications = [_publish(visitor, diary, group, review) for group, review in zip(GROUPS, reviews, strict=True)]
        _watch(visitor, publications, screen)
        _show(visitor, reviews, screen)
        visitor.press(visitor.open(groups_path).form("Sign Out"))
    except DashboardRefused as error:
        advice = f"What the demo has done so far is in {path}. Without that file, the next run makes all of it anew."
        raise CannotStart("The demo could not be made.", *error.args, advice) from error


def _sign_in(visitor: DashboardVisitor, addresses: Addresses) -> None:
    form = visitor.open("/sign-in").form("Sign In")
    visitor.press(form.filled({"email": addresses.email, "password": addresses.password}))


def _create(visitor: DashboardVisitor, diary: Diary, group: DemoGroup, groups_path: str) -> str:
    """Make a group and its unpublished credentials; return the path of their review."""

    def group_form() -> Form:
        page = visitor.open(visitor.open(groups_path).link("Create Group"))
        return page.form("Create Group").filled(
            {
                "name": group.name,
                "description": group.description,
                "criteria": group.criteria,
                "design": page.option("design", group.design),
            }
        )

    group_path = diary.press_once(visitor, f"{group.key}: Create Group", group_form)

    def credentials_form() -> Form:
        page = visitor.open(visitor.open(group_path).link("Create Credentials"))
        return _with_recipients(page.form("Create Credentials"), [one for one in RECIPIENTS if one.group == group.key])

    created = diary.press_once(visitor, f"{group.key}: Create Credentials", credentials_form)
    return visitor.open(created).link("Review Unpublished Credentials")


def _with_recipients(form: Form, recipients: Sequence[DemoRecipient]) -> Form:
    """Fill a block for each recipient: the form's first one, and as many like it as Add Another Recipient would add."""
    block = [(name, value) for name, value in form.values if name.startswith("rows-0-")]
    values = [pair for pair in form.values if pair not in block]
    for number, recipient in enumerate(recipients):
        prefix = f"rows-{number}-"
        fields = [(name.replace("rows-0-", prefix), value) for name, value in block]
        typed = _typed(recipient, date.fromisoformat(dict(block)["rows-0-issue_date"]))
        values += Form("", fields).filled({prefix + name: value for name, value in typed.items()}).values
    return Form(form.action, values)


def _typed(recipient: DemoRecipient, issued: date) -> dict[str, str]:
    """Return what is typed into a block."""
    return {
        "name": recipient.name,
        "email": f"{recipient.mailbox}@example.org",
        "expiry_date": (issued + _BADGE_LIFE).isoformat() if recipient.group == "badge" else "",
        "language": recipient.language,
        **{f"attributes-{key}": value for key, value in recipient.attributes.items()},
    }


def _publish(visitor: DashboardVisitor, diary: Diary, group: DemoGroup, review_path: str) -> str:
    """Tick all, Publish, Confirm; return the path of the publication."""

    def confirm_form() -> Form:
        review = visitor.open(review_path)
        form = review.form("Publish")
        ticks = [("credential", row.tick) for row in review.rows() if row.tick]
        return visitor.press(Form(form.action, [*form.values, *ticks])).form("Confirm")

    return diary.press_once(visitor, f"{group.key}: Confirm", confirm_form)


def _watch(visitor: DashboardVisitor, publications: Sequence[str], screen: Screen) -> None:
    """Show how far it is until nothing moves any more, and say how it ended."""
    paths = [visitor.open(path).counts_path() for path in publications]
    counts, deadline = _counts(visitor, paths), time.monotonic() + _WAIT_SECONDS
    if not counts["moving"]:
        screen.say(f"{counts['emails_sent']} of {counts['selected']} recipients have got their email.")
        return
    while counts["moving"]:
        if time.monotonic() > deadline:
            screen.end_progress()
            raise CannotStart(f"Not every email was accepted within {_WAIT_SECONDS} s: {_settled(counts)} were.")
        time.sleep(_POLL_SECONDS)
        with suppress(CannotStart):  # a process that is just started again is worth waiting for
            counts = _counts(visitor, paths)
        note = f"{counts['published']} published"
        screen.progress("Publishing and mailing", _settled(counts), counts["selected"], note)
    screen.end_progress()
    told = f"{counts['emails_sent']} of {counts['selected']} recipients got their email"
    screen.say(f"{told}, {screen.elapsed:.0f} s after the start.")


def _counts(visitor: DashboardVisitor, paths: Sequence[str]) -> Counter[str]:
    """Return the publications' counts together; ``moving`` is how many of them move."""
    counts = Counter[str]()
    for path in paths:
        counts.update({name: value for name, value in visitor.read_json(path).items() if isinstance(value, int)})
    return counts


def _settled(counts: Counter[str]) -> int:
    """Credentials for which nothing more will happen by itself."""
    ends = ("skipped", "failed", "emails_sent", "emails_failed", "emails_unconfirmed")
    return sum(counts[end] for end in ends)


def _show(visitor: DashboardVisitor, reviews: Sequence[str], screen: Screen) -> None:
    """Tell what failed, and where one live credential is."""
    rows = [row for path in reviews for row in visitor.open(path).rows()]
    for row in rows:
        if row.reason:
            screen.say(row.text)
    for row in rows:
        if _SHOWN in row.text:
            screen.line("A live credential", visitor.open(row.path).link("Open Live Page"))
