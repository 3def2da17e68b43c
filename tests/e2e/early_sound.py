"""What tests of early sound share: a caller of our own stack, and what is heard of three tones."""

import asyncio
from random import Random
from typing import Final

from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, LegEvent, Ringing
from sip.edges.sip_leg import SipLeg
from sip.edges.user_agent import UserAgent
from sip.message import Request
from sip.settings import SipSettings
from tests.calls.phone import sdp
from tests.rig.centre import Centre
from tests.rig.handset import Handset
from tests.rig.ports import LOOPBACK, free_ports
from tests.sip.parties import PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sound import RATE_HZ, tones_heard

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
    """Calls through the demo's loopback trunk.

    Attributes:
        answered: set once somebody has answered.
        rang: set once it rings somewhere.
    """

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.rang = asyncio.Event()
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
        elif isinstance(event, Ringing):
            self.rang.set()


async def next_of(branches: RawPeer, method: str) -> Request:
    """The next request of this method; what else is repeated meanwhile is no matter."""
    while True:
        message = await branches.next()
        if isinstance(message, Request) and message.method == method:
            return message
