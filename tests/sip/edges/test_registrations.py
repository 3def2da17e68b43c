"""Phones that register, are called at their binding, expire, and lose their connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sip.address import Address
from sip.dialogs.leg_events import Answered, Ringing
from sip.digest import Algorithm, Credentials, answer_challenge, choose_challenge
from sip.location import BindingChange
from sip.message import Headers, Response, header, header_values
from tests.sip.memory_network import MemoryNetwork, MemoryTcp
from tests.sip.parties import ANSWER, Party, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import ALICE, RAW, settings_at
from tests.virtual_time import in_virtual_time

REGISTRAR = "sip:example.test"
PHONE = "<sip:2001@example.test>"


@asynccontextmanager
async def registrar(
    network: MemoryNetwork, **settings: object
) -> AsyncIterator[tuple[Party, RawPeer]]:
    directory = PlainDirectory(phones={"2001": "secret"})
    party = Party(settings_at(ALICE, **settings), directory, transports=network.open)
    await party.agent.start()
    raw = await RawPeer(party.address).open(network.open, RAW)
    try:
        yield party, raw
    finally:
        await party.agent.stop()


async def register(
    raw: RawPeer,
    *,
    cseq: int = 1,
    expires: int = 60,
    contact: str = "<sip:2001@10.0.0.9>",
    more: Headers = (),
) -> Response:
    """REGISTER, answering the challenge; the final response."""
    headers: Headers = (("Expires", str(expires)),)
    proof: Headers = ()
    response: Response | None = None
    for number in (cseq, cseq + 1):
        request = raw.request(
            "REGISTER",
            REGISTRAR,
            to=PHONE,
            sender=f"{PHONE};tag=r",
            call_id="reg",
            cseq=number,
            headers=(*headers, *more, *proof),
        )
        pairs = tuple(
            ("Contact", contact) if n == "Contact" else (n, v) for n, v in request.headers
        )
        raw.send(type(request)(request.method, request.uri, pairs, request.body))
        message = await raw.next()
        assert isinstance(message, Response)
        response = message
        if response.status != 401:
            break
        challenge = choose_challenge(header_values(response, "WWW-Authenticate"))
        assert challenge is not None
        value = answer_challenge(
            Credentials("2001", "secret"), challenge, "REGISTER", REGISTRAR, cnonce="abc"
        )
        assert value is not None
        proof = (("Authorization", value),)
    assert response is not None
    return response


@in_virtual_time
async def test_a_phone_registers_is_called_where_it_is_and_expires() -> None:
    async with registrar(MemoryNetwork()) as (party, raw):
        response = await register(raw)
        assert response.status == 200
        assert header(response, "Contact") == "<sip:2001@10.0.0.9>;expires=60"
        assert party.bindings == [BindingChange("2001", True, "registered")]

        target = party.agent.location.target("2001", asyncio.get_running_loop().time())
        assert target is not None
        party.call_target(target)
        invite = await raw.next_request("INVITE")  # at its source, not at its private Contact
        assert invite.uri == "sip:2001@10.0.0.9"
        raw.respond(invite, 180)
        raw.respond(invite, 200, body=ANSWER)
        await raw.next_request("ACK")
        assert party.events == [Ringing(180), Answered(ANSWER)]

        await asyncio.sleep(61)
        assert party.bindings[1:] == [BindingChange("2001", False, "expired")]
        assert not party.legs[0].ended  # the call goes on


@in_virtual_time
async def test_a_refresh_keeps_the_phone() -> None:
    async with registrar(MemoryNetwork(), keep_alive="never") as (party, raw):
        for cseq in (1, 3, 5):
            await register(raw, cseq=cseq)
            await asyncio.sleep(40)
        assert party.bindings == [BindingChange("2001", True, "registered")]
        await asyncio.sleep(30)
        assert len(party.bindings) == 2


@in_virtual_time
async def test_a_phone_signs_off() -> None:
    async with registrar(MemoryNetwork()) as (party, raw):
        await register(raw)
        await register(raw, cseq=3, expires=0)
        assert [change.reachable for change in party.bindings] == [True, False]


@in_virtual_time
async def test_a_short_registration_is_refused() -> None:
    async with registrar(MemoryNetwork(), register_min_s=60) as (party, raw):
        response = await register(raw, expires=10)
        assert (response.status, header(response, "Min-Expires")) == (423, "60")
        assert party.bindings == []


@pytest.mark.parametrize("order", [("MD5", "SHA-256"), ("SHA-256", "MD5")])
@in_virtual_time
async def test_the_order_of_challenges_is_a_setting(order: tuple[str, ...]) -> None:
    async with registrar(MemoryNetwork(), algorithms=order) as (_, raw):
        raw.send(raw.request("REGISTER", REGISTRAR, to=PHONE, sender=f"{PHONE};tag=r"))
        response = await raw.next_response(401)
        challenges = [choose_challenge([v]) for v in header_values(response, "WWW-Authenticate")]
        assert [Algorithm(c.algorithm) for c in challenges if c] == list(order)


@in_virtual_time
async def test_a_retransmitted_register_gets_the_same_answer() -> None:
    async with registrar(MemoryNetwork()) as (_, raw):
        request = raw.request("REGISTER", REGISTRAR, to=PHONE, sender=f"{PHONE};tag=r")
        raw.send(request)
        raw.send(request)
        assert await raw.next_response(401) == await raw.next_response(401)


@in_virtual_time
async def test_a_phone_on_tcp_is_called_over_its_connection_and_gone_without_it() -> None:
    network = MemoryNetwork()
    async with registrar(network) as (party, _):
        towards = Address("TCP", ALICE.host, ALICE.port)
        phone = await RawPeer(towards).open(network.open, RAW._replace(transport="TCP"))
        assert (await register(phone)).status == 200
        target = party.agent.location.target("2001", asyncio.get_running_loop().time())
        assert target is not None
        party.call_target(target)
        invite = await phone.next_request("INVITE")
        assert header(invite, "Via").startswith("SIP/2.0/TCP ")
        assert header(invite, "Contact") == "<sip:alice@127.0.0.1:5080;transport=tcp>"
        assert isinstance(phone.transport, MemoryTcp)
        phone.transport.hang_up_on(towards)
        await asyncio.sleep(1)
        assert party.bindings[1:] == [BindingChange("2001", False, "unreachable")]


@in_virtual_time
async def test_a_phone_behind_a_proxy_is_called_by_the_path_of_its_register() -> None:
    async with registrar(MemoryNetwork()) as (party, edge):
        path = "<sip:127.0.0.3:5080;lr>"
        behind: Headers = (
            ("Via", "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKphone"),
            ("Path", path),
            ("Supported", "path"),
        )
        response = await register(edge, more=behind)
        assert (response.status, header(response, "Path")) == (200, path)
        target = party.agent.location.target("2001", asyncio.get_running_loop().time())
        assert target is not None
        party.call_target(target)
        invite = await edge.next_request("INVITE")
        assert (invite.uri, header(invite, "Route")) == ("sip:2001@10.0.0.9", path)
        route = ("Record-Route", path)
        edge.respond(invite, 200, headers=(route,), body=ANSWER)
        ack = await edge.next_request("ACK")
        assert header(ack, "Route") == path
        party.legs[0].hang_up()
        bye = await edge.next_request("BYE")
        assert (bye.uri, header(bye, "Route")) == ("sip:raw@127.0.0.3:5080", path)


@in_virtual_time
async def test_a_flow_that_its_proxy_lost_is_forgotten() -> None:
    async with registrar(MemoryNetwork()) as (party, edge):
        await register(edge, more=(("Path", "<sip:127.0.0.3:5080;lr;ob>"),))
        target = party.agent.location.target("2001", asyncio.get_running_loop().time())
        assert target is not None
        party.agent.flow_failed(target)
        assert party.bindings[1:] == [BindingChange("2001", False, "unreachable")]
