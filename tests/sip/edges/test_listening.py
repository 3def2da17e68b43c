"""Several places to listen: which one leads to a peer, and what it is told about us."""

import struct

import pytest

from sip.address import Address
from sip.edges.listening import Listeners
from sip.edges.sockets import real_sockets
from sip.edges.transport import ListenFailed
from sip.message import header
from sip.settings import ListenerSettings, SipSettings
from sip.stun import MAGIC
from tests.sip.edges.test_streams import Ear
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import Party, PlainDirectory
from tests.sip.scenes import RAW, SERVICE_URI, TRUNKS, party_and_raw, settings_at
from tests.virtual_time import in_virtual_time

INSIDE = Address("UDP", "127.0.0.1", 5080)
OUTSIDE = ListenerSettings(
    name="outside", transport="UDP", listen="127.0.0.8", port=5080, public_address="203.0.113.8"
)
SETTINGS = SipSettings(
    listen=INSIDE.host,
    port=INSIDE.port,
    listeners=(
        OUTSIDE,
        ListenerSettings(name="six", transport="UDP", listen="::1", port=5080),
        ListenerSettings(name="browsers", transport="WS", listen="127.0.0.1", port=5081),
    ),
)


@pytest.fixture
async def listeners() -> Listeners:
    opened = Listeners(SETTINGS)
    await opened.open(MemoryNetwork().open, Ear())
    return opened


async def test_who_came_in_by_a_listener_goes_out_by_it(listeners: Listeners) -> None:
    peer = Address("UDP", "198.51.100.9", 5060, "outside")
    assert listeners.routed(peer) == peer
    assert listeners.seen_by(peer) == Address("UDP", "203.0.113.8", 5080, "outside")
    transport = listeners.transport(peer)
    assert transport is not None
    assert transport.local.host == "127.0.0.8"


async def test_the_first_listener_of_the_family_and_transport_is_chosen(
    listeners: Listeners,
) -> None:
    assert listeners.routed(Address("UDP", "192.0.2.1", 5060)).listener == ""
    assert listeners.routed(Address("UDP", "2001:db8::1", 5060)).listener == "six"
    assert listeners.seen_by(Address("UDP", "2001:db8::1", 5060)).host == "::1"


async def test_where_no_listener_leads_there_is_no_transport(listeners: Listeners) -> None:
    for peer in (Address("TLS", "192.0.2.1", 5061), Address("TCP", "2001:db8::1", 5060)):
        assert listeners.transport(listeners.routed(peer)) is None


async def test_browsers_only_call_us(listeners: Listeners) -> None:
    assert listeners.kinds == ("UDP", "TCP")
    assert listeners.families == {4, 6}


async def test_a_listener_that_cannot_be_had_closes_the_others() -> None:
    network = MemoryNetwork()
    taken = Address("UDP", "127.0.0.8", 5080)
    await network.open(taken, Ear(), SETTINGS)
    with pytest.raises(ListenFailed, match=r"127\.0\.0\.8:5080"):
        await Listeners(SETTINGS).open(network.open, Ear())
    await network.open(INSIDE, Ear(), SETTINGS)  # free again


@in_virtual_time
async def test_a_call_through_the_outside_is_told_the_public_address() -> None:
    network = MemoryNetwork()
    settings = settings_at(INSIDE, listeners=(OUTSIDE,))
    async with party_and_raw(network, settings=settings) as (party, raw):
        outside = party.agent.listening[2]
        assert outside.listener == "outside"
        raw.towards = outside._replace(listener="")
        raw.send(raw.request("INVITE", SERVICE_URI, body=b"v=0\r\n"))
        ok = await raw.next_response(200)
        assert "203.0.113.8:5080" in header(ok, "Contact")
        answered = [each for each in network.log if each.destination == RAW]
        assert {each.source.host for each in answered} == {"127.0.0.8"}
        party.legs[0].hang_up()
        assert party.legs[0].local_address == "203.0.113.8"


async def test_a_stun_keep_alive_is_answered() -> None:
    settings = SipSettings(port=0, transports=("UDP",))
    party = Party(settings, PlainDirectory(trunk_hosts=TRUNKS))
    await party.agent.start()
    bytes_heard = Ear()
    phone = await real_sockets(Address("UDP", "127.0.0.1", 0), bytes_heard, settings)
    phone.send(struct.pack(">HHI12s", 1, 0, MAGIC, b"twelve bytes"), party.address, print)
    response = await bytes_heard.heard.get()
    port = int.from_bytes(response[26:28], "big") ^ (MAGIC >> 16)
    assert port == phone.local.port
    await phone.close()
    await party.agent.stop()
