"""How a request finds its way: the next server, TCP for what is long, and back to UDP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, HungUp, Rejected, Ringing
from sip.edges.sockets import real_sockets
from sip.message import Request, header
from sip.settings import SipSettings
from tests.sip.memory_network import MemoryNetwork
from tests.sip.name_server import name_server
from tests.sip.parties import ANSWER, Party, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import ALICE, BOB, BOB_URI, TRUNKS, settings_at
from tests.virtual_time import in_virtual_time

LONG = b"v=0\r\ns=" + b"x" * 1300 + b"\r\n"
DIRECTORY = PlainDirectory(trunk_hosts=TRUNKS)


@asynccontextmanager
async def alice_and_bob(
    network: MemoryNetwork, alice: SipSettings, bob: SipSettings
) -> AsyncIterator[tuple[Party, Party]]:
    both = (
        Party(alice, DIRECTORY, transports=network.open, seed=1),
        Party(bob, DIRECTORY, transports=network.open, seed=2),
    )
    for party in both:
        await party.agent.start()
    try:
        yield both
    finally:
        for party in both:
            await party.agent.stop()


async def call(party: Party, target: Target, sdp: bytes) -> None:
    told = len(party.heard)
    leg = party.call_target(target, sdp=sdp)
    await party.until_heard(told + 1)
    leg.hang_up()


@in_virtual_time
async def test_a_long_request_goes_by_tcp() -> None:
    network = MemoryNetwork()
    async with alice_and_bob(network, settings_at(ALICE), settings_at(BOB)) as (alice, bob):
        await call(alice, Target(BOB_URI), LONG)
        await bob.until(HungUp)
        assert [leg.source.transport for leg in bob.legs] == ["TCP"]
        assert dict(bob.legs[0].invite.headers)["Via"].startswith("SIP/2.0/TCP ")
        await call(alice, Target(BOB_URI), b"short")
        assert bob.legs[1].source.transport == "UDP"


@in_virtual_time
async def test_where_tcp_is_refused_udp_is_used_and_tcp_not_tried_again_soon() -> None:
    network = MemoryNetwork()
    by_udp = settings_at(BOB, transports=("UDP",))
    async with alice_and_bob(network, settings_at(ALICE), by_udp) as (alice, bob):
        for _ in range(2):
            await call(alice, Target(BOB_URI), LONG)
        assert [leg.source.transport for leg in bob.legs] == ["UDP", "UDP"]
        assert [event for event in alice.events if isinstance(event, Rejected)] == []


@in_virtual_time
async def test_peers_that_want_udp_and_registered_phones_get_it() -> None:
    network = MemoryNetwork()
    stubborn = replace(settings_at(ALICE), udp_only=("127.0.0.0/8",))
    async with alice_and_bob(network, stubborn, settings_at(BOB)) as (alice, bob):
        await call(alice, Target(BOB_URI), LONG)
        assert bob.legs[0].source.transport == "UDP"
    network = MemoryNetwork()
    async with alice_and_bob(network, settings_at(ALICE), settings_at(BOB)) as (alice, bob):
        await call(alice, Target(BOB_URI, address=BOB, registered=True), LONG)
        assert bob.legs[0].source.transport == "UDP"


ZONE = {
    ("_sip._udp.carrier.example.", "SRV"): (
        "1 0 5070 first.carrier.example.",
        "2 0 5070 second.carrier.example.",
    ),
    ("first.carrier.example.", "A"): ("127.0.0.1",),
    ("second.carrier.example.", "A"): ("127.0.0.2",),
}
GATEWAYS = (Address("UDP", "127.0.0.1", 0), Address("UDP", "127.0.0.2", 0))


class Carrier:
    """Two gateways on real sockets behind one name, and a caller who knows only the name."""

    caller: Party
    first: RawPeer
    second: RawPeer


@asynccontextmanager
async def carrier() -> AsyncIterator[Carrier]:
    scene = Carrier()
    settings = SipSettings(port=0, transports=("UDP",), t1_s=0.02, t2_s=0.1, t4_s=0.1)
    async with name_server({}) as probe:
        port = int(probe.address.rpartition(":")[2])
    zone = {
        key: tuple(each.replace("5070", str(port)) for each in records)
        for key, records in ZONE.items()
    }
    async with name_server(zone) as names:
        scene.caller = Party(
            replace(settings, dns_servers=(names.address,), hop_patience_s=0.2), DIRECTORY
        )
        await scene.caller.agent.start()
        caller = scene.caller.address
        scene.first = await RawPeer(caller).open(real_sockets, GATEWAYS[0]._replace(port=port))
        scene.second = await RawPeer(caller).open(real_sockets, GATEWAYS[1]._replace(port=port))
        try:
            yield scene
        finally:
            await scene.caller.agent.stop()
            await scene.first.transport.close()
            await scene.second.transport.close()


async def test_503_sends_the_call_to_the_next_gateway_and_remembers() -> None:
    async with carrier() as scene:
        scene.caller.call("sip:112@carrier.example")
        scene.first.respond(
            await scene.first.next_request("INVITE"), 503, headers=(("Retry-After", "30"),)
        )
        scene.second.respond(await scene.second.next_request("INVITE"), 200, body=ANSWER)
        assert await scene.caller.until(Answered) == Answered(ANSWER)
        scene.caller.call("sip:112@carrier.example")
        again = await scene.second.next()
        while not (isinstance(again, Request) and again.method == "INVITE"):
            again = await scene.second.next()


async def test_silence_sends_the_call_to_the_next_gateway() -> None:
    async with carrier() as scene:
        scene.caller.call("sip:112@carrier.example")
        await scene.first.next_request("INVITE")
        scene.second.respond(await scene.second.next_request("INVITE"), 200, body=ANSWER)
        assert await scene.caller.until(Answered) == Answered(ANSWER)


async def test_busy_is_an_answer_and_ringing_is_nobody_elses() -> None:
    async with carrier() as scene:
        scene.caller.call("sip:112@carrier.example")
        scene.first.respond(await scene.first.next_request("INVITE"), 486)
        rejected = await scene.caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert rejected.status == 486
        scene.caller.call("sip:113@carrier.example")
        await scene.first.next_request("ACK")
        invite = await scene.first.next_request("INVITE")
        scene.first.respond(invite, 180)
        await scene.caller.until(Ringing)
        scene.first.respond(invite, 503)
        await scene.first.next_request("ACK")
        assert scene.second.drain() == []


async def test_when_all_are_away_the_last_ones_answer_is_told() -> None:
    async with carrier() as scene:
        scene.caller.call("sip:112@carrier.example")
        scene.first.respond(await scene.first.next_request("INVITE"), 503)
        scene.second.respond(await scene.second.next_request("INVITE"), 503)
        rejected = await scene.caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert (rejected.status, rejected.local) == (503, False)


async def test_who_hung_up_before_any_answer_is_looked_for_nowhere_else() -> None:
    async with carrier() as scene:
        leg = scene.caller.call("sip:112@carrier.example")
        invite = await scene.first.next_request("INVITE")
        leg.hang_up()
        scene.first.respond(invite, 503)
        await scene.first.next_request("ACK")
        await scene.caller.agent.drained()
        assert scene.second.drain() == []


async def test_who_hung_up_before_the_name_was_found_calls_nobody() -> None:
    async with carrier() as scene:
        leg = scene.caller.call("sip:112@carrier.example")
        await asyncio.sleep(0)  # the INVITE is on its way to the name server
        leg.hang_up()
        await scene.caller.agent.drained()
        assert (scene.first.drain(), scene.second.drain()) == ([], [])


async def test_contact_is_what_the_hop_that_was_found_can_reach() -> None:
    """The name leads to TCP by NAPTR; the guess before asking was UDP."""
    settings = SipSettings(port=0, transports=("UDP", "TCP"), t1_s=0.02, t2_s=0.1, t4_s=0.1)
    callee = Party(settings, DIRECTORY, on_call=lambda _, leg: leg.answer(ANSWER))
    await callee.agent.start()
    port = callee.address.port
    zone = {
        ("carrier.example.", "NAPTR"): ('10 10 "s" "SIP+D2T" "" _sip._tcp.carrier.example.',),
        ("_sip._tcp.carrier.example.", "SRV"): (f"1 0 {port} gw.carrier.example.",),
        ("gw.carrier.example.", "A"): ("127.0.0.1",),
    }
    async with name_server(zone) as names:
        caller = Party(replace(settings, dns_servers=(names.address,)), DIRECTORY)
        await caller.agent.start()
        try:
            leg = caller.call("sip:112@carrier.example")
            await caller.until(Answered)
            contact = header(callee.legs[0].invite, "Contact")
            assert contact == f"<sip:alice@127.0.0.1:{caller.address.port};transport=tcp>"
            assert callee.legs[0].source.transport == "TCP"
            callee.legs[0].hang_up()
            await caller.until(HungUp)
            assert leg.ended
        finally:
            await caller.agent.stop()
            await callee.agent.stop()
