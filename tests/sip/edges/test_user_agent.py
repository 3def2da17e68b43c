"""Calls between two user agents, in virtual time over the in-memory network."""

import asyncio

import pytest

from sip.dialogs.leg_events import (
    Answered,
    AnsweredLate,
    Confirmed,
    HungUp,
    Lost,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    Rejected,
    Ringing,
)
from sip.edges.sip_leg import SipLeg
from sip.errors import NoAcknowledgement
from tests.sip.memory_network import Datagram, MemoryNetwork, lose
from tests.sip.parties import (
    ANSWER,
    OFFER,
    SECOND_ANSWER,
    SECOND_OFFER,
    Party,
    PlainDirectory,
)
from tests.sip.scenes import BOB, BOB_URI, TRUNKS, settings_at, two_parties
from tests.virtual_time import in_virtual_time

SETTLED_S = 200.0
"""Longer than any timer that a finished call leaves behind."""


def ring_only(party: Party, leg: SipLeg) -> None:
    leg.ring()


def stay_silent(party: Party, leg: SipLeg) -> None:
    """Neither ring nor answer."""


@in_virtual_time
async def test_a_call_is_answered_and_hung_up_by_the_caller() -> None:
    network = MemoryNetwork()
    async with two_parties(network) as (alice, bob):
        leg = alice.call(BOB_URI)
        await bob.until(Confirmed)
        assert bob.legs[0].sdp_offer == OFFER
        assert bob.legs[0].local_address == "127.0.0.2"
        leg.hang_up(cause="done")
        await asyncio.sleep(SETTLED_S)
        assert alice.events == [Answered(ANSWER)]
        assert bob.events == [Confirmed(), HungUp("done")]
        assert alice.is_idle
        assert bob.is_idle
    assert [line.split()[0 if "sip:" in line else 1] for line in network.ladder()] == [
        "INVITE",
        "200",
        "ACK",
        "BYE",
        "200",
    ]


@in_virtual_time
async def test_the_callee_hangs_up() -> None:
    async with two_parties(MemoryNetwork()) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        bob.legs[0].hang_up()
        await alice.until(HungUp)
        assert alice.legs[0].ended
        alice.legs[0].hang_up()  # too late: ignored
        await asyncio.sleep(SETTLED_S)
        assert bob.events == [Confirmed()]
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_ringing_and_early_media_are_told_and_repeated_every_minute() -> None:
    def progress(party: Party, leg: SipLeg) -> None:
        leg.ring()
        leg.progress(ANSWER)

    network = MemoryNetwork()
    async with two_parties(network, bob_answers=progress) as (alice, bob):
        alice.call(BOB_URI)
        await asyncio.sleep(150)
        early = [Ringing(180), Ringing(183, ANSWER)]
        assert alice.events == [*early, Ringing(183, ANSWER), Ringing(183, ANSWER)]
        bob.legs[0].answer(ANSWER)
        await bob.until(Confirmed)
        assert alice.events[-1] == Answered(ANSWER)


@pytest.mark.parametrize("status", [404, 486, 603])
@in_virtual_time
async def test_a_refusal_reaches_the_caller(status: int) -> None:
    def refuse(party: Party, leg: SipLeg) -> None:
        leg.reject(status, "Because", (("Warning", '399 here "no"'),))
        leg.answer(ANSWER)  # too late

    async with two_parties(MemoryNetwork(), bob_answers=refuse) as (alice, bob):
        alice.call(BOB_URI)
        event = await alice.until(Rejected)
        assert isinstance(event, Rejected)
        assert (event.status, event.reason, event.local) == (status, "Because", False)
        assert ("Warning", '399 here "no"') in event.headers
        await asyncio.sleep(SETTLED_S)
        assert bob.events == []
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_a_ringing_call_is_cancelled() -> None:
    network = MemoryNetwork()
    async with two_parties(network, bob_answers=ring_only) as (alice, bob):
        leg = alice.call(BOB_URI)
        await alice.until(Ringing)
        leg.hang_up(cause="no answer")
        await bob.until(HungUp)
        assert leg.ended
        await asyncio.sleep(SETTLED_S)
        assert alice.events == [Ringing(180)]
        assert bob.events == [HungUp("no answer", cancelled=True)]
        assert alice.is_idle
        assert bob.is_idle
    assert "SIP/2.0 487 Request Terminated" in network.ladder()


