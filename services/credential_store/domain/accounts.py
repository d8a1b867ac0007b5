"""Rules of accounts: lengths, limits, tokens, identifiers of organisations."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

SESSION_LIFE = timedelta(hours=12)
RESET_LIFE = timedelta(hours=1)
INVITATION_LIFE = timedelta(days=7)
MOST_PEOPLE = 500
"""In one organisation, invited ones included."""
LONGEST_USER_AGENT = 300
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_000
"""Hashing takes longer the longer it is."""


@dataclass(frozen=True)
class Limit:
    """At most ``most`` attempts in ``window`` seconds."""

    most: int
    window: float


SIGN_IN_PER_ACCOUNT = Limit(10, 900.0)
SIGN_IN_PER_ADDRESS = Limit(60, 900.0)
RESET_PER_ACCOUNT = Limit(4, 3_600.0)
RESET_PER_ADDRESS = Limit(20, 3_600.0)
INVITATIONS_PER_ORGANISATION = Limit(100, 3_600.0)
TEST_EMAILS = Limit(20, 900.0)
INVITATIONS_PER_ADDRESS = Limit(5, 3_600.0)


def new_token() -> str:
    """Return 256 random bits, fit for a cookie and a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what the store keeps of a token. It is random, so that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def password_problem(password: str) -> str | None:
    """Return what is wrong with a new password."""
    if len(password) < SHORTEST_PASSWORD:
        return f"is too short: at least {SHORTEST_PASSWORD} characters."
    if len(password) > LONGEST_PASSWORD:
        return f"is too long: at most {LONGEST_PASSWORD} characters."
    return None


def is_time_zone(name: str) -> bool:
    """Tell whether it is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, no key of a zone, a folder of zones
        return False
    return True


def organisation_did(public_url: str, organisation_id: str) -> str:
    """Return the organisation's did:web, resolved below the public origin (did:web method, section 3.2)."""
    parts = urlsplit(public_url)
    path = [quote(segment, safe="") for segment in parts.path.split("/") if segment]
    return ":".join(["did:web", quote(parts.netloc, safe=""), *path, "o", organisation_id])
