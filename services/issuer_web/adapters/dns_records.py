"""TXT records, asked of the resolver that the machine uses."""

from collections.abc import Sequence

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

SECONDS = 3.0
"""For one name, all tries together."""


class DnsRecords:
    """Looks names up; safe from many threads.

    :param resolver: None: made when it is first needed, from the machine's own settings.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver

    def txt(self, name: str) -> Sequence[str] | None:
        """Return the name's TXT records, each joined; None: nobody answered."""
        try:
            if self._resolver is None:
                self._resolver = Resolver()
            answer = self._resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
        except (NXDOMAIN, NoAnswer):
            return ()
        except (DNSException, OSError):
            return None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
