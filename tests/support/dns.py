"""A small name server on loopback that knows what a test tells it."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.resolver import Resolver

Zone = Mapping[str, Sequence[str]]
"""Name to TXT records; strings longer than 255 bytes are cut as DNS wants it."""


@contextmanager
def name_server(zone: Zone) -> Iterator[Resolver]:
    """Serve the zone; the resolver asks this server and no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(listener, zone), daemon=True)
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
        try:
            yield resolver
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listener: socket.socket, zone: Zone) -> None:
    with suppress(OSError):
        while True:
            wire, client = listener.recvfrom(4096)
            if not wire:
                return
            listener.sendto(_answer(wire, zone), client)


def _answer(wire: bytes, zone: Zone) -> bytes:
    query = dns.message.from_wire(wire)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    name = query.question[0].name
    texts = zone.get(name.to_text(omit_final_dot=True))
    if texts is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
    else:
        for text in texts:
            pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
            quoted = " ".join(f'"{piece}"' for piece in pieces)
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", quoted))
    return response.to_wire()
