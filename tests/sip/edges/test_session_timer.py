"""Calls whose other end vanishes are noticed: RFC 4028, both roles, both ways to refresh."""

import asyncio

import pytest

from sip.dialogs.errors import SessionExpired
from sip.dialogs.leg_events import Answered, HungUp, Lost
from sip.edges.sip_leg import SipLeg
from sip.message import Headers, Request, header, header_or_none
from tests.sip.memory_network import MemoryNetwork, lose
from tests.sip.parties import ANSWER, Party
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import (
    ALICE,
    BOB_URI,
    RAW_URI,
    established,
    in_dialog,
    party_and_raw,
    settings_at,
    two_parties,
)
from tests.virtual_time import in_virtual_time

TIMER = ("Supported", "timer")
UPDATES = ("Allow", "INVITE, ACK, BYE, UPDATE")


async def heard(raw: RawPeer, method: str) -> Request:
    """The next request of that method; anything else meanwhile is left alone."""
    while True:
        message = await raw.next()
        if isinstance(message, Request) and message.method == method:
            return message


@in_virtual_time
async def test_two_of_ours_keep_a_call_alive_for_hours_and_notice_a_cut_cable() -> None:
    network = MemoryNetwork()
    async with two_parties(network) as (alice, bob):
        alice.call(BOB_URI)
        await alice.until(Answered)
        await asyncio.sleep(3 * 3600)
        assert [line for line in network.ladder() if line.startswith("BYE")] == []
        assert sum(line.startswith("UPDATE") for line in network.ladder()) >= 11
        network.hook = lose
        await alice.until(Lost)
        await bob.until(Lost)
        await alice.agent.drained()


@in_virtual_time
async def test_who_does_not_refresh_is_hung_up_on() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        expires: Headers = (TIMER, ("Session-Expires", "120;refresher=uac"))
        ok = await established(raw, headers=expires)
        assert header(ok, "Session-Expires") == "120;refresher=uac"
        assert header(ok, "Require") == "timer"
        await heard(raw, "BYE")
        lost = await party.until(Lost)
        assert isinstance(lost, Lost)
        assert isinstance(lost.error, SessionExpired)
        assert asyncio.get_running_loop().time() == pytest.approx(88, abs=1)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((("Session-Expires", "120"), TIMER), "120;refresher=uac"),
        ((("Session-Expires", "120;refresher=uas"), TIMER), "120;refresher=uas"),
        ((("Session-Expires", "120"),), "120;refresher=uas"),
        ((("Session-Expires", "soon"),), None),
        ((TIMER,), "1800;refresher=uas"),
        ((), None),
    ],
)
@in_virtual_time
async def test_what_we_answer(asked: Headers, said: str | None) -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        ok = await established(raw, headers=asked)
        assert header_or_none(ok, "Session-Expires") == said


@in_virtual_time
async def test_who_supports_timers_must_write_them_well() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        bad = (("Session-Expires", "soon"), TIMER)
        raw.send(raw.request("INVITE", "sip:1000@example.test", headers=bad, body=b"v=0\r\n"))
        await raw.next_response(400)


@in_virtual_time
async def test_too_short_a_session_is_refused_with_what_we_allow() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        headers = (TIMER, ("Session-Expires", "30"))
        raw.send(raw.request("INVITE", "sip:1000@example.test", headers=headers, body=b"v=0\r\n"))
        assert header(await raw.next_response(422), "Min-SE") == "90"
        assert party.legs == []


@in_virtual_time
async def test_we_refresh_by_update_where_the_peer_allows_it() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        headers = (UPDATES, ("Session-Expires", "200;refresher=uas"), TIMER)
        await established(raw, headers=headers)
        update = await heard(raw, "UPDATE")
        assert asyncio.get_running_loop().time() == pytest.approx(100, abs=1)
        assert header(update, "Session-Expires") == "200;refresher=uac"
        raw.respond(update, 200, headers=(("Session-Expires", "200;refresher=uac"),))
        await heard(raw, "UPDATE")
        assert asyncio.get_running_loop().time() == pytest.approx(200, abs=1)


@in_virtual_time
async def test_we_refresh_by_re_invite_elsewhere_and_nobody_is_told() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        headers = (("Session-Expires", "200;refresher=uas"), TIMER)
        await established(raw, headers=headers)
        told = list(party.events)
        again = await heard(raw, "INVITE")
        assert again.body == ANSWER  # the session as it is
        raw.respond(again, 200, body=b"v=0\r\n", headers=(("Session-Expires", "200"),))
        await heard(raw, "ACK")
        assert party.events == told


@in_virtual_time
async def test_a_callee_that_asks_for_longer_gets_it() -> None:
    settings = settings_at(ALICE, session_expires_s=120)
    async with party_and_raw(MemoryNetwork(), settings=settings) as (party, raw):
        party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        assert header(invite, "Session-Expires") == "120"
        raw.respond(invite, 422, headers=(("Min-SE", "600"),))
        await raw.next_request("ACK")
        again = await raw.next_request("INVITE")
        assert header(again, "CSeq") == "2 INVITE"
        assert header(again, "Session-Expires") == "600"
        assert header(again, "Min-SE") == "600"
        raw.respond(again, 200, body=ANSWER)
        assert await party.until(Answered) == Answered(ANSWER)
        await asyncio.sleep(2000)  # no timer in the answer: none runs
        assert not party.legs[0].ended


@in_virtual_time
async def test_a_refresh_that_is_answered_with_481_ends_the_call() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        headers = (UPDATES, ("Session-Expires", "200;refresher=uas"), TIMER)
        await established(raw, headers=headers)
        raw.respond(await heard(raw, "UPDATE"), 481)
        await party.until(Lost)
        await heard(raw, "BYE")


@in_virtual_time
async def test_a_restored_leg_goes_on_refreshing() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        headers = (UPDATES, ("Session-Expires", "200;refresher=uas"), TIMER)
        ok = await established(raw, headers=headers)
        data = party.legs[0].snapshot()
        await party.agent.stop()
        heir = Party(settings_at(ALICE), party.directory, transports=network.open, seed=5)
        await heir.agent.start()
        ended: list[object] = []
        leg: SipLeg = heir.agent.restore_leg(data, ended.append)
        await heard(raw, "UPDATE")
        raw.send(in_dialog(raw, "BYE", ok, cseq=9))
        await raw.next_response(200)
        assert ended == [HungUp()]
        assert leg.ended
        await heir.agent.stop()
