"""Every datagram of a call lost, doubled, and delayed past the next, in turn.

Whatever happens to one datagram, the call must be heard by both sides, end for both, and leave
no dialog and no transaction behind.
"""

import asyncio
from collections.abc import Callable

import pytest

from sip.dialogs.leg_events import (
    Answered,
    Confirmed,
    HungUp,
    OfferAnswered,
    OfferReceived,
    Rejected,
    Ringing,
)
from sip.edges.sip_leg import SipLeg
from tests.sip.memory_network import LATENCY_S, Hook, MemoryNetwork, delaying, doubling, losing
from tests.sip.parties import ANSWER, SECOND_ANSWER, SECOND_OFFER, Party
from tests.sip.scenes import BOB_URI, two_parties
from tests.virtual_time import in_virtual_time

PAST_THE_NEXT_S = 2.5 * LATENCY_S
PAST_A_RETRANSMISSION_S = 0.7
SETTLED_S = 200.0
DATAGRAMS = 12
"""More than the longest of the calls below sends when all goes well."""

FATES: dict[str, Callable[[int], Hook]] = {
    "lost": losing,
    "doubled": doubling,
    "past the next": lambda number: delaying(number, PAST_THE_NEXT_S),
    "past a retransmission": lambda number: delaying(number, PAST_A_RETRANSMISSION_S),
}

every_fate = pytest.mark.parametrize("fate", FATES)
every_datagram = pytest.mark.parametrize("number", range(DATAGRAMS))


def ring_and_answer(party: Party, leg: SipLeg) -> None:
    leg.ring()
    asyncio.get_running_loop().call_later(0.05, leg.answer, ANSWER)


def ring(party: Party, leg: SipLeg) -> None:
    leg.ring()


def accept(party: Party, leg: SipLeg, event: object) -> None:
    if isinstance(event, OfferReceived):
        leg.accept_offer(SECOND_ANSWER)


@every_fate
@every_datagram
@pytest.mark.parametrize("who_leaves", ["caller", "callee"])
@in_virtual_time
async def test_an_answered_call(fate: str, number: int, who_leaves: str) -> None:
    network = MemoryNetwork(FATES[fate](number))
    async with two_parties(
        network, bob_answers=ring_and_answer, on_alice=accept, on_bob=accept
    ) as (alice, bob):
        alice.call(BOB_URI)
        await alice.until(Answered)
        await bob.until(Confirmed)
        alice.legs[0].offer(SECOND_OFFER)
        await alice.until(OfferAnswered)
        one, other = (alice, bob) if who_leaves == "caller" else (bob, alice)
        one.legs[0].hang_up()
        await other.until(HungUp)
        await asyncio.sleep(SETTLED_S)
        assert alice.events.count(Answered(ANSWER)) == 1
        assert bob.events.count(Confirmed()) == 1
        assert bob.events.count(OfferReceived(SECOND_OFFER)) == 1
        assert other.events.count(HungUp()) == 1
        assert len(bob.legs) == 1
        assert alice.is_idle
        assert bob.is_idle


@every_fate
@every_datagram
@in_virtual_time
async def test_a_cancelled_call(fate: str, number: int) -> None:
    network = MemoryNetwork(FATES[fate](number))
    async with two_parties(network, bob_answers=ring) as (alice, bob):
        leg = alice.call(BOB_URI)
        await alice.until(Ringing)
        leg.hang_up()
        await bob.until(HungUp)
        await asyncio.sleep(SETTLED_S)
        assert bob.events == [HungUp(cancelled=True)]
        assert len(bob.legs) == 1
        assert alice.is_idle
        assert bob.is_idle


@every_fate
@every_datagram
@in_virtual_time
async def test_a_refused_call(fate: str, number: int) -> None:
    def refuse(party: Party, leg: SipLeg) -> None:
        leg.reject(486)

    network = MemoryNetwork(FATES[fate](number))
    async with two_parties(network, bob_answers=refuse) as (alice, bob):
        alice.call(BOB_URI)
        await alice.until(Rejected)
        await asyncio.sleep(SETTLED_S)
        assert [type(event) for event in alice.events] == [Rejected]
        assert len(bob.legs) == 1
        assert alice.is_idle
        assert bob.is_idle


@every_fate
@every_datagram
@in_virtual_time
async def test_both_hang_up_at_once(fate: str, number: int) -> None:
    network = MemoryNetwork(FATES[fate](number))
    async with two_parties(network) as (alice, bob):
        alice.call(BOB_URI)
        await bob.until(Confirmed)
        alice.legs[0].hang_up()
        bob.legs[0].hang_up()
        await asyncio.sleep(SETTLED_S)
        assert alice.is_idle
        assert bob.is_idle
