"""PRACK (RFC 3262), UPDATE (RFC 3311) and REFER (RFC 3515) against a scripted peer."""

import asyncio

import pytest

from sip.dialogs.leg_events import (
    Answered,
    HungUp,
    LegEvent,
    Lost,
    OfferReceived,
    Referred,
    Rejected,
    Ringing,
)
from sip.edges.sip_leg import SipLeg
from sip.message import Headers, Request, Response, header, header_or_none, header_values
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import ANSWER, OFFER, SECOND_ANSWER, SECOND_OFFER, Party
from tests.sip.raw_peer import RawPeer, to_tag_of
from tests.sip.scenes import (
    ALICE,
    RAW_URI,
    SERVICE_URI,
    established,
    in_dialog,
    party_and_raw,
    settings_at,
)
from tests.virtual_time import in_virtual_time

RELIABLE = (("Require", "100rel"),)


def ring_with_sound(party: Party, leg: SipLeg) -> None:
    leg.progress(ANSWER)
    leg.answer(ANSWER)


def take_offers(party: Party, leg: SipLeg, event: LegEvent) -> None:
    if isinstance(event, OfferReceived):
        leg.accept_offer(SECOND_ANSWER)


def refuse_offers(party: Party, leg: SipLeg, event: LegEvent) -> None:
    if isinstance(event, OfferReceived):
        leg.refuse_offer(488)


@in_virtual_time
async def test_an_operator_may_demand_reliable_ringing_of_every_caller() -> None:
    demanding = settings_at(ALICE, demanded_extensions=("100rel",))
    network = MemoryNetwork()
    async with party_and_raw(network, settings=demanding, on_call=ring_with_sound) as (_, raw):
        raw.send(raw.request("INVITE", SERVICE_URI, body=OFFER))
        assert header_values(await raw.next_response(421), "Require") == ["100rel"]
        supports = (("Supported", "100rel"),)
        raw.send(raw.request("INVITE", SERVICE_URI, headers=supports, call_id="2", body=OFFER))
        assert header_values(await raw.next_response(183), "Require") == ["100rel"]


async def progress(raw: RawPeer) -> Response:
    raw.send(raw.request("INVITE", SERVICE_URI, headers=RELIABLE, body=OFFER))
    return await raw.next_response(183)


def prack(raw: RawPeer, provisional: Response, rack: str = "") -> Request:
    rack = rack or f"{header(provisional, 'RSeq')} 1 INVITE"
    return in_dialog(raw, "PRACK", provisional, cseq=2, headers=(("RAck", rack),))


@in_virtual_time
async def test_the_answer_waits_for_the_prack_of_the_early_media() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring_with_sound) as (party, raw):
        first = await progress(raw)
        assert header_values(first, "Require") == ["100rel"]
        copy = await raw.next_response(183)  # after T1
        assert header(copy, "RSeq") == header(first, "RSeq")
        raw.send(prack(raw, first))
        assert header(await raw.next_response(200), "CSeq") == "2 PRACK"
        ok = await raw.next_response(200)
        assert header(ok, "CSeq") == "1 INVITE"
        assert ok.body == b""  # answered in the 183 already
        raw.send(in_dialog(raw, "ACK", ok, cseq=1))
        await asyncio.sleep(0.1)
        party.legs[0].hang_up()
        await raw.next_request("BYE")


@pytest.mark.parametrize("rack", ["1 1 INVITE", "nonsense", "{rseq} 2 INVITE", "{rseq} 1 BYE"])
@in_virtual_time
async def test_a_prack_of_something_else_is_481(rack: str) -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring_with_sound) as (_, raw):
        first = await progress(raw)
        raw.send(prack(raw, first, rack.format(rseq=header(first, "RSeq"))))
        await raw.next_response(481)


@in_virtual_time
async def test_without_prack_the_call_is_given_up() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring_with_sound) as (party, raw):
        await progress(raw)
        await party.until(Lost)
        await asyncio.sleep(0.1)
        statuses = [each.status for each in raw.drain() if isinstance(each, Response)]
        assert statuses[-1] == 504
        assert statuses.count(183) >= 6


@in_virtual_time
async def test_who_does_not_require_it_gets_plain_provisionals() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring_with_sound) as (_, raw):
        headers = (("Supported", "100rel"),)
        raw.send(raw.request("INVITE", SERVICE_URI, headers=headers, body=OFFER))
        first = await raw.next_response(183)
        assert header_or_none(first, "RSeq") is None
        assert (await raw.next_response(200)).body == ANSWER


