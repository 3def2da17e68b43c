"""Who is calling, and where requests go to them: trunks by address, phones by password, NAT."""

import asyncio

from sip.address import Address
from sip.admission import PhoneIdentity, TrunkIdentity
from sip.dialogs.leg_events import Confirmed
from sip.digest import Credentials, answer_challenge, choose_challenge
from sip.message import Headers, Request, Response, header_values
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import ANSWER, OFFER, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import (
    ALICE,
    RAW,
    SERVICE_URI,
    established,
    in_dialog,
    party_and_raw,
    settings_at,
)
from tests.virtual_time import in_virtual_time

URI = SERVICE_URI
PHONES = PlainDirectory(phones={"2001": "secret"})


async def challenged(raw: RawPeer, method: str, **more: object) -> Headers:
    """Send without credentials; the headers that answer the challenge."""
    raw.send(raw.request(method, URI, **more))  # type: ignore[arg-type]
    response = await raw.next_response(401)
    challenge = choose_challenge(header_values(response, "WWW-Authenticate"))
    assert challenge is not None
    body = more.get("body", b"")
    assert isinstance(body, bytes)
    value = answer_challenge(
        Credentials("2001", "secret"), challenge, method, URI, cnonce="c0ffee", body=body
    )
    assert value is not None
    return (("Authorization", value),)


@in_virtual_time
async def test_a_phone_is_challenged_once_and_then_known() -> None:
    async with party_and_raw(MemoryNetwork(), directory=PHONES) as (party, raw):
        proof = await challenged(raw, "INVITE", body=OFFER)
        raw.send(raw.request("INVITE", URI, cseq=2, headers=proof, body=OFFER))
        while not isinstance(message := await raw.next(), Response) or message.status != 200:
            pass
        assert party.legs[0].identity == PhoneIdentity("2001")


@in_virtual_time
async def test_who_changes_the_body_on_its_way_is_refused_where_bodies_are_protected() -> None:
    settings = settings_at(ALICE, protected_bodies="required")
    async with party_and_raw(MemoryNetwork(), directory=PHONES, settings=settings) as (party, raw):
        proof = await challenged(raw, "INVITE", body=OFFER)
        raw.send(raw.request("INVITE", URI, cseq=2, headers=proof, body=ANSWER))
        await raw.next_response(403)
        raw.send(raw.request("INVITE", URI, cseq=3, headers=proof, body=OFFER))
        await raw.next_response(200)
        assert [leg.identity for leg in party.legs] == [PhoneIdentity("2001")]


@in_virtual_time
async def test_a_trunk_is_known_by_its_address() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        assert party.legs[0].identity == TrunkIdentity("raw")


@in_virtual_time
async def test_wrong_credentials_are_403_and_at_last_a_ban() -> None:
    settings = settings_at(ALICE, ban_after_failures=3, ban_s=60)
    async with party_and_raw(MemoryNetwork(), directory=PHONES, settings=settings) as (_, raw):
        for number in range(4):  # old failures fade, so three within no time are needed and 4 do
            raw.send(raw.request("REGISTER", "sip:example.test", call_id=f"r{number}"))
            response = await raw.next_response(401)
            challenge = choose_challenge(header_values(response, "WWW-Authenticate"))
            assert challenge is not None
            wrong = answer_challenge(
                Credentials("2001", "wrong"), challenge, "REGISTER", "sip:example.test", cnonce="c"
            )
            assert wrong is not None
            raw.send(
                raw.request(
                    "REGISTER",
                    "sip:example.test",
                    call_id=f"r{number}",
                    cseq=2,
                    headers=(("Authorization", wrong),),
                )
            )
            await raw.next_response(403)
        raw.send(raw.request("OPTIONS", URI))
        await asyncio.sleep(1)
        assert raw.drain() == []
        await asyncio.sleep(60)
        raw.send(raw.request("OPTIONS", URI, call_id="later"))
        await raw.next_response(200)


@in_virtual_time
async def test_requests_to_a_phone_behind_nat_go_where_its_packets_come_from() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network, directory=PHONES) as (party, raw):
        proof = await challenged(raw, "INVITE", body=OFFER)
        private = ("Contact", "<sip:2001@10.0.0.9:5060>")
        request = raw.request("INVITE", URI, cseq=2, body=OFFER)
        headers = tuple(private if name == "Contact" else (name, v) for name, v in request.headers)
        raw.send(Request("INVITE", URI, (*headers, *proof), OFFER))
        ok = await raw.next()
        while not (isinstance(ok, Response) and ok.status == 200):
            ok = await raw.next()
        raw.send(in_dialog(raw, "ACK", ok, cseq=2))
        await party.until(Confirmed)
        party.legs[0].hang_up()
        bye = await raw.next_request("BYE")
        assert bye.uri == "sip:2001@10.0.0.9:5060"


@in_virtual_time
async def test_a_trunk_gets_requests_at_its_contact() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        elsewhere = await RawPeer(party.address).open(network.open, RAW._replace(port=5099))
        request = raw.request("INVITE", URI, body=OFFER)
        contact = ("Contact", "<sip:raw@127.0.0.3:5099>")
        headers = tuple(contact if name == "Contact" else (name, v) for name, v in request.headers)
        raw.send(Request("INVITE", URI, headers, OFFER))
        ok = await raw.next_response(200)
        raw.send(in_dialog(raw, "ACK", ok, cseq=1))
        await party.until(Confirmed)
        party.legs[0].hang_up()
        await elsewhere.next_request("BYE")
        assert party.legs[0].source == Address("UDP", "127.0.0.3", 5080)
        assert ok.body == ANSWER
