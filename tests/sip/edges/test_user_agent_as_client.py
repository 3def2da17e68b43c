"""What our user agent sends to a peer that we script: forks, challenges, copies, odd answers."""

import asyncio

import pytest

from sip.address import Address, Target
from sip.dialogs.errors import DialogGone
from sip.dialogs.leg_events import (
    Answered,
    AnsweredLate,
    HungUp,
    Lost,
    OfferAnswered,
    OfferRefused,
    Rejected,
    Ringing,
)
from sip.digest import Algorithm, Credentials, ha1, is_right
from sip.edges.sip_leg import SipLeg
from sip.headers.auth import parse_authorization
from sip.message import Request, header, header_values, response_to
from sip.serialiser import serialise
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import ANSWER, OFFER, SECOND_ANSWER, SECOND_OFFER, Party
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import RAW, RAW_URI, party_and_raw
from tests.virtual_time import in_virtual_time

SETTLED_S = 200.0
CHALLENGE = ("WWW-Authenticate", 'Digest realm="far", nonce="n1", algorithm=MD5, qop="auth"')
BODY_CHALLENGE = ("WWW-Authenticate", 'Digest realm="far", nonce="n1", qop="auth-int"')
PROXY_CHALLENGE = ("Proxy-Authenticate", 'Digest realm="far", nonce="n1", algorithm=SHA-256')


def tag_of(request: Request) -> str:
    return header(request, "From").partition("tag=")[2]


def in_dialog(raw: RawPeer, invite: Request, method: str, *, cseq: int, tag: str) -> Request:
    """A request of the callee's in the dialog of `invite`."""
    return raw.request(
        method,
        header(invite, "Contact").strip("<>"),
        sender=f"{header(invite, 'To')};tag={tag}",
        to=header(invite, "From"),
        call_id=header(invite, "Call-ID"),
        cseq=cseq,
    )


async def answered(party: Party, raw: RawPeer) -> tuple[SipLeg, Request]:
    leg = party.call(RAW_URI)
    invite = await raw.next_request("INVITE")
    raw.respond(invite, 200, body=ANSWER)
    await raw.next_request("ACK")
    return leg, invite


@in_virtual_time
async def test_a_copy_of_the_200_gets_a_copy_of_the_ack() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        _, invite = await answered(party, raw)
        raw.respond(invite, 200, body=ANSWER)
        ack = await raw.next_request("ACK")
        assert header(ack, "CSeq") == "1 ACK"
        assert party.events == [Answered(ANSWER)]


@in_virtual_time
async def test_a_second_branch_that_answers_is_acknowledged_and_ended() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg = party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 180, tag="one")
        raw.respond(invite, 183, tag="two", body=SECOND_ANSWER)
        raw.respond(invite, 200, tag="two", body=ANSWER)
        assert "tag=two" in header(await raw.next_request("ACK"), "To")
        raw.respond(invite, 200, tag="one", body=ANSWER)
        ack = await raw.next_request("ACK")
        bye = await raw.next_request("BYE")
        assert "tag=one" in header(ack, "To")
        assert "tag=one" in header(bye, "To")
        raw.respond(invite, 200, tag="one", body=ANSWER)  # its copy: no second BYE
        assert "tag=one" in header(await raw.next_request("ACK"), "To")
        raw.respond(bye, 200, tag="one")
        assert party.events == [Ringing(180), Ringing(183, SECOND_ANSWER), Answered(ANSWER)]
        assert not leg.ended
        leg.hang_up()
        bye = await raw.next_request("BYE")
        assert "tag=two" in header(bye, "To")
        raw.respond(bye, 200, tag="two")
        await asyncio.sleep(SETTLED_S)
        assert party.is_idle
        assert raw.drain() == []


@in_virtual_time
async def test_an_answer_after_the_end_is_acknowledged_and_ended() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg = party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 180)
        await party.until(Ringing)
        leg.hang_up()
        cancel = await raw.next_request("CANCEL")
        assert header(cancel, "Via") == header(invite, "Via")
        assert header(cancel, "CSeq") == "1 CANCEL"
        raw.respond(cancel, 200)
        raw.respond(invite, 200, body=ANSWER)
        await raw.next_request("ACK")
        raw.respond(await raw.next_request("BYE"), 200)
        await asyncio.sleep(SETTLED_S)
        assert party.events == [Ringing(180), AnsweredLate()]
        assert party.is_idle