async def offer_in_prack(raw: RawPeer, provisional: Response, cseq: int = 2) -> None:
    rack = (("RAck", f"{header(provisional, 'RSeq')} 1 INVITE"),)
    raw.send(in_dialog(raw, "PRACK", provisional, cseq=cseq, headers=rack, body=SECOND_OFFER))


@in_virtual_time
async def test_an_offer_in_prack_is_answered_before_the_call_is() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring_with_sound, on_event=take_offers) as (
        _,
        raw,
    ):
        await offer_in_prack(raw, await progress(raw))
        answer = await raw.next_response(200)
        assert (header(answer, "CSeq"), answer.body) == ("2 PRACK", SECOND_ANSWER)
        ok = await raw.next_response(200)
        assert (header(ok, "CSeq"), ok.body) == ("1 INVITE", b"")
        raw.send(in_dialog(raw, "ACK", ok, cseq=1))
        raw.send(in_dialog(raw, "UPDATE", ok, cseq=3, body=OFFER))
        assert (await raw.next_response(200)).body == SECOND_ANSWER, "the exchange is closed"


@pytest.mark.parametrize("answers_first", [True, False])
@in_virtual_time
async def test_a_call_waits_for_the_answer_to_an_offer_in_prack(answers_first: bool) -> None:
    def sound(party: Party, leg: SipLeg) -> None:
        leg.progress(ANSWER)
        if answers_first:
            leg.answer(ANSWER)

    async with party_and_raw(MemoryNetwork(), on_call=sound) as (party, raw):
        await offer_in_prack(raw, await progress(raw))
        await party.until(OfferReceived)
        if not answers_first:
            party.legs[0].answer(ANSWER)
        await asyncio.sleep(1)
        assert raw.drain() == []
        party.legs[0].refuse_offer(488)
        assert header(await raw.next_response(488), "CSeq") == "2 PRACK"
        assert header(await raw.next_response(200), "CSeq") == "1 INVITE"


@in_virtual_time
async def test_early_offers_go_by_update_too() -> None:
    def only_sound(party: Party, leg: SipLeg) -> None:
        leg.progress(ANSWER)

    async with party_and_raw(MemoryNetwork(), on_call=only_sound, on_event=take_offers) as (_, raw):
        first = await progress(raw)
        raw.send(prack(raw, first))
        await raw.next_response(200)
        raw.send(in_dialog(raw, "UPDATE", first, cseq=3, body=SECOND_OFFER))
        assert (await raw.next_response(200)).body == SECOND_ANSWER


@in_virtual_time
async def test_who_requires_prack_and_leaves_the_offer_to_us_gets_it_in_the_answer() -> None:
    """The first reliable response would have to carry our offer: so there is none."""

    def ring_then_answer(party: Party, leg: SipLeg) -> None:
        leg.ring()
        leg.answer(OFFER)

    async with party_and_raw(MemoryNetwork(), on_call=ring_then_answer) as (_, raw):
        raw.send(raw.request("INVITE", SERVICE_URI, headers=RELIABLE))
        assert (await raw.next_response(200)).body == OFFER


def reliable(rseq: int) -> Headers:
    return (*RELIABLE, ("RSeq", str(rseq)))


@in_virtual_time
async def test_we_acknowledge_reliable_provisionals_once_and_in_order() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 183, headers=reliable(7), body=ANSWER)
        first = await raw.next_request("PRACK")
        assert header(first, "RAck") == "7 1 INVITE"
        assert header(first, "CSeq") == "2 PRACK"
        raw.respond(first, 200)
        raw.respond(invite, 183, headers=reliable(7), body=ANSWER)  # a copy
        raw.respond(invite, 180, headers=reliable(99))  # those before it are missing
        raw.respond(invite, 180, headers=reliable(8))
        second = await raw.next_request("PRACK")
        assert header(second, "RAck") == "8 1 INVITE"
        raw.respond(second, 200)
        raw.respond(invite, 200)
        assert await party.until(Answered) == Answered(ANSWER)
        assert [each for each in party.events if isinstance(each, Ringing)] == [
            Ringing(183, ANSWER),
            Ringing(180),
        ]
        await raw.next_request("ACK")
        party.legs[0].hang_up()
        assert header(await raw.next_request("BYE"), "CSeq") == "4 BYE"


@in_virtual_time
async def test_an_offer_in_update_is_answered_without_ack() -> None:
    async with party_and_raw(MemoryNetwork(), on_event=take_offers) as (_, raw):
        ok = await established(raw)
        session = (("Content-Type", "application/sdp"),)
        raw.send(in_dialog(raw, "UPDATE", ok, cseq=2, headers=session, body=SECOND_OFFER))
        answer = await raw.next_response(200)
        assert answer.body == SECOND_ANSWER
        raw.send(in_dialog(raw, "UPDATE", ok, cseq=3))
        assert (await raw.next_response(200)).body == b""


