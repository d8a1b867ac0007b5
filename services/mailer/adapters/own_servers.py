"""Organisations' own mail servers: asked for once per revision of their settings, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from conferral.contracts.actors import Actor
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.sending import GET_MAIL_SERVER, GetMailServer, MailServerAnswer
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.ports import MailServer

KEPT = 64
"""Servers with their idle sessions, the most recently used."""


class OwnServers:
    """Implements ``MailServers``.

    :param make: makes the server of an answer; None: the answer says that there is none of its own.
    """

    def __init__(
        self, store: Caller, installation: MailServer, make: Callable[[MailServerAnswer], SmtpMailServer | None]
    ) -> None:
        self._store = store
        self._installation = installation
        self._make = make
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, SmtpMailServer | None]] = OrderedDict()

    def get(self, organisation_id: str, revision: int) -> MailServer:
        """Return the organisation's mail server; see the port."""
        with self._lock:
            known = self._kept.get(organisation_id)
            if known is not None and known[0] >= revision:
                self._kept.move_to_end(organisation_id)
                return known[1] or self._installation
        request = GetMailServer(actor=Actor(service="mailer"), organisation_id=organisation_id)
        answer = self._store.call(GET_MAIL_SERVER, request)
        server = self._make(answer)
        with self._lock:
            dropped = [self._kept.pop(organisation_id, None)]
            self._kept[organisation_id] = (answer.revision, server)
            if len(self._kept) > KEPT:
                dropped.append(self._kept.popitem(last=False)[1])
        for entry in dropped:
            if entry is not None and entry[1] is not None:
                entry[1].close()
        return server or self._installation

    def close(self) -> None:
        """Say goodbye on all idle sessions."""
        with self._lock:
            servers, self._kept = list(self._kept.values()), OrderedDict()
        for _, server in servers:
            if server is not None:
                server.close()
