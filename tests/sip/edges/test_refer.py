"""REFER of our own and its reports, and ours to the peer in their order: RFC 3515."""

import asyncio

import pytest

from sip.dialogs.leg_events import Lost, Referred, ReferReported
from sip.message import Request, Response, header, header_or_none
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import Party
from tests.sip.raw_peer import RawPeer, to_tag_of
from tests.sip.scenes import established, in_dialog, party_and_raw
from tests.virtual_time import in_virtual_time


def notify(
    raw: RawPeer, ok: Response, cseq: int, state: str, body: str, event: str = "refer"
) -> Request:
    headers = (
        ("Event", event),
        ("Subscription-State", state),
        ("Content-Type", "message/sipfrag;version=2.0"),
    )
    return in_dialog(raw, "NOTIFY", ok, cseq=cseq, headers=headers, body=body.encode())


def reported(party: Party) -> list[int]:
    return [event.status for event in party.events if isinstance(event, ReferReported)]


@pytest.mark.parametrize(
    ("state", "body", "told"),
    [
        ("active;expires=60", "SIP/2.0 100 Trying\r\n", [100]),
        ("active", "SIP/2.0 180 Ringing\r\nTo: x\r\n", [180]),
        ("terminated;reason=noresource", "SIP/2.0 200 OK\r\n", [200]),
        ("terminated", "SIP/2.0 486 Busy Here\r\n", [486]),
        ("terminated", "SIP/2.0 100 Trying\r\n", [408]),
        ("terminated", "", [408]),
        ("active", "", []),
        ("active", "SIP/2.0 999 Odd\r\n", []),
        ("active", "SIP/2.0 2\xb2\xb2 Odd\r\n", []),
        ("active", "HTTP/1.1 200 OK\r\n", []),
    ],
)
@in_virtual_time
async def test_the_peer_reports_on_our_refer(state: str, body: str, told: list[int]) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        party.legs[0].refer("sip:900@example.test", (("Referred-By", "<sip:us@example.test>"),))
        asked = await raw.next_request("REFER")
        assert header(asked, "Refer-To") == "<sip:900@example.test>"
        assert header_or_none(asked, "Referred-By") == "<sip:us@example.test>"
        raw.respond(asked, 202)
        raw.send(notify(raw, ok, 2, state, body))
        await raw.next_response(200)
        assert reported(party) == told
        raw.send(notify(raw, ok, 3, "active", "SIP/2.0 180 Ringing\r\n"))
        last_word = bool(told) and told[-1] >= 200
        await raw.next_response(481 if last_word else 200)


@pytest.mark.parametrize("event", ["refer", "presence"])
@in_virtual_time
async def test_reports_that_nobody_asked_for(event: str) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(notify(raw, ok, 2, "active", "SIP/2.0 180 Ringing\r\n", event))
        await raw.next_response(481 if event == "refer" else 489)
        assert reported(party) == []


@pytest.mark.parametrize("status", [400, 403, 405, 491, 603])
@in_virtual_time
async def test_a_refused_refer_is_its_report(status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        party.legs[0].refer("sip:900@example.test")
        raw.respond(await raw.next_request("REFER"), status)
        await party.until(ReferReported)
        assert reported(party) == [status]


@in_virtual_time
async def test_a_dialog_that_the_peer_forgot_is_found_out_by_refer() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw)
        party.legs[0].refer("sip:900@example.test")
        raw.respond(await raw.next_request("REFER"), 481)
        await party.until(Lost)
        await raw.next_request("BYE")


@pytest.mark.parametrize("first_answer", [200, 481])
@in_virtual_time
async def test_our_reports_come_one_by_one_and_the_bye_last(first_answer: int) -> None:
    """Datagrams overtake one another: a BYE before the last NOTIFY would swallow the result."""
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        leg = party.legs[0]
        raw.send(in_dialog(raw, "REFER", ok, cseq=2, headers=(("Refer-To", "<sip:a@h>"),)))
        await party.until(Referred)
        leg.accept_refer()
        leg.refer_progress(180)
        leg.refer_progress(200)
        leg.hang_up()
        await raw.next_response(202)
        trying = await raw.next_request("NOTIFY")
        assert trying.body.startswith(b"SIP/2.0 100 ")
        await asyncio.sleep(0.2)
        raw.respond(trying, first_answer, tag=to_tag_of(ok))
        if first_answer == 200:
            final = await raw.next_request("NOTIFY")
            assert final.body.startswith(b"SIP/2.0 200 ")
            assert header(final, "Subscription-State").startswith("terminated")
            raw.respond(final, 200)
        raw.respond(await raw.next_request("BYE"), 200)


@in_virtual_time
async def test_a_peer_that_answers_no_report_is_left_in_the_end() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "REFER", ok, cseq=2, headers=(("Refer-To", "<sip:a@h>"),)))
        await party.until(Referred)
        party.legs[0].accept_refer()
        party.legs[0].refer_progress(200)
        party.legs[0].hang_up()
        await raw.next_response(202)
        heard = await raw.next()
        while isinstance(heard, Request) and heard.method == "NOTIFY":
            heard = await raw.next()  # over and over, for 64*T1
        assert isinstance(heard, Request)
        assert heard.method == "BYE"
        raw.respond(heard, 200)