@in_virtual_time
async def test_before_a_provisional_response_the_cancel_waits() -> None:
    network = MemoryNetwork()
    async with two_parties(network, bob_answers=stay_silent) as (alice, bob):
        leg = alice.call(BOB_URI)
        await asyncio.sleep(0.01)
        leg.hang_up()
        assert not any("CANCEL" in line for line in network.ladder())
        await bob.until(HungUp)  # after the 100 that comes by itself
        trying = network.ladder().index("SIP/2.0 100 Trying")
        assert network.ladder()[trying + 1].startswith("CANCEL")
        await asyncio.sleep(SETTLED_S)
        assert alice.events == []
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_hanging_up_before_anything_was_sent_sends_nothing() -> None:
    network = MemoryNetwork()
    async with two_parties(network) as (alice, _):
        alice.call(BOB_URI).hang_up()
        await asyncio.sleep(1)
        assert network.ladder() == []
        assert alice.is_idle


@in_virtual_time
async def test_a_200_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    network = MemoryNetwork()
    async with two_parties(network, bob_answers=ring_only) as (alice, bob):
        leg = alice.call(BOB_URI)
        await alice.until(Ringing)
        leg.hang_up()
        bob.legs[0].answer(ANSWER)  # at the same instant
        await bob.until(HungUp)
        await asyncio.sleep(SETTLED_S)
        assert alice.events == [Ringing(180), AnsweredLate()]
        assert bob.events == [Confirmed(), HungUp()]
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_hanging_up_an_unanswered_inbound_call_refuses_it() -> None:
    async with two_parties(MemoryNetwork(), bob_answers=ring_only) as (alice, bob):
        alice.call(BOB_URI)
        await alice.until(Ringing)
        bob.legs[0].hang_up()
        event = await alice.until(Rejected)
        assert isinstance(event, Rejected)
        assert event.status == 480


@in_virtual_time
async def test_the_callee_waits_for_the_ack_before_its_bye() -> None:
    def answer_and_leave(party: Party, leg: SipLeg) -> None:
        leg.answer(ANSWER)
        leg.hang_up(cause="changed my mind")

    network = MemoryNetwork()
    async with two_parties(network, bob_answers=answer_and_leave) as (alice, bob):
        alice.call(BOB_URI)
        await alice.until(HungUp)
        await asyncio.sleep(SETTLED_S)
        assert alice.events == [Answered(ANSWER), HungUp("changed my mind")]
        assert bob.events == []
        assert alice.is_idle
        assert bob.is_idle
    requests = [line.split()[0] for line in network.ladder() if "SIP/2.0" not in line[:8]]
    assert requests == ["INVITE", "ACK", "BYE"]


@in_virtual_time
async def test_silence_is_told_as_408() -> None:
    async with two_parties(MemoryNetwork(lose)) as (alice, _):
        started = asyncio.get_running_loop().time()
        alice.call(BOB_URI)
        event = await alice.until(Rejected)
        assert isinstance(event, Rejected)
        assert (event.status, event.local) == (408, True)
        assert asyncio.get_running_loop().time() - started == pytest.approx(32)
        assert alice.is_idle


@in_virtual_time
async def test_an_unreachable_destination_is_told_as_503() -> None:
    async with two_parties(MemoryNetwork()) as (alice, _):
        alice.call("sip:bob@127.0.0.2:5080;transport=tls")
        event = await alice.until(Rejected)
        assert isinstance(event, Rejected)
        assert (event.status, event.local) == (503, True)
        assert alice.is_idle


