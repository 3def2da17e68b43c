"""A name server on loopback with the records a test gives it; counts what it is asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], tuple[str, ...]]
"""(name with a final dot, type) to records as they stand in a zone file."""


class NameServer(asyncio.DatagramProtocol):
    """Attributes: asked: how often each (name, type) was asked for."""

    def __init__(self, zone: Zone, ttl_s: int) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.address = ""
        self._zone = zone
        self._ttl_s = ttl_s
        self._names = {name for name, _ in zone}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        response = dns.message.make_response(query)
        records = self._zone.get((name, kind), ())
        if records:
            rrset = dns.rrset.from_text(question.name, self._ttl_s, "IN", kind, *records)
            response.answer.append(rrset)
        elif name not in self._names:
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), peer)

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def name_server(zone: Zone, *, ttl_s: int = 60) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(
        lambda: NameServer(zone, ttl_s), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        server.close()
