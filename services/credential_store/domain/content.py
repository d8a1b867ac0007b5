"""What an issuer enters for one recipient: checked field by field, all problems at once."""

import re
from collections.abc import Callable, Collection
from datetime import date
from functools import partial

from conferral.contracts.rpc.credentials import CredentialContent, RowProblem
from conferral.contracts.rpc.groups import DefaultExpiry, GroupContent
from conferral.contracts.wording import LONGEST, OF_LINES, EmailWording, flaw_of
from services.credential_store.domain import text

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
MOST_ATTRIBUTES = 60
MOST_ATTRIBUTE_CHARACTERS = 20_000
"""Of one credential's values together; what it publishes stays within a few kilobytes."""
MOST_TAGS = 20
MOST_OF_PERIOD = {"days": 36_500, "months": 1_200, "years": 100}
_TAG_LENGTH = 60
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,63}$")


class Problems:
    """Collects what is wrong, so that a person corrects it in one go."""

    def __init__(self) -> None:
        self.found: list[RowProblem] = []

    def add(self, field: str, message: str) -> None:
        """Note a problem."""
        self.found.append(RowProblem(field=field, message=message))

    def check(self, field: str, clean: Callable[[str], str], raw: str) -> str:
        """Return the clean text, or note the problem and return the raw one."""
        try:
            return clean(raw)
        except text.Refused as refused:
            self.add(field, str(refused))
            return raw


def check_credential(content: CredentialContent) -> tuple[CredentialContent, tuple[RowProblem, ...]]:
    """Return the content to store and what is wrong with it; with any problem, it is not to be stored."""
    problems = Problems()
    checked = CredentialContent(
        name=problems.check("name", text.name, content.name),
        email=problems.check("email", text.address, content.email),
        issue_date=content.issue_date,
        expiry_date=content.expiry_date,
        language=problems.check("language", text.language, content.language) if content.language else None,
        attributes=_check_attributes(content.attributes, problems),
    )
    _check_dates(content.issue_date, content.expiry_date, problems)
    return checked, tuple(problems.found)


def is_incomplete(content: CredentialContent, required: Collection[str]) -> bool:
    """Tell whether the design requires an attribute that is not there: such a draft is kept, but not published."""
    return any(not content.attributes.get(key) for key in required)


def check_group(content: GroupContent) -> tuple[GroupContent, tuple[RowProblem, ...]]:
    """Return the group's content to store and what is wrong with it."""
    problems = Problems()
    tags = [
        problems.check(f"tags.{at}", lambda raw: text.line(raw, longest=_TAG_LENGTH), tag)
        for at, tag in enumerate(content.tags)
    ]
    if len(tags) > MOST_TAGS:
        problems.add("tags", f"are too many: at most {MOST_TAGS}.")
    checked = GroupContent(
        name=problems.check("name", text.name, content.name),
        description=problems.check("description", text.long_text, content.description),
        criteria=problems.check("criteria", text.long_text, content.criteria),
        criteria_url=problems.check("criteria_url", text.url, content.criteria_url) if content.criteria_url else None,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        language=problems.check("language", text.language, content.language),
        visibility=content.visibility,
        design_id=content.design_id,
        image=content.image,
        sender_name=problems.check("sender_name", text.name, content.sender_name) if content.sender_name else "",
        reply_to=problems.check("reply_to", text.address, content.reply_to) if content.reply_to else None,
        duplicates=content.duplicates,
        expiry=_check_expiry(content.expiry, problems),
    )
    return checked, tuple(problems.found)


def check_wording(wording: EmailWording) -> tuple[EmailWording, tuple[RowProblem, ...]]:
    """Return the words of a group's emails to store and what is wrong with them, unknown names aside."""
    problems = Problems()
    checked = {}
    for part, longest in LONGEST.items():
        rule = text.long_text if part in OF_LINES else text.line
        field = f"wording.{part}"
        checked[part] = problems.check(field, partial(rule, longest=longest), getattr(wording, part))
        if flaw := flaw_of(checked[part]):
            problems.add(field, str(flaw))
    return EmailWording(**checked), tuple(problems.found)


def _check_expiry(expiry: DefaultExpiry, problems: Problems) -> DefaultExpiry:
    """Keep of a default expiry only what its kind needs."""
    match expiry.kind:
        case "period":
            most = MOST_OF_PERIOD[expiry.unit]
            if not 1 <= expiry.amount <= most:
                problems.add("expiry", f"must be from 1 to {most} {expiry.unit}.")
            return DefaultExpiry(kind="period", amount=expiry.amount, unit=expiry.unit)
        case "date":
            if expiry.day is None or not EARLIEST <= expiry.day <= LATEST:
                problems.add("expiry", f"needs a day between {EARLIEST.year} and {LATEST.year}.")
            return DefaultExpiry(kind="date", day=expiry.day)
        case _:
            return DefaultExpiry()


def _check_attributes(attributes: dict[str, str], problems: Problems) -> dict[str, str]:
    if len(attributes) > MOST_ATTRIBUTES:
        problems.add("attributes", f"are too many: at most {MOST_ATTRIBUTES}.")
        return {}
    checked = {}
    for key, raw in attributes.items():
        if not _KEY.match(key):
            problems.add("attributes", "have a key that is not lower-case letters, digits and underscores.")
        elif clean := problems.check(f"attributes.{key}", text.value, raw):
            checked[key] = clean
    if sum(map(len, checked.values())) > MOST_ATTRIBUTE_CHARACTERS:
        problems.add("attributes", f"are too long: at most {MOST_ATTRIBUTE_CHARACTERS} characters together.")
    return checked


def _check_dates(issue: date, expiry: date | None, problems: Problems) -> None:
    if not EARLIEST <= issue <= LATEST:
        problems.add("issue_date", f"must be between {EARLIEST.year} and {LATEST.year}.")
    if expiry is None:
        return
    if not EARLIEST <= expiry <= LATEST:
        problems.add("expiry_date", f"must be between {EARLIEST.year} and {LATEST.year}.")
    elif expiry < issue:
        problems.add("expiry_date", "must not be before the issue date.")
