"""What our user agent answers to a peer that we script byte for byte, RFC 3261 §8.2."""

import asyncio

import pytest

from sip.dialogs.leg_events import (
    Confirmed,
    HungUp,
    KeyByInfo,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
)
from sip.edges.sip_leg import SipLeg
from sip.message import Headers, Request, Response, header, header_or_none, header_values
from tests.sip.memory_network import MemoryNetwork, MemoryTcp
from tests.sip.parties import ANSWER, OFFER, SECOND_ANSWER, SECOND_OFFER, Party, PlainDirectory
from tests.sip.raw_peer import RawPeer, to_tag_of
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


def ring(party: Party, leg: SipLeg) -> None:
    leg.ring()


def accept(party: Party, leg: SipLeg, event: object) -> None:
    if isinstance(event, OfferReceived):
        leg.accept_offer(SECOND_ANSWER)


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("PUBLISH", 405),
        ("UPDATE", 481),
        ("REFER", 403),
        ("PRACK", 481),
        ("DANCE", 501),
        ("BYE", 481),
        ("INFO", 481),
    ],
)
@in_virtual_time
async def test_methods_outside_a_dialog(method: str, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        raw.send(raw.request(method, URI))
        response = await raw.next_response(status)
        assert to_tag_of(response)
        if status in (405, 501):
            assert "INVITE" in header_values(response, "Allow")


@in_virtual_time
async def test_options_tells_what_we_can() -> None:
    async with party_and_raw(MemoryNetwork(), directory=PlainDirectory()) as (_, raw):
        raw.send(raw.request("OPTIONS", URI))
        response = await raw.next_response(200)
        assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"} <= set(
            header_values(response, "Allow")
        )
        assert header(response, "Accept") == "application/sdp"
        assert header_or_none(response, "Supported") is not None


@in_virtual_time
async def test_options_are_limited_by_source() -> None:
    async with party_and_raw(MemoryNetwork(), directory=PlainDirectory()) as (_, raw):
        for number in range(60):
            raw.send(raw.request("OPTIONS", URI, call_id=f"o{number}"))
        await asyncio.sleep(0.1)
        statuses = [m.status for m in raw.drain() if isinstance(m, Response)]
        assert statuses.count(200) == 30
        assert statuses.count(480) == 30


@in_virtual_time
async def test_a_trunk_asks_as_often_as_it_likes() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        for number in range(60):
            raw.send(raw.request("OPTIONS", URI, call_id=f"o{number}"))
        await asyncio.sleep(0.1)
        assert [m.status for m in raw.drain() if isinstance(m, Response)] == [200] * 60


@in_virtual_time
async def test_required_extensions_are_refused() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        raw.send(raw.request("INVITE", URI, headers=(("Require", "sing, dance"),), body=OFFER))
        response = await raw.next_response(420)
        assert header_values(response, "Unsupported") == ["sing", "dance"]
        assert party.legs == []


@pytest.mark.parametrize(
    ("headers", "answer_header"),
    [
        ((("Content-Type", "text/plain"),), "Accept"),
        ((("Content-Encoding", "gzip"),), "Accept-Encoding"),
    ],
)
@in_virtual_time
async def test_bodies_that_we_do_not_read(headers: Headers, answer_header: str) -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        raw.send(raw.request("INVITE", URI, headers=headers, body=OFFER))
        response = await raw.next_response(415)
        assert header_or_none(response, answer_header)


@pytest.mark.parametrize(
    ("uri", "status"), [("mailto:a@example.test", 416), ("sip:a@example.test:99999", 400)]
)
@in_virtual_time
async def test_request_uris_that_we_cannot_use(uri: str, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        raw.send(raw.request("INVITE", uri, body=OFFER))
        await raw.next_response(status)


@in_virtual_time
async def test_a_tel_uri_is_a_call() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        raw.send(raw.request("INVITE", "tel:+62-21-555", body=OFFER))
        await raw.next_response(200)
        assert party.legs[0].invite.uri == "tel:+62-21-555"


@in_virtual_time
async def test_too_many_hops() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        request = raw.request("INVITE", URI, body=OFFER)
        spent = tuple(
            ("Max-Forwards", "0") if n == "Max-Forwards" else (n, v) for n, v in request.headers
        )
        raw.send(Request("INVITE", URI, spent, OFFER))
        await raw.next_response(483)


@in_virtual_time
async def test_a_forked_invite_that_meets_us_twice_is_merged() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring) as (party, raw):
        raw.send(raw.request("INVITE", URI, body=OFFER))
        raw.send(raw.request("INVITE", URI, body=OFFER))  # same Call-ID and CSeq, other branch
        await raw.next_response(180)
        await raw.next_response(482)
        assert len(party.legs) == 1


