"""TXT records from a real name server."""

import socket

from dns.resolver import Resolver

from services.issuer_web.adapters.dns_records import DnsRecords
from tests.support.dns import name_server


def test_records_are_read_whole_and_missing_ones_told_from_no_answer() -> None:
    long = "v=DKIM1; k=rsa; p=" + "A" * 400
    with name_server(
        {"northfield.example": ["v=spf1 ~all", "ünrelated"], "key.northfield.example": [long]}
    ) as resolver:
        records = DnsRecords(resolver)
        assert sorted(records.txt("northfield.example") or ()) == ["v=spf1 ~all", "ünrelated"]
        assert records.txt("key.northfield.example") == [long]
        assert records.txt("_dmarc.northfield.example") == ()


def test_a_name_server_that_does_not_answer_is_given_up_soon() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], silent.getsockname()[1], 0.5
        assert DnsRecords(resolver).txt("northfield.example") is None
