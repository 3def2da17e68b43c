"""Ways to phones behind NAT are kept open while they are registered; others are left alone."""

import asyncio

import pytest

from sip.address import Address, Target
from sip.digest import Credentials
from sip.message import Headers, Request
from sip.registration_client import RegistrationEvent
from tests.sip.edges.test_registrations import register, registrar
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import Party, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import ALICE, BOB, RAW, settings_at
from tests.virtual_time import in_virtual_time

HERE = f"<sip:2001@{RAW.host}:{RAW.port}>"


@in_virtual_time
async def test_a_phone_behind_nat_is_asked_every_25_s_until_its_registration_ends() -> None:
    async with registrar(MemoryNetwork()) as (party, phone):
        await register(phone, expires=100)
        for beat in (1, 2, 3):
            asked = await phone.next_request("OPTIONS")
            assert asyncio.get_running_loop().time() == pytest.approx(25 * beat, abs=1)
            assert asked.uri == "sip:2001@10.0.0.9"
            phone.respond(asked, 200)
        await asyncio.sleep(1000)
        assert [message for message in phone.drain() if isinstance(message, Request)] == []
        assert party.is_idle


@in_virtual_time
async def test_who_signs_off_is_asked_no_more() -> None:
    async with registrar(MemoryNetwork()) as (_, phone):
        await register(phone)
        await register(phone, cseq=3, expires=0)
        await asyncio.sleep(60)
        assert phone.drain() == []


@in_virtual_time
async def test_crlf_costs_less_and_is_a_choice() -> None:
    async with registrar(MemoryNetwork(), keep_alive="crlf", keep_alive_s=10.0) as (_, phone):
        await register(phone)
        await asyncio.sleep(55)
        assert (phone.keep_alives, phone.drain()) == (5, [])


@pytest.mark.parametrize(
    ("settings", "contact", "more"),
    [
        ({}, HERE, ()),  # not behind NAT
        ({"keep_alive": "never"}, "<sip:2001@10.0.0.9>", ()),
        ({}, "<sip:2001@10.0.0.9>", (("Via", "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKp"),)),
        ({}, "<sip:2001@10.0.0.9>", (("Path", "<sip:127.0.0.3:5080;lr>"),)),
    ],
)
@in_virtual_time
async def test_nobody_else_is_disturbed(
    settings: dict[str, object], contact: str, more: Headers
) -> None:
    async with registrar(MemoryNetwork(), **settings) as (_, phone):
        await register(phone, contact=contact, more=more)
        await asyncio.sleep(59)
        assert (phone.keep_alives, phone.drain()) == (0, [])


@in_virtual_time
async def test_one_sign_for_each_flow_however_often_it_registers() -> None:
    async with registrar(MemoryNetwork(), keep_alive="crlf") as (_, phone):
        for cseq in (1, 3, 5):
            await register(phone, cseq=cseq)
            await asyncio.sleep(5)
        await asyncio.sleep(36)
        assert phone.keep_alives == 2


@in_virtual_time
async def test_after_a_restart_pinholes_are_kept_open_as_before() -> None:
    network = MemoryNetwork()
    async with registrar(network) as (party, phone):
        await register(phone)
        kept = party.agent.location.snapshot(asyncio.get_running_loop().time())
        await phone.transport.close()
    directory = PlainDirectory(phones={"2001": "secret"})
    again = Party(settings_at(ALICE), directory, transports=network.open)
    again.agent.location.restore(kept, asyncio.get_running_loop().time())
    await again.agent.start()
    phone = await RawPeer(ALICE).open(network.open, RAW)
    asked = await phone.next_request("OPTIONS")
    assert asyncio.get_running_loop().time() < 27
    phone.respond(asked, 200)
    await again.agent.stop()


@in_virtual_time
async def test_a_connection_is_kept_alive_without_disturbing_its_phone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = MemoryNetwork()
    async with registrar(network) as (party, _):
        towards = Address("TCP", ALICE.host, ALICE.port)
        phone = await RawPeer(towards).open(network.open, RAW._replace(transport="TCP"))
        await register(phone)
        sent: list[Address] = []
        listener = network.tcp_listener(towards)
        assert listener is not None
        monkeypatch.setattr(listener, "keep_alive", sent.append)
        await asyncio.sleep(55)
        assert [address.transport for address in sent] == ["TCP", "TCP"]
        assert phone.drain() == []
        assert party.is_idle


@in_virtual_time
async def test_our_own_registration_keeps_the_way_from_its_registrar_open() -> None:
    network = MemoryNetwork()
    centre = Party(
        settings_at(ALICE), PlainDirectory(phones={"2001": "secret"}), transports=network.open
    )
    client = Party(settings_at(BOB), PlainDirectory(), transports=network.open, seed=2)
    await centre.agent.start()
    await client.agent.start()
    told: list[RegistrationEvent] = []
    registration = client.agent.register(
        Target(f"sip:{ALICE.host}:{ALICE.port}"),
        aor="sip:2001@example.test",
        credentials=Credentials("2001", "secret"),
        on_event=told.append,
    )
    await asyncio.sleep(80)
    signs = [each for each in network.log if each.data == b"\r\n\r\n"]
    assert [(each.source, each.destination) for each in signs] == [(BOB, ALICE)] * 3
    registration.stop()
    await asyncio.sleep(80)
    assert len([each for each in network.log if each.data == b"\r\n\r\n"]) == 3
    await client.agent.stop()
    await centre.agent.stop()
