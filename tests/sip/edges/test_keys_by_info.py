"""Keys that we press towards a peer by INFO, application/dtmf-relay."""

import asyncio

import pytest

from sip.dialogs.info import MOST_WAITING, RELAY_TYPE
from sip.dialogs.leg_events import Answered, HungUp, KeyByInfo, KeyRefused, Lost
from sip.message import Request, header
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import Party
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import BOB, BOB_URI, established, party_and_raw, two_parties
from tests.virtual_time import in_virtual_time


def key_in(info: Request) -> bytes:
    assert header(info, "Content-Type") == RELAY_TYPE
    return info.body


def of_keys(party: Party) -> list[object]:
    return [e for e in party.events if isinstance(e, KeyByInfo | KeyRefused | HungUp | Lost)]


async def asked_nothing(raw: RawPeer) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await raw.next_request("INFO")


@in_virtual_time
async def test_keys_arrive_in_order_each_after_the_one_before() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        leg = party.legs[0]
        for key, duration_ms in (("5", 160), ("*", 40), ("D", 8000)):
            leg.send_key(key, duration_ms)
        first = await raw.next_request("INFO")
        assert key_in(first) == b"Signal=5\r\nDuration=160\r\n"
        raw.respond(first, 200)
        second = await raw.next_request("INFO")
        assert key_in(second) == b"Signal=*\r\nDuration=40\r\n"
        raw.respond(second, 200)
        third = await raw.next_request("INFO")
        assert key_in(third) == b"Signal=D\r\nDuration=8000\r\n"
        raw.respond(third, 200)
        await asked_nothing(raw)
        assert of_keys(party) == []


@in_virtual_time
async def test_what_we_send_is_what_we_understand() -> None:
    async with two_parties(MemoryNetwork()) as (alice, bob):
        leg = alice.call(BOB_URI, to=BOB)
        await alice.until(Answered)
        for key in "0#A":
            leg.send_key(key, 100)
        await asyncio.sleep(1)
        assert of_keys(bob) == [KeyByInfo(key, 100) for key in "0#A"]


@pytest.mark.parametrize("status", [401, 405, 415, 488, 501, 503, 603])
@in_virtual_time
async def test_who_refuses_one_key_refuses_all_that_wait(status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        for key in "12":
            party.legs[0].send_key(key, 100)
        raw.respond(await raw.next_request("INFO"), status)
        await party.until(KeyRefused)
        assert of_keys(party) == [KeyRefused(key, 100, status) for key in "12"]
        await asked_nothing(raw)
        party.legs[0].send_key("3", 100)
        assert key_in(await raw.next_request("INFO")).startswith(b"Signal=3"), "it may be asked"


@pytest.mark.parametrize("status", [408, 481, None])
@in_virtual_time
async def test_a_peer_that_does_not_answer_gets_no_old_keys(status: int | None) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        for key in "12":
            party.legs[0].send_key(key, 100)
        asked = await raw.next_request("INFO")
        if status is None:
            await asyncio.sleep(40)
        else:
            raw.respond(asked, status)
            await asyncio.sleep(1)
        assert of_keys(party) == []
        party.legs[0].send_key("3", 100)
        infos = [await raw.next_request("INFO")]
        while not key_in(infos[-1]).startswith(b"Signal=3"):
            infos.append(await raw.next_request("INFO"))
        assert {key_in(info)[:8] for info in infos[:-1]} <= {b"Signal=1"}, "only repetitions"


@in_virtual_time
async def test_a_flood_of_keys_is_cut_and_none_comes_after_the_end() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        leg = party.legs[0]
        for _ in range(1_000):
            leg.send_key("1", 100)
        for _ in range(MOST_WAITING):
            raw.respond(await raw.next_request("INFO"), 200)
        await asked_nothing(raw)
        leg.hang_up()
        leg.send_key("1", 100)
        raw.respond(await raw.next_request("BYE"), 200)
        await asked_nothing(raw)
