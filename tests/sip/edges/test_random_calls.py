"""Two owners who do anything at any time over a network that does anything to datagrams.

A failure prints the shortest story that breaks a promise.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.dialogs.leg_events import (
    Answered,
    Confirmed,
    HungUp,
    LegEvent,
    Lost,
    OfferReceived,
    Rejected,
)
from sip.edges.sip_leg import SipLeg
from tests.sip.memory_network import LATENCY_S, Datagram, MemoryNetwork
from tests.sip.parties import ANSWER, OFFER, SECOND_ANSWER, SECOND_OFFER, Party
from tests.sip.scenes import BOB_URI, two_parties
from tests.virtual_time import run

SETTLED_S = 400.0
ENDINGS = (Rejected, HungUp, Lost)

FATES: tuple[tuple[float, ...], ...] = (
    (LATENCY_S,),
    (LATENCY_S,),
    (LATENCY_S,),
    (),
    (LATENCY_S, 3 * LATENCY_S),
    (4 * LATENCY_S,),
    (0.8,),
)
ACTIONS = (
    "ring",
    "progress",
    "answer",
    "reject",
    "hang_up",
    "offer",
    "ask for an offer",
    "accept_offer",
    "refuse_offer",
)


@dataclass(frozen=True)
class Step:
    wait_s: float
    by_caller: bool
    action: str


STEPS = st.builds(
    Step,
    st.sampled_from([0.0, LATENCY_S, 0.01, 0.6, 3.0, 40.0]),
    st.booleans(),
    st.sampled_from(ACTIONS),
)


def act(leg: SipLeg, action: str) -> None:
    """Everything is allowed at any time: what does not fit is ignored."""
    match action:
        case "ring":
            leg.ring()
        case "progress":
            leg.progress(ANSWER)
        case "answer":
            leg.answer(ANSWER)
        case "reject":
            leg.reject(486)
        case "hang_up":
            leg.hang_up()
        case "offer":
            leg.offer(SECOND_OFFER)
        case "ask for an offer":
            leg.offer(b"")
        case "accept_offer":
            leg.accept_offer(SECOND_ANSWER)
        case "refuse_offer":
            leg.refuse_offer()


def answer_offers(party: Party, leg: SipLeg, event: LegEvent) -> None:
    if isinstance(event, OfferReceived):
        leg.accept_offer(SECOND_ANSWER)


def wait_for_script(party: Party, leg: SipLeg) -> None:
    """The steps decide."""


def check_story(party: Party) -> None:
    """At most one answer, at most one ending, and nothing after it."""
    for number in range(len(party.legs)):
        events = [event for leg, event in party.heard if leg == number]
        endings = [index for index, event in enumerate(events) if isinstance(event, ENDINGS)]
        assert endings in ([], [len(events) - 1])
        assert sum(isinstance(event, Answered | Confirmed) for event in events) <= 1
        assert party.legs[number].ended


async def play(
    steps: Sequence[Step], fates: Sequence[tuple[float, ...]], sdp: bytes, *, helpful: bool
) -> None:
    def fate(datagram: Datagram) -> tuple[float, ...]:
        return fates[datagram.number] if datagram.number < len(fates) else (LATENCY_S,)

    network = MemoryNetwork(fate)
    answering = {"on_alice": answer_offers, "on_bob": answer_offers} if helpful else {}
    async with two_parties(network, bob_answers=wait_for_script, **answering) as (alice, bob):
        alice.call(BOB_URI, sdp=sdp)
        for step in steps:
            await asyncio.sleep(step.wait_s)
            legs = alice.legs if step.by_caller else bob.legs
            for leg in legs:
                act(leg, step.action)
        for party in (alice, bob):
            for leg in party.legs:
                leg.hang_up()
        await asyncio.sleep(SETTLED_S)
        for leg in bob.legs:  # the INVITE may have arrived only now
            leg.hang_up()
        await asyncio.sleep(SETTLED_S)
        for party in (alice, bob):
            check_story(party)
            assert party.is_idle


@settings(max_examples=300, deadline=None)
@given(
    steps=st.lists(STEPS, max_size=12),
    fates=st.lists(st.sampled_from(FATES), max_size=25),
    sdp=st.sampled_from([OFFER, b""]),
    helpful=st.booleans(),
)
def test_every_story_ends_once_and_leaves_nothing(
    steps: list[Step], fates: list[tuple[float, ...]], sdp: bytes, helpful: bool
) -> None:
    run(play(steps, fates, sdp, helpful=helpful))