@in_virtual_time
async def test_an_offer_in_update_can_be_refused_and_the_next_one_taken() -> None:
    async with party_and_raw(MemoryNetwork(), on_event=refuse_offers) as (party, raw):
        ok = await established(raw)
        for cseq in (2, 3):
            raw.send(in_dialog(raw, "UPDATE", ok, cseq=cseq, body=SECOND_OFFER))
            await raw.next_response(488)
        assert party.events[-1] == OfferReceived(SECOND_OFFER)


@in_virtual_time
async def test_offers_that_cross_are_491_and_those_that_pile_up_500() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "UPDATE", ok, cseq=2, body=OFFER))
        await asyncio.sleep(0.1)
        raw.send(in_dialog(raw, "UPDATE", ok, cseq=3, body=OFFER))
        assert header_or_none(await raw.next_response(500), "Retry-After") is not None
        party.legs[0].accept_offer(ANSWER)
        await raw.next_response(200)
        party.legs[0].offer(SECOND_OFFER)
        await raw.next_request("INVITE")
        raw.send(in_dialog(raw, "UPDATE", ok, cseq=4, body=OFFER))
        await raw.next_response(491)


def refer_to(target: str, *more: tuple[str, str]) -> Headers:
    return (("Refer-To", target), *more)


@in_virtual_time
async def test_a_transfer_is_told_accepted_and_reported() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        leg = party.legs[0]
        by = ("Referred-By", "<sip:raw@example.test>")
        raw.send(
            in_dialog(raw, "REFER", ok, cseq=2, headers=refer_to("<sip:3002@example.test>", by))
        )
        told = await party.until(Referred)
        assert told == Referred("sip:3002@example.test", "", "<sip:raw@example.test>")
        leg.accept_refer()
        await raw.next_response(202)
        trying = await raw.next_request("NOTIFY")
        assert header(trying, "Event") == "refer;id=2"
        assert header(trying, "Subscription-State").startswith("active")
        assert trying.body == b"SIP/2.0 100 Trying\r\n"
        raw.respond(trying, 200, tag=to_tag_of(ok))
        leg.refer_progress(180)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        leg.refer_progress(486)
        last = await raw.next_request("NOTIFY")
        assert last.body == b"SIP/2.0 486 Busy Here\r\n"
        assert header(last, "Subscription-State") == "terminated;reason=noresource"
        raw.respond(last, 200)
        leg.refer_progress(200)  # nobody listens any more
        raw.send(in_dialog(raw, "BYE", ok, cseq=3))
        await raw.next_response(200)
        assert party.events[-1] == HungUp()


@in_virtual_time
async def test_an_attended_transfer_names_the_dialog_to_take_over() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        target = "<sip:3002@example.test?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>"
        silent = ("Refer-Sub", "false")
        raw.send(in_dialog(raw, "REFER", ok, cseq=2, headers=refer_to(target, silent)))
        told = await party.until(Referred)
        assert told == Referred("sip:3002@example.test", "abc;to-tag=1;from-tag=2")
        party.legs[0].accept_refer()
        assert header(await raw.next_response(202), "Refer-Sub") == "false"
        party.legs[0].refer_progress(200)
        await asyncio.sleep(1)
        assert raw.drain() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 400),
        ((("Refer-To", "<sip:a@h>"), ("Refer-To", "<sip:b@h>")), 400),
        (refer_to("nonsense"), 400),
        (refer_to("<mailto:a@h>"), 403),
        (refer_to("<sip:a@h;method=BYE>"), 403),
    ],
)
@in_virtual_time
async def test_what_cannot_be_referred_to(headers: Headers, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "REFER", ok, cseq=2, headers=headers))
        await raw.next_response(status)
        assert not party.legs[0].ended


@in_virtual_time
async def test_one_transfer_at_a_time_and_a_refusal_makes_room() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        for cseq, status in ((2, None), (3, 491)):
            raw.send(in_dialog(raw, "REFER", ok, cseq=cseq, headers=refer_to("<sip:a@h>")))
            if status:
                await raw.next_response(status)
        party.legs[0].refuse_refer()
        await raw.next_response(603)
        raw.send(in_dialog(raw, "REFER", ok, cseq=4, headers=refer_to("<sip:a@h>")))
        await asyncio.sleep(0.1)
        assert sum(isinstance(each, Referred) for each in party.events) == 2
        assert not any(isinstance(each, Rejected) for each in party.events)