@in_virtual_time
async def test_without_an_ack_the_call_is_lost_and_ended_with_bye() -> None:
    def no_ack(datagram: Datagram) -> tuple[float, ...]:
        return () if datagram.start_line.startswith("ACK") else (0.001,)

    network = MemoryNetwork(no_ack)
    async with two_parties(network) as (alice, bob):
        alice.call(BOB_URI)
        event = await bob.until(Lost)
        assert isinstance(event, Lost)
        assert isinstance(event.error, NoAcknowledgement)
        await asyncio.sleep(SETTLED_S)
        assert alice.events == [Answered(ANSWER), HungUp()]
        assert network.ladder().count("SIP/2.0 200 OK") == 12  # 11 for the INVITE, 1 for the BYE
        assert alice.is_idle
        assert bob.is_idle


@pytest.mark.parametrize("who", ["caller", "callee"])
@in_virtual_time
async def test_either_side_offers_anew(who: str) -> None:
    def accept(party: Party, leg: SipLeg, event: object) -> None:
        if isinstance(event, OfferReceived):
            leg.accept_offer(SECOND_ANSWER)

    async with two_parties(MemoryNetwork(), on_alice=accept, on_bob=accept) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        one, other = (alice, bob) if who == "caller" else (bob, alice)
        one.legs[0].offer(SECOND_OFFER)
        await one.until(OfferAnswered)
        assert OfferReceived(SECOND_OFFER) in other.events
        assert OfferAnswered(SECOND_ANSWER) in one.events
        alice.legs[0].hang_up()
        await asyncio.sleep(SETTLED_S)
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_a_refused_offer_leaves_the_call_alive() -> None:
    def refuse(party: Party, leg: SipLeg, event: object) -> None:
        if isinstance(event, OfferReceived):
            leg.refuse_offer()

    async with two_parties(MemoryNetwork(), on_bob=refuse) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        alice.legs[0].offer(SECOND_OFFER)
        assert await alice.until(OfferRefused) == OfferRefused(488)
        assert not alice.legs[0].ended
        alice.legs[0].offer(SECOND_OFFER)
        await asyncio.sleep(1)
        assert alice.events.count(OfferRefused(488)) == 2


@in_virtual_time
async def test_glare_is_settled_by_waiting_differently_long() -> None:
    def accept(party: Party, leg: SipLeg, event: object) -> None:
        if isinstance(event, OfferReceived):
            leg.accept_offer(SECOND_ANSWER)

    network = MemoryNetwork()
    async with two_parties(network, on_alice=accept, on_bob=accept) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        alice.legs[0].offer(SECOND_OFFER)
        bob.legs[0].offer(SECOND_OFFER)
        await asyncio.sleep(10)
        assert network.ladder().count("SIP/2.0 491 Request Pending") == 2
        for party in (alice, bob):
            assert party.events.count(OfferAnswered(SECOND_ANSWER)) == 1
            assert party.events.count(OfferReceived(SECOND_OFFER)) == 1
        again = [
            datagram.source.host
            for datagram in network.log
            if datagram.start_line.startswith("INVITE")
        ]
        assert again == ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.1"]


@in_virtual_time
async def test_an_offer_made_before_the_ack_waits_for_it() -> None:
    def answer_and_offer(party: Party, leg: SipLeg) -> None:
        leg.answer(ANSWER)
        leg.offer(OFFER)
        leg.offer(SECOND_OFFER)  # the newer wish replaces the one that still waits

    def accept(party: Party, leg: SipLeg, event: object) -> None:
        if isinstance(event, OfferReceived):
            leg.accept_offer(SECOND_ANSWER)

    async with two_parties(MemoryNetwork(), bob_answers=answer_and_offer, on_alice=accept) as (
        alice,
        bob,
    ):
        alice.call(BOB_URI)
        await bob.until(OfferAnswered)
        assert alice.events == [Answered(ANSWER), OfferReceived(SECOND_OFFER)]
        assert bob.events == [Confirmed(), OfferAnswered(SECOND_ANSWER)]


