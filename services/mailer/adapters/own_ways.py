"""Organisations' own ways of sending: asked for once per revision of their settings, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from conferral.contracts.actors import Actor
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.sending import GET_MAIL_SERVER, GetMailServer, MailServerAnswer
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.domain.dkim import signer, unsigned
from services.mailer.domain.pace import Hold
from services.mailer.ports import MailServer, Way

KEPT = 64
"""Ways with their servers' idle sessions, the most recently used."""


@dataclass(frozen=True)
class _Kept:
    revision: int
    way: Way
    own: SmtpMailServer | None

    def close(self) -> None:
        if self.own is not None:
            self.own.close()


class OwnWays:
    """Implements ``Ways``.

    :param make: makes the server of an answer; None: the answer says that there is none of its own.
    """

    def __init__(
        self, store: Caller, installation: MailServer, make: Callable[[MailServerAnswer], SmtpMailServer | None]
    ) -> None:
        self._store = store
        self._installation = installation
        self._make = make
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, organisation_id: str, revision: int) -> Way:
        """Return the organisation's way of sending; see the port."""
        with self._lock:
            known = self._kept.get(organisation_id)
            if known is not None and known.revision >= revision:
                self._kept.move_to_end(organisation_id)
                return known.way
        request = GetMailServer(actor=Actor(service="mailer"), organisation_id=organisation_id)
        fresh = self._from(self._store.call(GET_MAIL_SERVER, request))
        with self._lock:
            dropped = [self._kept.pop(organisation_id, None)]
            self._kept[organisation_id] = fresh
            if len(self._kept) > KEPT:
                dropped.append(self._kept.popitem(last=False)[1])
        for old in dropped:
            if old is not None:
                old.close()
        return fresh.way

    def holds(self) -> dict[str, Hold]:
        """Return which organisations' own servers are left alone for now."""
        with self._lock:
            kept = dict(self._kept)
        found = {one: way.own.hold() for one, way in kept.items() if way.own is not None}
        return {one: hold for one, hold in found.items() if hold is not None}

    def close(self) -> None:
        """Say goodbye on all idle sessions."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), OrderedDict()
        for one in kept:
            one.close()

    def _from(self, answer: MailServerAnswer) -> _Kept:
        own, key = self._make(answer), answer.dkim
        sign = signer(key.domain, key.selector, answer.dkim_private_key) if key else unsigned
        return _Kept(answer.revision, Way(own or self._installation, sign, answer.revision), own)
