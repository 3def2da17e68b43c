"""One call at a phone of the demo: what was said about it, and what was heard on it."""

import asyncio
from typing import Final, TypeVar

from media.leg import MediaLeg
from media.sounds import Sound
from sentral.demo.ear import Ear
from sentral.failures import Failure
from sip.dialogs.leg_events import (
    Answered,
    Confirmed,
    HungUp,
    LegEvent,
    Lost,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    Rejected,
    Ringing,
)
from sip.edges.sip_leg import SipLeg
from sip.headers.name_addr import parse_name_addr
from sip.message import header
from sip.uri import parse_uri

PATIENCE_S: Final = 20.0
"""Nothing in the demo takes so long; what does has gone wrong."""

BETWEEN_KEYS_S: Final = 0.35
ENDED: Final = (HungUp, Rejected, Lost)

T = TypeVar("T")


class PhoneCall:
    """One call of a phone, with what was said about it and what was heard on it."""

    def __init__(self, who: str, sip: SipLeg, media: MediaLeg, ear: Ear) -> None:
        self.who = who
        self.sip = sip
        self.media = media
        self.ear = ear
        self.events: list[LegEvent] = []
        self._news = asyncio.Event()

    @property
    def caller(self) -> str:
        """Who calls, as the phone's display shows it."""
        return parse_uri(parse_name_addr(header(self.sip.invite, "From"), "From").uri).user

    @property
    def ended(self) -> bool:
        return any(isinstance(event, ENDED) for event in self.events)

    def hear(self, event: LegEvent) -> None:
        """The leg's `on_event`."""
        match event:
            case Ringing(_, sdp) | Answered(sdp) | OfferAnswered(sdp) | Confirmed(sdp):
                if sdp:
                    self.media.accept_answer(sdp)
            case OfferReceived(sdp):
                self.sip.accept_offer(self.media.answer(sdp) if sdp else self.media.reoffer())
        self.events.append(event)
        self._news.set()

    async def until(self, kind: type[T], what: str) -> T:
        """Wait for an event, from now or earlier.

        Raises:
            Failure: the call ended otherwise, or nothing came in time.
        """
        seen = 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for event in self.events[seen:]:
                        if isinstance(event, kind):
                            return event
                        if isinstance(event, ENDED):
                            raise Failure(f"{self.who} waited for {what}, but {_told(event)}")
                    seen = len(self.events)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Failure(f"{self.who} waited {PATIENCE_S:g} s in vain for {what}") from None

    async def renegotiated(self, offer: bytes) -> None:
        """Send a re-INVITE and wait for what the other side says to it."""
        before = len(self.events)
        self.sip.offer(offer)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (answers := [e for e in self.events[before:] if _is_answer(e)]):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Failure(f"{self.who}'s re-INVITE was not answered") from None
        if isinstance(answers[0], OfferRefused):
            raise Failure(f"{self.who}'s re-INVITE was refused with {answers[0].status}")

    async def hold(self) -> None:
        self.media.stop()
        await self.renegotiated(self.media.reoffer().replace(b"a=sendrecv", b"a=sendonly"))

    async def resume(self) -> None:
        await self.renegotiated(self.media.reoffer())

    async def press(self, keys: str) -> None:
        """RFC 4733 keys, one after the other."""
        for key in keys:
            self.media.send_digit(key)
            await asyncio.sleep(BETWEEN_KEYS_S)

    def speak(self, voice: Sound, *, once: bool = False) -> None:
        self.media.play([voice], loop=not once)

    def hang_up(self) -> None:
        self.sip.hang_up(cause="normal")


def _is_answer(event: LegEvent) -> bool:
    return isinstance(event, (OfferAnswered, OfferRefused))


def _told(event: LegEvent) -> str:
    match event:
        case Rejected(status, reason):
            return f"the call was refused: {status} {reason}"
        case Lost(error):
            return f"the call was lost: {error}"
        case _:
            return "the call was ended"
