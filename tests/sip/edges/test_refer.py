"""REFER of our own and its reports, and ours to the peer in their order: RFC 3515."""

import asyncio
import json

import pytest

from sip.dialogs.leg_events import Lost, Referred, ReferReported
from sip.message import Request, Response, header, header_or_none
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import OFFER, Party
from tests.sip.raw_peer import RawPeer, to_tag_of
from tests.sip.scenes import SERVICE_URI, established, in_dialog, party_and_raw
from tests.virtual_time import in_virtual_time

SETTLED_S = 200.0


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


@in_virtual_time
async def test_a_refer_that_overtakes_our_200_ends_the_call_after_its_ack() -> None:
    """A BYE at once would overtake it too: the caller would be left with an open call."""
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        raw.send(raw.request("INVITE", SERVICE_URI, body=OFFER))
        ok = await raw.next_response(200)
        party.legs[0].refer("sip:900@example.test")
        raw.respond(await raw.next_request("REFER"), 481)
        await party.until(Lost)
        await asyncio.sleep(0.1)
        assert not [each for each in raw.drain() if isinstance(each, Request)]
        raw.send(in_dialog(raw, "ACK", ok, cseq=1))
        raw.respond(await raw.next_request("BYE"), 200)
        await asyncio.sleep(SETTLED_S)
        assert party.is_idle


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


# ---- the subscription that a REFER makes: RFC 3515 §2.4.4, RFC 6665 §4.1.2.2


async def being_told(party: Party, raw: RawPeer) -> Response:
    """A REFER of the peer's that was accepted, its first NOTIFY answered; the dialog's 200."""
    ok = await established(raw)
    raw.send(in_dialog(raw, "REFER", ok, cseq=2, headers=(("Refer-To", "<sip:a@h>"),)))
    await party.until(Referred)
    party.legs[0].accept_refer()
    await raw.next_response(202)
    raw.respond(await raw.next_request("NOTIFY"), 200)
    await asyncio.sleep(0.01)
    return ok


def subscribe(
    raw: RawPeer, ok: Response, *, cseq: int, expires: str | None, event: str = "refer;id=2"
) -> Request:
    asked = (("Event", event), *((("Expires", expires),) if expires is not None else ()))
    return in_dialog(raw, "SUBSCRIBE", ok, cseq=cseq, headers=asked)


@pytest.mark.parametrize(
    ("expires", "granted", "event"),
    [
        ("60", "60", "refer;id=2"),
        ("86400", "180", "Refer ; ID=2"),
        (None, "180", "refer"),
    ],
)
@in_virtual_time
async def test_a_refresh_repeats_the_state_and_prolongs(
    expires: str | None, granted: str, event: str
) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await being_told(party, raw)
        party.legs[0].refer_progress(180)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        await asyncio.sleep(150)
        raw.send(subscribe(raw, ok, cseq=3, expires=expires, event=event))
        assert header(await raw.next_response(200), "Expires") == granted
        again = await raw.next_request("NOTIFY")
        assert header(again, "Subscription-State") == f"active;expires={granted}"
        assert (header(again, "Event"), again.body) == ("refer;id=2", b"SIP/2.0 180 Ringing\r\n")
        raw.respond(again, 200)
        await asyncio.sleep(int(granted) - 1)  # long after the first time is over
        assert raw.drain() == []
        last = await raw.next_request("NOTIFY")
        assert header(last, "Subscription-State") == "terminated;reason=timeout"
        assert last.body == b"SIP/2.0 408 Request Timeout\r\n"


@in_virtual_time
async def test_whoever_wants_to_be_told_no_more_gets_one_last_report() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await being_told(party, raw)
        raw.send(subscribe(raw, ok, cseq=3, expires="0"))
        assert header(await raw.next_response(200), "Expires") == "0"
        last = await raw.next_request("NOTIFY")
        assert header(last, "Subscription-State") == "terminated;reason=timeout"
        assert last.body == b"SIP/2.0 100 Trying\r\n", "nothing else is known"
        raw.respond(last, 200)
        party.legs[0].refer_progress(200)
        await asyncio.sleep(200)
        assert raw.drain() == []
        raw.send(subscribe(raw, ok, cseq=4, expires="60"))
        await raw.next_response(481)
        assert not party.legs[0].ended


@pytest.mark.parametrize(
    ("event", "expires", "status"),
    [
        ("refer;id=7", "60", 481),
        ("dialog", "60", 489),
        ("", "60", 489),
        ("refer", "soon", 400),
    ],
)
@in_virtual_time
async def test_a_subscription_that_is_none(event: str, expires: str, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await being_told(party, raw)
        raw.send(subscribe(raw, ok, cseq=3, expires=expires, event=event))
        await raw.next_response(status)
        party.legs[0].refer_progress(486)
        assert (await raw.next_request("NOTIFY")).body == b"SIP/2.0 486 Busy Here\r\n"


@in_virtual_time
async def test_nobody_subscribes_without_a_refer() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        ok = await established(raw)
        raw.send(subscribe(raw, ok, cseq=2, expires="60", event="refer"))
        await raw.next_response(481)
        await asyncio.sleep(1)
        assert raw.drain() == []


@pytest.mark.parametrize("wish", ["60", "0"])
@in_virtual_time
async def test_a_refresh_waits_for_the_report_that_is_open(wish: str) -> None:
    """One NOTIFY at a time: what is asked for meanwhile comes afterwards, with the newest state."""
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await being_told(party, raw)
        party.legs[0].refer_progress(180)
        ringing = await raw.next_request("NOTIFY")
        raw.send(subscribe(raw, ok, cseq=3, expires=wish))
        await raw.next_response(200)
        await asyncio.sleep(0.1)
        assert raw.drain() == []
        raw.respond(ringing, 200)
        after = await raw.next_request("NOTIFY")
        state = "active;expires=60" if wish == "60" else "terminated;reason=timeout"
        assert (header(after, "Subscription-State"), after.body) == (
            state,
            b"SIP/2.0 180 Ringing\r\n",
        )


@in_virtual_time
async def test_a_report_that_is_open_when_time_runs_out_is_followed_by_the_last() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await being_told(party, raw)
        raw.send(subscribe(raw, ok, cseq=3, expires="1"))
        await raw.next_response(200)
        again = await raw.next_request("NOTIFY")
        await asyncio.sleep(1.1)
        assert {header(each, "CSeq") for each in raw.drain()} <= {header(again, "CSeq")}
        raw.respond(again, 200)
        last = await raw.next_request("NOTIFY")
        assert header(last, "Subscription-State") == "terminated;reason=timeout"


@in_virtual_time
async def test_who_waited_for_reports_over_a_restart_is_told_when_they_end() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await being_told(party, raw)
        kept = json.loads(json.dumps(party.legs[0].snapshot()))
        party.agent.restore_leg(kept)
        restored_at = asyncio.get_running_loop().time()
        last = await raw.next_request("NOTIFY")
        assert asyncio.get_running_loop().time() - restored_at == pytest.approx(180, abs=1)
        assert header(last, "Subscription-State") == "terminated;reason=timeout"