@in_virtual_time
async def test_a_cancelled_invite_that_nobody_ends_is_given_up() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg = party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 180)
        await party.until(Ringing)
        leg.hang_up()
        raw.respond(await raw.next_request("CANCEL"), 200)
        await asyncio.sleep(SETTLED_S)
        assert party.is_idle


@pytest.mark.parametrize(
    ("status", "challenge", "given"),
    [(401, CHALLENGE, "Authorization"), (407, PROXY_CHALLENGE, "Proxy-Authorization")],
)
@in_virtual_time
async def test_a_challenge_is_answered_once(
    status: int, challenge: tuple[str, str], given: str
) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        told: list[object] = []
        party.agent.invite(
            Target(RAW_URI),
            from_user="alice",
            sdp=OFFER,
            credentials=Credentials("us", "secret"),
            on_event=told.append,
        )
        first = await raw.next_request("INVITE")
        raw.respond(first, status, headers=(challenge,))
        await raw.next_request("ACK")
        second = await raw.next_request("INVITE")
        assert header(second, "CSeq") == "2 INVITE"
        assert header(second, "Call-ID") == header(first, "Call-ID")
        assert tag_of(second) == tag_of(first)
        assert 'username="us"' in header(second, given)
        raw.respond(second, status, headers=(challenge,))
        await raw.next_request("ACK")
        await asyncio.sleep(0.1)
        assert [type(event) for event in told] == [Rejected]


@in_virtual_time
async def test_credentials_cover_the_body_for_who_takes_no_others() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg = party.agent.invite(
            Target(RAW_URI),
            from_user="alice",
            sdp=OFFER,
            credentials=Credentials("us", "secret"),
            on_event=lambda _: None,
        )
        raw.respond(await raw.next_request("INVITE"), 401, headers=(BODY_CHALLENGE,))
        await raw.next_request("ACK")
        invite = await raw.next_request("INVITE")
        assert covers_body(invite)
        raw.respond(invite, 200, body=ANSWER)
        await raw.next_request("ACK")
        leg.hang_up()
        raw.respond(await raw.next_request("BYE"), 401, headers=(BODY_CHALLENGE,))
        bye = await raw.next_request("BYE")
        assert covers_body(bye), "an empty body counts too"
        raw.respond(bye, 200)


def covers_body(request: Request) -> bool:
    shown = parse_authorization(header(request, "Authorization"))
    digest = ha1("us", "far", "secret", Algorithm.MD5)
    right = is_right(shown, request.method, digest, Algorithm.MD5, request.body)
    return right and shown.qop == "auth-int"


@in_virtual_time
async def test_the_ack_carries_the_credentials_and_bye_answers_its_own_challenge() -> None:
    told: list[object] = []
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg = party.agent.invite(
            Target(RAW_URI),
            from_user="alice",
            sdp=OFFER,
            credentials=Credentials("us", "secret"),
            on_event=told.append,
        )
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 407, headers=(PROXY_CHALLENGE,))
        await raw.next_request("ACK")
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 200, body=ANSWER)
        ack = await raw.next_request("ACK")
        assert header(ack, "Proxy-Authorization") == header(invite, "Proxy-Authorization")
        leg.hang_up()
        bye = await raw.next_request("BYE")
        raw.respond(bye, 407, headers=(PROXY_CHALLENGE,))
        bye = await raw.next_request("BYE")
        assert 'username="us"' in header(bye, "Proxy-Authorization")
        raw.respond(bye, 200)
        await asyncio.sleep(SETTLED_S)
        assert told == [Answered(ANSWER)]
        assert party.is_idle