@in_virtual_time
async def test_a_retransmitted_invite_gets_the_same_response_and_no_second_call() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring) as (party, raw):
        invite = raw.request("INVITE", URI, body=OFFER)
        raw.send(invite)
        first = await raw.next_response(180)
        raw.send(invite)
        assert await raw.next_response(180) == first
        assert len(party.legs) == 1


@in_virtual_time
async def test_a_full_server_says_so() -> None:
    settings = settings_at(ALICE, max_dialogs=1, retry_after_s=7)
    async with party_and_raw(MemoryNetwork(), on_call=ring, settings=settings) as (_, raw):
        raw.send(raw.request("INVITE", URI, body=OFFER))
        await raw.next_response(180)
        raw.send(raw.request("INVITE", URI, call_id="second", body=OFFER))
        assert header(await raw.next_response(503), "Retry-After") == "7"


@in_virtual_time
async def test_a_full_transaction_table_says_so_and_recovers() -> None:
    settings = settings_at(ALICE, max_transactions=2)
    async with party_and_raw(MemoryNetwork(), settings=settings) as (_, raw):
        for number in range(2):
            raw.send(raw.request("OPTIONS", URI, call_id=f"o{number}"))
            await raw.next_response(200)
        raw.send(raw.request("OPTIONS", URI, call_id="third"))
        await raw.next_response(503)
        await asyncio.sleep(33)  # Timer J
        raw.send(raw.request("OPTIONS", URI, call_id="fourth"))
        await raw.next_response(200)


@in_virtual_time
async def test_cancel() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring) as (party, raw):
        via = raw.via
        raw.send(raw.request("INVITE", URI, via=via, body=OFFER))
        ringing = await raw.next_response(180)
        raw.send(raw.request("CANCEL", URI, via=via, headers=(("Reason", 'SIP;text="elsewhere"'),)))
        ok = await raw.next_response(200)
        terminated = await raw.next_response(487)
        assert header(ok, "CSeq") == "1 CANCEL"
        assert to_tag_of(ok) == to_tag_of(terminated) == to_tag_of(ringing)
        assert party.events == [HungUp("elsewhere", cancelled=True)]


@in_virtual_time
async def test_a_cancel_of_nothing_is_481() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        raw.send(raw.request("CANCEL", URI))
        await raw.next_response(481)


@in_virtual_time
async def test_a_cancel_after_the_answer_changes_nothing() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        via = raw.via
        raw.send(raw.request("INVITE", URI, via=via, body=OFFER))
        ok = await raw.next_response(200)
        raw.send(raw.request("CANCEL", URI, via=via))
        assert header(await raw.next_response(200), "CSeq") == "1 CANCEL"
        raw.send(in_dialog(raw, "ACK", ok, cseq=1))
        assert await party.until(Confirmed, HungUp) == Confirmed()


@in_virtual_time
async def test_the_200_is_repeated_until_its_ack() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        raw.send(raw.request("INVITE", URI, body=OFFER))
        ok = await raw.next_response(200)
        loop, times = asyncio.get_running_loop(), [0.0]
        started = loop.time()
        for _ in range(5):
            assert await raw.next_response(200) == ok
            times.append(round(loop.time() - started, 1))
        assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5]
        raw.send(in_dialog(raw, "ACK", ok, cseq=1))
        await party.until(Confirmed)
        await asyncio.sleep(10)
        assert raw.drain() == []


@in_virtual_time
async def test_a_bye_with_a_tag_we_never_gave_is_481() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "BYE", ok, cseq=2, sender="<sip:raw@example.test>;tag=other"))
        await raw.next_response(481)
        raw.send(raw.request("BYE", URI, to="<sip:us@example.test>;tag=nonsense", cseq=2))
        await raw.next_response(481)
        assert party.events == [Confirmed()]
        raw.send(in_dialog(raw, "BYE", ok, cseq=3))
        await raw.next_response(200)
        assert party.events == [Confirmed(), HungUp()]


