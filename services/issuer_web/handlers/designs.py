"""Which designs the publisher has, remembered for a minute: every form needs it, and it changes with deployments."""

import threading
import time
from collections.abc import Sequence

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.previews import LIST_INSTALLED_DESIGNS, DesignDeclaration, ListInstalledDesigns

FRESH = 60.0
"""Seconds."""
PATIENCE = 2.0
"""Seconds to wait for an answer: the forms can do without."""


class InstalledDesigns:
    """The publisher's designs. What was heard last is used when the publisher does not answer."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._lock = threading.Lock()
        self._designs: Sequence[DesignDeclaration] | None = None
        self._asked = 0.0

    def usable(self) -> Sequence[DesignDeclaration]:
        """Return the designs that loaded.

        :raises ConferralError: they were never heard of, and the publisher does not answer.
        """
        return [design for design in self.all() if design.error is None]

    def all(self) -> Sequence[DesignDeclaration]:
        """Return the designs, those that would not load with their errors.

        :raises ConferralError: they were never heard of, and the publisher does not answer.
        """
        with self._lock:
            known, fresh = self._designs, time.monotonic() - self._asked < FRESH
        if known is not None and fresh:
            return known
        try:
            request = ListInstalledDesigns(actor=Actor(service="issuer_web"))
            answer = self._caller.call(LIST_INSTALLED_DESIGNS, request, timeout=PATIENCE)
        except ConferralError:
            if known is None:
                raise
            return known
        with self._lock:
            self._designs, self._asked = answer.designs, time.monotonic()
        return answer.designs

    def by_id(self, plugin_id: str) -> DesignDeclaration | None:
        """Return one design, or None."""
        return next((design for design in self.usable() if design.plugin_id == plugin_id), None)
