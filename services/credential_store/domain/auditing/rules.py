"""Everything that the auditor can find, by its code: which invariant it breaks, and what to do about it.

I1  what was acknowledged is in a legal state, and nothing is stuck 60 s after it was due
I2  an email that is sent was accepted once, one that failed never, an unconfirmed one at most once; no Message-ID twice
I3  what is published has a page that answers, with everything that it needs
I4  nothing exists that nobody asked for, and every change says who made it
I5  every dead letter is about records that have come to their end, or that were set going again
I6  versions only grow, and no acknowledged amendment is lost
I7  no open transactions, leases, claims or temporary files are left over
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Invariant = Literal["I1", "I2", "I3", "I4", "I5", "I6", "I7"]
INVARIANTS: tuple[Invariant, ...] = get_args(Invariant)

SETTLING = 60.0
"""Seconds after it was due within which something counts as moving."""


@dataclass(frozen=True)
class Rule:
    """``about_time``: where others of its kind move on, it is late, and not stuck."""

    invariant: Invariant
    advice: str
    about_time: bool = False


_RESTORE = "Something other than Conferral wrote to the database, or a write was lost. Compare it with a backup."
_RELAY = "Look whether a relay runs and is ready, and into its log for turn_failed."
_WAKE = "Nothing will look at it by itself. Set its sweep_at to the present, and the sweeper takes it up."
_RECOUNT = "The counters are wrong, the records are right. Set the counters to what was counted."

RULES: Mapping[str, Rule] = {
    "illegal_state": Rule("I1", _RESTORE),
    "no_chunk": Rule(
        "I1", "No part of the system will move it. Set its state to failed, so that its issuer can publish it again."
    ),
    "chunk_disagrees": Rule("I1", _RESTORE),
    "chunk_missing": Rule("I1", _RESTORE),
    "failed_without_reason": Rule("I1", "Its issuer cannot see what to change. Set its failure to what the log says."),
    "never_looked_at": Rule("I1", _WAKE),
    "stuck": Rule("I1", _RELAY, about_time=True),
    "selection_differs": Rule("I1", _RESTORE),
    "finished_too_early": Rule("I1", "Set its status to running and its sweep_at to the present."),
    "counts_differ": Rule("I1", _RECOUNT),
    "group_counts_differ": Rule("I1", _RECOUNT),
    "email_missing": Rule("I2", "Nobody was told of this credential. Its issuer can resend its email."),
    "email_state_differs": Rule("I2", "Set the credential's delivery_state to that of its latest email."),
    "message_id_differs": Rule("I2", "Two emails could have one Message-ID. " + _RESTORE),
    "sent_but_not_accepted": Rule("I2", "It is said to be sent, and the mail server never had it. Resend it."),
    "accepted_twice": Rule("I2", "Somebody got this email twice. Please report it with the mailer's logs."),
    "accepted_but_not_sent": Rule("I2", "The mail server has it, and nothing is known of that here. Do not resend it."),
    "page_missing": Rule("I3", "Its page does not answer. Restore its document in the collection public."),
    "page_differs": Rule("I3", "Its page shows something else. Restore its document in the collection public."),
    "edition_incomplete": Rule("I3", "Its page or email cannot be drawn. Restore the blob from a backup."),
    "status_index_twice": Rule("I3", "Revoking one of them would revoke both. Publish a new version of one of them."),
    "version_of_nothing": Rule("I4", _RESTORE),
    "page_of_nothing": Rule("I4", "Something is public that nobody published. Remove it, once you know what it is."),
    "email_of_nothing": Rule("I4", "Cancel it before it is sent: set its state to cancelled, and remove its sweep_at."),
    "email_nobody_asked_for": Rule(
        "I4", "An email left that is in no record. Please report it with the mailer's logs."
    ),
    "created_by_nobody": Rule("I4", _RESTORE),
    "not_audited": Rule("I4", "Nobody can tell who did this. Look who can write to the database."),
    "letter_unsettled": Rule("I5", "Redrive it on the operations page, or discard it there once its records are well."),
    "version_missing": Rule("I6", _RESTORE),
    "version_not_superseded": Rule("I6", _RESTORE),
    "amendment_lost": Rule("I6", "Somebody's change was answered for and is gone. Restore it from a backup."),
    "left_over": Rule("I7", "It does no harm by itself. Remove what is named, and report it."),
    "lease_out": Rule("I7", _RELAY),
    "message_waits": Rule("I7", "Look whether the broker answers and a relay runs; the rest follows.", about_time=True),
    "open_transaction": Rule("I7", "Find its process by the address, and end it; the server gives its changes up."),
    "temporary_file": Rule("I7", "No process has it open. Remove it."),
}