@in_virtual_time
async def test_a_caller_may_say_bye_before_the_answer() -> None:
    async with party_and_raw(MemoryNetwork(), on_call=ring) as (party, raw):
        raw.send(raw.request("INVITE", URI, body=OFFER))
        ringing = await raw.next_response(180)
        raw.send(in_dialog(raw, "BYE", ringing, cseq=2))
        assert header(await raw.next_response(200), "CSeq") == "2 BYE"
        await raw.next_response(487)
        assert party.events == [HungUp()]


@in_virtual_time
async def test_requests_out_of_order_get_500() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "OPTIONS", ok, cseq=5))
        await raw.next_response(200)
        for used in (4, 5):
            raw.send(in_dialog(raw, "INFO", ok, cseq=used))
            await raw.next_response(500)


@pytest.mark.parametrize(
    ("method", "status"), [("OPTIONS", 200), ("MESSAGE", 405), ("DANCE", 501), ("REGISTER", 401)]
)
@in_virtual_time
async def test_methods_inside_a_dialog(method: str, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, method, ok, cseq=2))
        await raw.next_response(status)
        assert not party.legs[0].ended


@pytest.mark.parametrize(
    ("content_type", "body", "status", "key"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=250\r\n", 200, KeyByInfo("5", 250)),
        ("application/dtmf-relay", b"Signal= # \r\n", 200, KeyByInfo("#", 160)),
        ("application/dtmf", b"*", 200, KeyByInfo("*", 160)),
        ("application/dtmf", b"11", 200, KeyByInfo("#", 160)),
        ("application/dtmf-relay", b"Signal=nonsense", 400, None),
        ("application/dtmf-relay", b"Signal=5\r\nDuration=" + b"9" * 400, 400, None),
        ("application/sdp", b"v=0", 415, None),
        ("text/plain", b"", 200, None),
    ],
)
@in_virtual_time
async def test_keys_by_info(
    content_type: str, body: bytes, status: int, key: KeyByInfo | None
) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        headers = (("Content-Type", content_type),)
        raw.send(in_dialog(raw, "INFO", ok, cseq=2, headers=headers, body=body))
        await raw.next_response(status)
        assert party.events[1:] == ([] if key is None else [key])


@in_virtual_time
async def test_a_second_reinvite_before_the_first_is_answered_gets_500() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "INVITE", ok, cseq=2, body=SECOND_OFFER))
        await party.until(OfferReceived)
        raw.send(in_dialog(raw, "INVITE", ok, cseq=3, body=SECOND_OFFER))
        overlapping = await raw.next_response(500)
        assert 0 <= int(header(overlapping, "Retry-After")) <= 10
        party.legs[0].accept_offer(SECOND_ANSWER)
        assert (await raw.next_response(200)).body == SECOND_ANSWER


@in_virtual_time
async def test_a_reinvite_is_answered_491_while_ours_is_open() -> None:
    async with party_and_raw(MemoryNetwork(), on_event=accept) as (party, raw):
        ok = await established(raw)
        party.legs[0].offer(SECOND_OFFER)
        ours = await raw.next_request("INVITE")
        raw.send(in_dialog(raw, "INVITE", ok, cseq=2, body=OFFER))
        await raw.next_response(491)
        raw.respond(ours, 200, body=SECOND_ANSWER)
        await raw.next_request("ACK")
        assert await party.until(OfferAnswered) == OfferAnswered(SECOND_ANSWER)


@in_virtual_time
async def test_a_reinvite_that_overtakes_the_ack_shows_that_the_200_arrived() -> None:
    async with party_and_raw(MemoryNetwork(), on_event=accept) as (party, raw):
        raw.send(raw.request("INVITE", URI, body=OFFER))
        ok = await raw.next_response(200)
        raw.send(in_dialog(raw, "INVITE", ok, cseq=2, body=SECOND_OFFER))
        again = await raw.next_response(200)
        assert again.body == SECOND_ANSWER
        assert party.events == [Confirmed(), OfferReceived(SECOND_OFFER)]


@in_virtual_time
async def test_a_reinvite_is_told_to_wait_while_the_ack_must_bring_the_answer() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        raw.send(raw.request("INVITE", URI))
        ok = await raw.next_response(200)
        raw.send(in_dialog(raw, "INVITE", ok, cseq=2, body=SECOND_OFFER))
        await raw.next_response(491)


