"""URIs to addresses: numeric ones at once, names by a real name server, and honest failures."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest

from sip.address import Address
from sip.edges.dns import Dns
from sip.edges.resolver import Hops, Resolver
from sip.errors import SipError
from tests.sip.name_server import name_server

EXAMPLE = {
    ("example.com.", "NAPTR"): (
        '20 10 "s" "SIP+D2U" "" _sip._udp.example.com.',
        '10 10 "s" "SIP+D2T" "" _sip._tcp.example.com.',
        '5 10 "s" "SIPS+D2T" "" _sips._tcp.example.com.',
        '1 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
    ),
    ("_sip._tcp.example.com.", "SRV"): (
        "20 0 5080 backup.example.com.",
        "10 0 5070 first.example.com.",
    ),
    ("_sips._tcp.example.com.", "SRV"): ("10 0 5071 first.example.com.",),
    ("first.example.com.", "A"): ("192.0.2.1",),
    ("first.example.com.", "AAAA"): ("2001:db8::1",),
    ("backup.example.com.", "A"): ("192.0.2.2", "192.0.2.3"),
    ("_sip._udp.srv-only.com.", "SRV"): ("10 0 5090 first.example.com.",),
    ("srv-only.com.", "A"): ("192.0.2.9",),
    ("plain.com.", "A"): ("192.0.2.10",),
}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def resolver(
    *transports: str,
    clock: Clock | None = None,
    servers: Sequence[str] = (),
    families: frozenset[int] = frozenset({4}),
) -> Resolver:
    return Resolver(
        transports or ("UDP", "TCP"), clock or Clock(), Dns(servers), Random(1), families=families
    )


async def hops_of(parts: Resolver, uri: str) -> Hops | SipError:
    result: asyncio.Future[Hops | SipError] = asyncio.Future()
    parts.resolve(uri, result.set_result, result.set_result)  # a second one would raise
    return await result


def at_once(parts: Resolver, uri: str) -> Hops | SipError | None:
    results: list[Hops | SipError] = []
    parts.resolve(uri, results.append, results.append)
    return results[0] if results else None


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:a@192.0.2.1", Address("UDP", "192.0.2.1", 5060)),
        ("sip:a@192.0.2.1:5070;transport=tcp", Address("TCP", "192.0.2.1", 5070)),
        ("sip:[2001:DB8::1]:5070", Address("UDP", "2001:db8::1", 5070)),
        ("sip:a@example.com;maddr=192.0.2.7", Address("UDP", "192.0.2.7", 5060)),
        ("sips:a@192.0.2.1", Address("TLS", "192.0.2.1", 5061, domain="192.0.2.1")),
        ("sip:192.0.2.1;transport=tls", Address("TLS", "192.0.2.1", 5061, domain="192.0.2.1")),
    ],
)
async def test_numeric_hosts_need_no_look_up(uri: str, address: Address) -> None:
    assert at_once(resolver("UDP", "TCP", "TLS"), uri) == (address,)


async def test_the_first_transport_is_the_default() -> None:
    hops = at_once(resolver("TCP"), "sip:a@192.0.2.1")
    assert hops == (Address("TCP", "192.0.2.1", 5060),)


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("sips:a@192.0.2.1", 503),
        ("sips:a@192.0.2.1;transport=udp", 503),
        ("tel:123", 503),
        ("sip:a@192.0.2.1;transport=ws", 503),
        ("nonsense", 400),
    ],
)
async def test_where_we_cannot_go(uri: str, status: int) -> None:
    failed = at_once(resolver(), uri)
    assert isinstance(failed, SipError)
    assert failed.status == status


async def test_naptr_chooses_the_transport_and_srv_the_order() -> None:
    async with name_server(EXAMPLE) as server:
        hops = await hops_of(resolver(servers=[server.address]), "sip:a@example.com")
    assert not isinstance(hops, SipError)
    assert hops[0] == Address("TCP", "192.0.2.1", 5070)
    backup = {Address("TCP", "192.0.2.2", 5080), Address("TCP", "192.0.2.3", 5080)}
    assert set(hops[1:]) == backup  # of equal rank: in whatever order they came


async def test_sips_takes_encrypted_services_only_and_remembers_whose_name_is_proved() -> None:
    async with name_server(EXAMPLE) as server:
        parts = resolver("UDP", "TCP", "TLS", servers=[server.address])
        hops = await hops_of(parts, "sips:a@Example.com")
    assert hops == (Address("TLS", "192.0.2.1", 5071, domain="example.com"),)


async def test_ipv6_is_tried_first_where_we_have_it() -> None:
    async with name_server(EXAMPLE) as server:
        parts = resolver("TLS", servers=[server.address], families=frozenset({4, 6}))
        hops = await hops_of(parts, "sips:a@example.com")
    assert not isinstance(hops, SipError)
    assert [hop.host for hop in hops] == ["2001:db8::1", "192.0.2.1"]


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:srv-only.com", Address("UDP", "192.0.2.1", 5090)),
        ("sip:srv-only.com:5060", Address("UDP", "192.0.2.9", 5060)),
        ("sip:srv-only.com;transport=tcp", Address("TCP", "192.0.2.9", 5060)),
        ("sip:plain.com", Address("UDP", "192.0.2.10", 5060)),
        ("sip:plain.com:5070;transport=tcp", Address("TCP", "192.0.2.10", 5070)),
    ],
)
async def test_what_the_uri_says_is_not_asked_for(uri: str, address: Address) -> None:
    async with name_server(EXAMPLE) as server:
        assert await hops_of(resolver(servers=[server.address]), uri) == (address,)


async def test_answers_are_remembered_for_their_time_to_live() -> None:
    clock = Clock()
    async with name_server(EXAMPLE, ttl_s=60) as server:
        parts = resolver(clock=clock, servers=[server.address])
        first = await hops_of(parts, "sip:plain.com:5060")
        clock.now += 59
        assert at_once(parts, "sip:plain.com:5060") == first
        assert server.asked["plain.com.", "A"] == 1
        clock.now += 2
        assert await hops_of(parts, "sip:plain.com:5060") == first
        assert server.asked["plain.com.", "A"] == 2


async def test_what_failed_is_tried_last_for_a_while() -> None:
    clock = Clock()
    async with name_server(EXAMPLE) as server:
        parts = resolver(clock=clock, servers=[server.address])
        before = await hops_of(parts, "sip:a@example.com")
        assert not isinstance(before, SipError)
        parts.avoid(before[0], 20)
        assert at_once(parts, "sip:a@example.com") == (*before[1:], before[0])
        clock.now += 21
        assert at_once(parts, "sip:a@example.com") == before


async def test_names_of_the_hosts_file_are_known() -> None:
    hops = await hops_of(resolver(), "sip:a@localhost:5070")
    assert hops == (Address("UDP", "127.0.0.1", 5070),)


async def test_a_name_that_does_not_exist_is_told() -> None:
    async with name_server(EXAMPLE) as server:
        failed = await hops_of(resolver(servers=[server.address]), "sip:a@nobody.com")
    assert isinstance(failed, SipError)
    assert failed.status == 503


@pytest.mark.parametrize("server", ["ns.example.com", "ns.example.com:53", "192.0.2.53:no"])
def test_a_name_server_that_is_no_address_is_told_at_start(server: str) -> None:
    with pytest.raises(ValueError, match=r"address|int"):
        Dns([server])
