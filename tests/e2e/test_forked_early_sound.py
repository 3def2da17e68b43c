"""A call that a proxy has forked: two branches promise early sound, on real sockets.

Whoever is heard first stays the one, and a 180 after it silences nobody (RFC 3960). The branches
are played by hand, with the tags that a proxy would pass on; the caller by our own stack.
"""

import asyncio
from pathlib import Path
from random import Random
from typing import Final

import pytest

from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, LegEvent
from sip.edges.sip_leg import SipLeg
from sip.edges.sockets import real_sockets
from sip.edges.user_agent import UserAgent
from sip.message import Request, header
from sip.settings import SipSettings
from tests.calls.phone import sdp
from tests.e2e.stage import CALM, at_rest
from tests.rig.centre import Centre
from tests.rig.handset import Handset
from tests.rig.ports import LOOPBACK, free_ports
from tests.sip.parties import PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sound import RATE_HZ, tone, tones_heard

PHONE: Final = "2006"
FIRST_HZ, SECOND_HZ, RINGBACK_HZ = 700.0, 1300.0, 425.0
PATIENCE_S: Final = 60.0
POLL_S: Final = 0.1


def tail(handset: Handset, seconds: float = 0.5) -> set[float]:
    """Which of the tones were in what was heard last."""
    heard = handset.heard()[-round(seconds * RATE_HZ) :]
    return tones_heard(heard, (FIRST_HZ, SECOND_HZ, RINGBACK_HZ)) if len(heard) else set()


async def until_heard(handset: Handset, hz: float) -> None:
    while tail(handset) != {hz}:  # noqa: ASYNC110  it can only be listened to again
        await asyncio.sleep(POLL_S)


async def more_of(handset: Handset, seconds: float) -> set[float]:
    """The tones in the end of as much sound again, however long that takes to come."""
    enough = len(handset.heard()) + round(seconds * RATE_HZ)
    while len(handset.heard()) < enough:  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    return tail(handset)


def sound_port(invite: Request) -> int:
    (line,) = (text for text in invite.body.decode().split("\r\n") if text.startswith("m=audio"))
    return int(line.split()[1])


class Caller:
    """Calls through the demo's loopback trunk; `answered` once somebody has answered."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.agent = UserAgent(
            SipSettings(listen=LOOPBACK, port=free_ports(2), transports=("UDP",)),
            PlainDirectory(trunk_hosts={LOOPBACK: "centre"}),
            on_call=lambda leg: leg.reject(486),
            on_binding=lambda _: None,
            rng=Random(1),
        )

    def call(self, centre: Centre, ear: Handset) -> SipLeg:
        return self.agent.invite(
            Target(f"sip:{PHONE}@{centre.sip}", Address("UDP", LOOPBACK, centre.sip_port)),
            from_user="5551234",
            sdp=sdp(LOOPBACK, ear.port),
            on_event=self._told,
        )

    def _told(self, event: LegEvent) -> None:
        if isinstance(event, Answered):
            self.answered.set()


async def next_of(branches: RawPeer, method: str) -> Request:
    """The next request of this method; what else is repeated meanwhile is no matter."""
    while True:
        message = await branches.next()
        if isinstance(message, Request) and message.method == method:
            return message


@pytest.mark.sipp
async def test_of_two_branches_the_one_that_is_heard_first_stays(tmp_path: Path) -> None:
    port = free_ports(2)
    phones = {PHONE: {"contact": f"sip:{PHONE}@{LOOPBACK}:{port}"}}
    caller = Caller()
    async with (
        Centre(tmp_path, changes={**CALM, "phones": phones}) as centre,
        Handset() as ear,
        Handset() as first,
        Handset() as second,
        asyncio.timeout(PATIENCE_S),
    ):
        address = Address("UDP", LOOPBACK, centre.sip_port)
        branches = await RawPeer(address).open(real_sockets, Address("UDP", LOOPBACK, port))
        await caller.agent.start()
        try:
            leg = caller.call(centre, ear)
            invite = await branches.next_request("INVITE")
            ours = (LOOPBACK, sound_port(invite))
            branches.respond(invite, 183, tag="first", body=sdp(LOOPBACK, first.port))
            branches.respond(invite, 183, tag="second", body=sdp(LOOPBACK, second.port))
            second.say(tone(SECOND_HZ, 1.0))
            second.speak_to(ours)
            await until_heard(ear, SECOND_HZ)

            branches.respond(invite, 180, tag="second")
            branches.respond(invite, 180, tag="first")
            branches.respond(invite, 183, tag="first", body=sdp(LOOPBACK, first.port))
            first.say(tone(FIRST_HZ, 1.0))
            first.speak_to(ours)
            assert await more_of(ear, 1.5) == {SECOND_HZ}  # no ringback, and not the other one

            branches.respond(invite, 200, tag="second", body=sdp(LOOPBACK, second.port))
            assert header(await next_of(branches, "ACK"), "To").endswith("second")
            await caller.answered.wait()
            branches.respond(invite, 200, tag="first", body=sdp(LOOPBACK, first.port))
            assert header(await next_of(branches, "ACK"), "To").endswith("first")
            late = await next_of(branches, "BYE")
            assert header(late, "To").endswith("first")
            branches.respond(late, 200)
            assert await more_of(ear, 1.0) == {SECOND_HZ}

            leg.hang_up()
            over = await next_of(branches, "BYE")
            while header(over, "To").endswith("first"):  # repeated before our answer came
                over = await next_of(branches, "BYE")
            branches.respond(over, 200)
            await at_rest(centre)
        finally:
            await caller.agent.stop()
            await branches.transport.close()