@in_virtual_time
async def test_an_ack_without_the_answer_that_it_owes_refuses_our_offer() -> None:
    def offer(party: Party, leg: SipLeg, event: object) -> None:
        if event == OfferReceived(b""):
            leg.accept_offer(SECOND_OFFER)

    async with party_and_raw(MemoryNetwork(), on_event=offer) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "INVITE", ok, cseq=2))
        assert (await raw.next_response(200)).body == SECOND_OFFER
        raw.send(in_dialog(raw, "ACK", ok, cseq=2))
        assert await party.until(OfferRefused) == OfferRefused(488)


@in_virtual_time
async def test_a_cancelled_reinvite_leaves_the_call() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        invite = in_dialog(raw, "INVITE", ok, cseq=2, body=SECOND_OFFER)
        raw.send(invite)
        await party.until(OfferReceived)
        cancel = raw.request(
            "CANCEL", invite.uri, to=header(ok, "To"), cseq=2, via=header(invite, "Via")
        )
        raw.send(cancel)
        await raw.next_response(200)
        await raw.next_response(487)
        party.legs[0].accept_offer(SECOND_ANSWER)  # too late
        await asyncio.sleep(0.1)
        assert raw.drain() == []
        assert not party.legs[0].ended


@in_virtual_time
async def test_requests_follow_the_recorded_route() -> None:
    routes = ("Record-Route", "<sip:127.0.0.3:5080;lr>, <sip:far.example.test;lr>")
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw, headers=(routes,))
        assert header_values(ok, "Record-Route") == [
            "<sip:127.0.0.3:5080;lr>",
            "<sip:far.example.test;lr>",
        ]
        party.legs[0].hang_up()
        bye = await raw.next_request("BYE")
        assert bye.uri == "sip:raw@127.0.0.3:5080"
        assert header_values(bye, "Route") == [
            "<sip:127.0.0.3:5080;lr>",
            "<sip:far.example.test;lr>",
        ]


@in_virtual_time
async def test_a_strict_router_gets_its_own_uri() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await established(raw, headers=(("Record-Route", "<sip:127.0.0.3:5080>"),))
        party.legs[0].hang_up()
        bye = await raw.next_request("BYE")
        assert bye.uri == "sip:127.0.0.3:5080"
        assert header_values(bye, "Route") == ["<sip:raw@127.0.0.3:5080>"]


@in_virtual_time
async def test_an_invite_without_a_contact_is_400() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        request = raw.request("INVITE", URI, body=OFFER)
        bare = tuple(pair for pair in request.headers if pair[0] != "Contact")
        raw.send(Request("INVITE", URI, bare, OFFER))
        await raw.next_response(400)
        assert party.legs == []


@in_virtual_time
async def test_without_rport_the_response_goes_to_the_port_in_via() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        elsewhere = await RawPeer(party.address).open(network.open, RAW._replace(port=5099))
        via = "SIP/2.0/UDP phone.example.test:5099;branch=z9hG4bKnorport"
        raw.send(raw.request("OPTIONS", URI, via=via))
        response = await elsewhere.next_response(200)
        assert header(response, "Via") == f"{via};received=127.0.0.3"


@in_virtual_time
async def test_with_rport_it_goes_back_where_it_came_from() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        via = "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKrport;rport"
        raw.send(raw.request("OPTIONS", URI, via=via))
        response = await raw.next_response(200)
        assert "rport=5080" in header(response, "Via")
        assert "received=127.0.0.3" in header(response, "Via")


@in_virtual_time
async def test_a_response_finds_the_peer_whose_connection_broke() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network, on_call=ring) as (party, _):
        ours = party.agent.listening[1]
        peer = await RawPeer(ours).open(network.open, RAW._replace(transport="TCP"))
        peer.send(peer.request("INVITE", URI, body=OFFER))
        await peer.next_response(180)
        assert isinstance(peer.transport, MemoryTcp)
        peer.transport.hang_up_on(ours)
        await asyncio.sleep(1)
        party.legs[0].answer(ANSWER)
        ok = await peer.next_response(200)  # over a new connection, to the port in Via
        peer.send(in_dialog(peer, "ACK", ok, cseq=1))
        await party.until(Confirmed)
