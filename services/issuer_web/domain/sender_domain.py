"""What DNS says of a sender's domain, and what to tell whoever runs it. Pure: the lookups come in as answers.

SPF is RFC 7208, DKIM RFC 6376, DMARC RFC 7489.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.issuer_web.domain.text import marked

State = Literal["good", "missing", "wrong", "unknown"]
LookUp = Callable[[str], Sequence[str] | None]
"""Name to its TXT records; None: nobody answered."""
_FEWEST_LABELS = 2
_NO_ANSWER = marked("It could not be looked up at the moment. Try again in a while.")
_ASK_OPERATOR = marked(
    "No record says which servers may send for this domain. Whoever runs this installation knows what it has to say."
)


@dataclass(frozen=True)
class Record:
    """A TXT record to be created."""

    name: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One of the three. ``told`` is to be translated; ``found``: what stands in DNS now."""

    kind: Literal["SPF", "DKIM", "DMARC"]
    state: State
    told: str
    found: str = ""
    wanted: Record | None = None


@dataclass(frozen=True)
class Key:
    """The key that emails are, or would be, signed with."""

    domain: str
    selector: str
    public_key: str


def check(domain: str, look_up: LookUp, *, host: str | None, key: Key | None) -> list[Finding]:
    """Look at all three.

    :param host: the organisation's own mail server; None: the installation's, whose name is not known here.
    :param key: None: there is none for this domain.
    """
    return [check_spf(domain, look_up, host), check_dkim(key, look_up), check_dmarc(domain, look_up)]


def check_spf(domain: str, look_up: LookUp, host: str | None) -> Finding:
    """Say whether DNS tells which servers may send for the domain."""
    answers = look_up(domain)
    if answers is None:
        return Finding("SPF", "unknown", _NO_ANSWER)
    records = [text for text in answers if text.lower().split(" ")[0] == "v=spf1"]
    if not records and host:
        told = marked("No record says which servers may send for this domain.")
        return Finding("SPF", "missing", told, wanted=Record(domain, f"v=spf1 a:{host} ~all"))
    if not records:
        return Finding("SPF", "missing", _ASK_OPERATOR)
    if len(records) > 1:
        told = marked("There is more than one SPF record, so that none of them counts. Make one of them.")
        return Finding("SPF", "wrong", told, " | ".join(records))
    if {"+all", "all"} & set(records[0].lower().split()):
        told = marked("This record lets every server in the world send for this domain.")
        return Finding("SPF", "wrong", told, records[0])
    told = marked("There is a record. Make sure that it names the mail server that is used here.")
    return Finding("SPF", "good", told, records[0])


def check_dkim(key: Key | None, look_up: LookUp) -> Finding:
    """Say whether the key that emails are signed with is published."""
    if key is None:
        return Finding("DKIM", "missing", marked("There is no key yet that signs the emails of this domain."))
    name = f"{key.selector}._domainkey.{key.domain}"
    wanted = Record(name, f"v=DKIM1; k=rsa; p={key.public_key}")
    answers = look_up(name)
    if answers is None:
        return Finding("DKIM", "unknown", _NO_ANSWER, wanted=wanted)
    if not answers:
        return Finding("DKIM", "missing", marked("The key is made, and has to be published in DNS."), wanted=wanted)
    if any(_tags(text).get("p") == key.public_key for text in answers):
        return Finding("DKIM", "good", marked("The key is published."), answers[0])
    told = marked("Another key is published under this name, or this one was cut off.")
    return Finding("DKIM", "wrong", told, answers[0], wanted)


def check_dmarc(domain: str, look_up: LookUp) -> Finding:
    """Say whether DNS tells what to do with what only pretends to be from the domain; a subdomain inherits it."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - _FEWEST_LABELS + 1)):
        answers = look_up(f"_dmarc.{'.'.join(labels[start:])}")
        if answers is None:
            return Finding("DMARC", "unknown", _NO_ANSWER)
        records = [text for text in answers if _tags(text).get("v") == "DMARC1"]
        if records:
            return _judged(records)
    told = marked("No record says what is to be done with emails that only pretend to come from this domain.")
    return Finding("DMARC", "missing", told, wanted=Record(f"_dmarc.{domain}", "v=DMARC1; p=none"))


def _judged(records: Sequence[str]) -> Finding:
    if len(records) > 1:
        told = marked("There is more than one DMARC record, so that none of them counts. Keep one.")
        return Finding("DMARC", "wrong", told, " | ".join(records))
    if _tags(records[0]).get("p") not in {"none", "quarantine", "reject"}:
        return Finding("DMARC", "wrong", marked("The record names no policy (p=)."), records[0])
    return Finding("DMARC", "good", marked("There is a record."), records[0])


def _tags(text: str) -> dict[str, str]:
    """Return a record's tags; white space, which may stand in a long key, is left out."""
    pairs = [part.partition("=") for part in text.split(";")]
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}