@in_virtual_time
async def test_what_an_invite_looks_like() -> None:
    told: list[object] = []
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        party.agent.invite(
            Target("sip:2001@127.0.0.3:5080"),
            from_user="0812",
            from_display='Ann "A" Lee',
            to_uri="sip:2001@example.test",
            sdp=OFFER,
            headers=(("Max-Forwards", "12"), ("Alert-Info", "<urn:alert:service:normal>")),
            on_event=told.append,
        )
        invite = await raw.next_request("INVITE")
        assert invite.uri == "sip:2001@127.0.0.3:5080"
        assert header(invite, "From").startswith('"Ann \\"A\\" Lee" <sip:0812@127.0.0.1>;tag=')
        assert header(invite, "To") == "<sip:2001@example.test>"
        assert header(invite, "Contact") == "<sip:0812@127.0.0.1:5080>"
        assert header_values(invite, "Max-Forwards") == ["12"]
        assert header(invite, "Alert-Info") == "<urn:alert:service:normal>"
        assert header(invite, "Content-Type") == "application/sdp"
        assert ";rport" in header(invite, "Via")
        assert invite.body == OFFER
        assert told == []


@in_virtual_time
async def test_a_route_is_followed_whatever_the_uri_says() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        route = "<sip:127.0.0.3:5080;lr>"
        party.call_target(Target("sip:2001@far.example.test", route=(route,)))
        invite = await raw.next_request("INVITE")
        assert invite.uri == "sip:2001@far.example.test"
        assert header(invite, "Route") == route


@in_virtual_time
async def test_the_route_set_of_a_caller_is_the_record_route_reversed() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg = party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        recorded = ("Record-Route", "<sip:far.example.test;lr>, <sip:127.0.0.3:5080;lr>")
        raw.respond(invite, 200, headers=(recorded,), body=ANSWER)
        await raw.next_request("ACK")
        leg.hang_up()
        bye = await raw.next_request("BYE")
        assert header_values(bye, "Route") == [
            "<sip:127.0.0.3:5080;lr>",
            "<sip:far.example.test;lr>",
        ]


@pytest.mark.parametrize(("registered", "where"), [(True, RAW), (False, RAW._replace(port=5099))])
@in_virtual_time
async def test_a_contact_that_differs_counts_unless_the_phone_registered(
    registered: bool, where: Address
) -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        elsewhere = await RawPeer(party.address).open(network.open, RAW._replace(port=5099))
        party.call_target(Target("sip:2001@10.0.0.9", address=RAW, registered=registered))
        invite = await raw.next_request("INVITE")
        contact = ("Contact", "<sip:2001@127.0.0.3:5099>")
        raw.send(raw_ok(invite, contact))
        hears = raw if where == RAW else elsewhere
        ack = await hears.next_request("ACK")
        assert ack.uri == "sip:2001@127.0.0.3:5099"


@in_virtual_time
async def test_a_registered_phone_whose_mapping_moved_is_followed() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        moved = await RawPeer(party.address).open(network.open, RAW._replace(port=5099))
        leg = party.call_target(Target("sip:2001@10.0.0.9", address=RAW, registered=True))
        invite = await raw.next_request("INVITE")
        moved.respond(invite, 200, body=ANSWER)
        await moved.next_request("ACK")
        leg.hang_up()
        await moved.next_request("BYE")


def raw_ok(invite: Request, contact: tuple[str, str]) -> bytes:
    headers = (contact, ("Content-Type", "application/sdp"))
    return serialise(response_to(invite, 200, to_tag="far", headers=headers, body=ANSWER))


@in_virtual_time
async def test_glare_is_retried_by_the_caller_after_at_least_two_seconds() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg, _ = await answered(party, raw)
        leg.offer(SECOND_OFFER)
        first = await raw.next_request("INVITE")
        raw.respond(first, 491)
        await raw.next_request("ACK")
        loop = asyncio.get_running_loop()
        refused_at = loop.time()
        second = await raw.next_request("INVITE")
        assert 2.1 <= loop.time() - refused_at <= 4.1
        assert second.body == SECOND_OFFER
        raw.respond(second, 200, body=SECOND_ANSWER)
        await raw.next_request("ACK")
        assert party.events[1:] == [OfferAnswered(SECOND_ANSWER)]