@in_virtual_time
async def test_an_invite_without_an_offer_gets_one_in_the_200() -> None:
    def offer(party: Party, leg: SipLeg) -> None:
        assert leg.sdp_offer == b""
        leg.answer(OFFER)

    def accept(party: Party, leg: SipLeg, event: object) -> None:
        if isinstance(event, Answered):
            leg.accept_offer(ANSWER)

    async with two_parties(MemoryNetwork(), bob_answers=offer, on_alice=accept) as (alice, bob):
        alice.call(BOB_URI, sdp=b"")
        assert await bob.until(Confirmed) == Confirmed(ANSWER)
        assert alice.events == [Answered(OFFER)]
        alice.legs[0].hang_up()
        await asyncio.sleep(SETTLED_S)
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_an_offer_in_the_200_that_nobody_wants_ends_the_call_properly() -> None:
    def decline(party: Party, leg: SipLeg, event: object) -> None:
        if isinstance(event, Answered):
            leg.refuse_offer()

    def offer(party: Party, leg: SipLeg) -> None:
        leg.answer(OFFER)

    async with two_parties(MemoryNetwork(), bob_answers=offer, on_alice=decline) as (alice, bob):
        alice.call(BOB_URI, sdp=b"")
        await bob.until(HungUp)
        await asyncio.sleep(SETTLED_S)
        assert alice.is_idle
        assert bob.is_idle


@pytest.mark.parametrize("who", ["caller", "callee"])
@in_virtual_time
async def test_a_reinvite_without_an_offer_asks_for_one(who: str) -> None:
    def accept(party: Party, leg: SipLeg, event: object) -> None:
        if event == OfferReceived(b""):
            leg.accept_offer(SECOND_OFFER)
        elif isinstance(event, OfferReceived):
            leg.accept_offer(SECOND_ANSWER)

    async with two_parties(MemoryNetwork(), on_alice=accept, on_bob=accept) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        one, other = (alice, bob) if who == "caller" else (bob, alice)
        one.legs[0].offer(b"")
        assert await other.until(OfferAnswered) == OfferAnswered(SECOND_ANSWER)
        assert OfferReceived(SECOND_OFFER) in one.events
        assert OfferReceived(b"") in other.events


@in_virtual_time
async def test_a_call_hung_up_while_an_offer_is_open_ends_cleanly() -> None:
    async with two_parties(MemoryNetwork()) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        alice.legs[0].offer(SECOND_OFFER)
        await bob.until(OfferReceived)  # and never answered
        bob.legs[0].hang_up()
        await alice.until(HungUp)
        await asyncio.sleep(SETTLED_S)
        assert alice.is_idle
        assert bob.is_idle


@in_virtual_time
async def test_a_mistake_of_the_owner_costs_its_call_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def clumsy(party: Party, leg: SipLeg) -> None:
        raise RuntimeError("the owner's mistake")

    async with two_parties(MemoryNetwork(), bob_answers=clumsy) as (alice, bob):
        alice.call(BOB_URI)
        event = await alice.until(Rejected)
        assert isinstance(event, Rejected)
        assert event.status == 500
        await asyncio.sleep(SETTLED_S)
        assert bob.is_idle
    assert "the owner's mistake" in caplog.text
    caplog.clear()


@in_virtual_time
async def test_a_call_survives_a_restart_of_one_side() -> None:
    network = MemoryNetwork()
    async with two_parties(network) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        saved = bob.legs[0].snapshot()
        await bob.agent.stop()
        assert alice.legs[0].snapshot()["direction"] == "outbound"

        again = Party(
            settings_at(BOB), PlainDirectory(trunk_hosts=TRUNKS), transports=network.open, seed=3
        )
        await again.agent.start()
        told: list[object] = []
        leg = again.agent.restore_leg(saved, told.append)
        assert leg.id == bob.legs[0].id
        assert leg.identity == bob.legs[0].identity
        leg.offer(SECOND_OFFER)
        await alice.until(OfferReceived)
        alice.legs[0].accept_offer(SECOND_ANSWER)
        await asyncio.sleep(1)
        assert told == [OfferAnswered(SECOND_ANSWER)]
        alice.legs[0].hang_up()
        await asyncio.sleep(SETTLED_S)
        assert told[1:] == [HungUp()]
        assert alice.is_idle
        assert again.is_idle
        await again.agent.stop()