@pytest.mark.parametrize("status", [408, 481])
@in_virtual_time
async def test_a_peer_that_forgot_the_dialog_loses_the_call(status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg, _ = await answered(party, raw)
        leg.offer(SECOND_OFFER)
        raw.respond(await raw.next_request("INVITE"), status)
        await raw.next_request("ACK")
        raw.respond(await raw.next_request("BYE"), 481)
        event = await party.until(Lost)
        assert isinstance(event, Lost)
        assert isinstance(event.error, DialogGone)
        await asyncio.sleep(SETTLED_S)
        assert party.is_idle


@in_virtual_time
async def test_silence_after_a_reinvite_loses_the_call() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg, _ = await answered(party, raw)
        leg.offer(SECOND_OFFER)
        await party.until(Lost)
        await asyncio.sleep(SETTLED_S)
        assert party.is_idle


@in_virtual_time
async def test_a_reinvite_answered_without_a_session_is_refused() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg, _ = await answered(party, raw)
        leg.offer(SECOND_OFFER)
        raw.respond(await raw.next_request("INVITE"), 200)
        await raw.next_request("ACK")
        assert await party.until(OfferRefused) == OfferRefused(488)


@in_virtual_time
async def test_a_reinvite_moves_the_remote_target() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        elsewhere = await RawPeer(party.address).open(network.open, RAW._replace(port=5099))
        leg, _ = await answered(party, raw)
        leg.offer(SECOND_OFFER)
        invite = await raw.next_request("INVITE")
        raw.send(raw_ok(invite, ("Contact", "<sip:raw@127.0.0.3:5099>")))
        await elsewhere.next_request("ACK")
        leg.hang_up()
        await elsewhere.next_request("BYE")


@in_virtual_time
async def test_the_session_of_an_early_answer_counts_when_the_200_has_none() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 183, body=ANSWER)
        raw.respond(invite, 200)
        await raw.next_request("ACK")
        assert party.events == [Ringing(183, ANSWER), Answered(ANSWER)]


@in_virtual_time
async def test_a_200_that_says_not_where_it_comes_from_is_refused_locally() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        raw.send(raw_ok(invite, ("Contact", "<mailto:nobody@example.test>")))
        event = await party.until(Rejected)
        assert isinstance(event, Rejected)
        assert (event.status, event.local) == (502, True)


@in_virtual_time
async def test_the_callee_hangs_up_with_a_reason() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        _, invite = await answered(party, raw)
        bye = in_dialog(raw, invite, "BYE", cseq=1, tag="rawtag")
        raw.send(Request(bye.method, bye.uri, (*bye.headers, ("Reason", "Q.850;cause=16"))))
        await raw.next_response(200)
        assert await party.until(HungUp) == HungUp("Q.850 16")


@in_virtual_time
async def test_a_bye_that_nobody_answers_still_ends() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg, _ = await answered(party, raw)
        leg.hang_up()
        await asyncio.sleep(SETTLED_S)
        assert party.events == [Answered(ANSWER)]
        assert party.is_idle


@in_virtual_time
async def test_crossing_byes_end_both_ways() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        leg, invite = await answered(party, raw)
        leg.hang_up()
        bye = await raw.next_request("BYE")
        raw.send(in_dialog(raw, invite, "BYE", cseq=1, tag="rawtag"))
        await raw.next_response(200)
        raw.respond(bye, 481)
        await asyncio.sleep(SETTLED_S)
        assert party.events == [Answered(ANSWER)]
        assert party.is_idle


@pytest.mark.parametrize("status", [200, 404])
@in_virtual_time
async def test_options_tells_the_final_status(status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        asked = asyncio.create_task(party.agent.options(Target(RAW_URI)))
        request = await raw.next_request("OPTIONS")
        raw.respond(request, 100)
        raw.respond(request, status)
        assert await asked == status


@in_virtual_time
async def test_options_to_silence_is_408_and_to_nowhere_503() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, _):
        assert await party.agent.options(Target("sip:127.0.0.9")) == 408
        assert await party.agent.options(Target("sip:127.0.0.9;transport=ws")) == 503
