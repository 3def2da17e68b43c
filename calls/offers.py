"""Offers as phones hear them: performs the distributor's effects, reports what phones did."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias, assert_never

import structlog

from acd.effects import Connect, Effect, Record, RemoveFromQueue, RingAgent, StopRinging
from calls.auto_answer import HEADERS
from calls.conversation import tell_leg_over
from calls.dialler import Dialler, Dialling
from calls.greeting import Greeting
from calls.leg import BROKEN, Leg
from calls.presentation import Presentation, Shown
from calls.settings import PhoneSettings
from events.calls import LegRang
from events.event import Event
from events.ids import AgentId, CallId, OfferId, PhoneId, QueueName
from events.queues import (
    BridgeFailed,
    OfferAnswered,
    OfferAnsweredLate,
    OfferFailed,
    OfferOutcome,
    OfferPickedUp,
)
from media.sounds import Sound
from sip.message import Headers

Speak: TypeAlias = Callable[[RingAgent, str | None], Sequence[Sound]]
"""What who picks up hears before the caller; the key is the one that they must press."""

ANSWERED_ELSEWHERE: Final = "answered_elsewhere"
"""Why a phone stops ringing when somebody else answered the same call."""

_log = structlog.get_logger(__name__)


class QueuedCall(Protocol):
    """A call as an offer sees it; `calls.call.Call`."""

    def next_leg(self) -> str:
        """Name for a leg that is about to be dialled."""

    def shown(self, queue: QueueName) -> Shown:
        """What an agent's phone shows of it."""

    @property
    def codec(self) -> str:
        """What the caller speaks."""

    @property
    def takes_noise(self) -> bool:
        """Whether the caller takes comfort noise."""

    @property
    def farewell(self) -> Headers:
        """Why the caller left, in their own words."""

    def connect(self, effect: Connect, leg: Leg) -> bool:
        """Bridge the caller with the leg, in this turn; false if there is no caller any more."""

    def leave_queue(self, effect: RemoveFromQueue) -> None: ...

    def fail(self) -> None:
        """End it: a promise of our own is broken."""

    @property
    def customer_first(self) -> bool:
        """Whether the customer is called before the agent's phone rings."""

    def fetch(self, ring: RingAgent, came: Callable[[], None]) -> bool:
        """Call a customer who is not on the line; false if they are. `came` follows when they
        answer; if they do not, the place in the queue is given up."""

    def stop_fetching(self) -> None:
        """The agent is gone for whom the customer was called."""


class Offers:
    """One per process. An offer is a leg that rings; it is here until it is closed or connected."""

    def __init__(
        self,
        dialler: Dialler,
        append: Callable[[Event], None],
        find_call: Callable[[CallId], QueuedCall | None],
        presentation: Presentation,
        *,
        provisional_s: float,
        phones: Mapping[PhoneId, PhoneSettings],
        speak: Speak,
    ) -> None:
        self._phones = phones
        self._speak = speak
        self._dialler = dialler
        self._append = append
        self._find_call = find_call
        self._presentation = presentation
        self._provisional_s = provisional_s
        self._open: dict[OfferId, _Offer] = {}
        self._fetching: dict[OfferId, QueuedCall] = {}

    def __len__(self) -> int:
        return len(self._open)

    def leg_of(self, offer_id: OfferId) -> Leg | None:
        """What rings, or has been picked up, for an open offer."""
        offer = self._open.get(offer_id)
        return None if offer is None else offer.leg

    def ringing(self) -> Iterator[tuple[RingAgent, Leg]]:
        """Every open offer and the leg by which it rings."""
        return ((offer.effect, offer.leg) for offer in self._open.values())

    def pick_up(self, ring: RingAgent, agent: AgentId, leg: Leg) -> None:
        """Another phone takes what rings: its leg, answered, and the agent there get the call."""
        call = self._find_call(ring.call)
        assert call is not None
        self._close(ring.offer, ANSWERED_ELSEWHERE)
        taken = Connect(ring.offer, ring.call, ring.entry, ring.queue, agent)
        connected = call.connect(taken, leg)
        assert connected, "the caller was there in this very turn"

    def perform(self, effect: Effect, decided_at: float) -> None:
        try:
            self._perform(effect, decided_at)
        except Exception:  # our own broken promise ends the call that it is about, no other
            _log.exception("effect_failed", effect=type(effect).__name__)
            self._broke(effect)

    def _perform(self, effect: Effect, decided_at: float) -> None:
        match effect:
            case RingAgent():
                self._ring(effect, decided_at)
            case StopRinging(offer, reason):
                self._close(offer, reason)
            case Connect():
                self._connect(effect)
            case RemoveFromQueue(call):
                if (waiting := self._find_call(call)) is not None:
                    waiting.leave_queue(effect)
            case Record():
                raise AssertionError("the feed records facts itself")
            case _:
                assert_never(effect)

    def _ring(self, effect: RingAgent, decided_at: float) -> None:
        call = self._find_call(effect.call)
        if call is None:
            self._append(OfferFailed(effect.offer, OfferOutcome.WITHDRAWN))
            return
        if self._fetched_first(effect, call, decided_at):
            return
        if self._dialler.is_in_use(effect.phone):  # by a feature code, say: never call waiting
            self._append(OfferFailed(effect.offer, OfferOutcome.BUSY))
            return
        shown = call.shown(effect.queue)
        dialling = Dialling(
            call=effect.call,
            name=call.next_leg(),
            number=shown.user,
            display=shown.display,
            headers=(*shown.headers, *self._headers(effect)),
            agent=effect.agent,
            decided_at=decided_at,
            codec=call.codec,
            offers_noise=call.takes_noise,
        )
        offer = _Offer(
            effect, self._append, self._forget, self._presentation, self._greet, self._ready
        )
        leg = self._dialler.phone(dialling, effect.phone, offer)
        if leg is None:
            self._append(OfferFailed(effect.offer, OfferOutcome.UNREACHABLE))
            return
        self._open[effect.offer] = offer
        offer.rings(leg, self._provisional_s)

    def _fetched_first(self, effect: RingAgent, call: QueuedCall, decided_at: float) -> bool:
        """Whether the agent's phone has to wait for the customer's."""
        if not (effect.callback and call.customer_first):
            return False
        if not call.fetch(effect, lambda: self._customer_came(effect, decided_at)):
            return False
        self._fetching[effect.offer] = call
        return True

    def _customer_came(self, effect: RingAgent, decided_at: float) -> None:
        """Who is called back is on the line, before the agent: now it is an offer as any other."""
        if self._fetching.pop(effect.offer, None) is not None:
            self._ring(effect, decided_at)

    def _ready(self, effect: RingAgent, leg: Leg) -> None:
        """The agent has accepted; a customer who is not on the line is called now."""
        call = self._find_call(effect.call) if effect.callback else None
        if call is None or not call.fetch(effect, lambda: self._both_there(effect, leg)):
            self._append(OfferAnswered(effect.offer))
            return
        self._fetching[effect.offer] = call
        leg.media.tone("ringback")
        self._append(OfferPickedUp(effect.offer))

    def _both_there(self, effect: RingAgent, leg: Leg) -> None:
        if self._fetching.pop(effect.offer, None) is not None:
            leg.media.stop()
            self._append(OfferAnswered(effect.offer))

    def _headers(self, effect: RingAgent) -> Headers:
        phone = self._phones.get(effect.phone)
        return HEADERS[phone.auto_answer] if effect.auto_answer and phone else ()

    def _greet(self, effect: RingAgent, leg: Leg, offer: "_Offer") -> Greeting | None:
        """None when to pick up is to have the caller."""
        phone = self._phones.get(effect.phone)
        key = effect.accept_key or (phone.accept_key if phone else None)
        sounds = self._speak(effect, key)
        if not sounds and key is None:
            return None
        return Greeting(leg, sounds, key, accepted=offer.accepted, ignored=offer.ignored)

    def _connect(self, effect: Connect) -> None:
        offer = self._open.get(effect.offer)
        call = self._find_call(effect.call)
        if offer is not None and call is not None and call.connect(effect, offer.leg):
            del self._open[effect.offer]
            return
        self._close(effect.offer, "no_caller")
        self._append(BridgeFailed(effect.call, effect.offer))

    def _broke(self, effect: Effect) -> None:
        """Nobody keeps ringing and nobody stays reserved for a call that is given up."""
        match effect:
            case RingAgent(offer):
                self._close(offer, BROKEN)
                self._append(OfferFailed(offer, OfferOutcome.WITHDRAWN))
            case Connect(offer, about):
                self._close(offer, BROKEN)
                self._append(BridgeFailed(about, offer))
            case _:
                pass
        call_id = getattr(effect, "call", None)
        if call_id is not None and (call := self._find_call(call_id)) is not None:
            call.fail()

    def _close(self, offer_id: OfferId, reason: str) -> None:
        self._stop_fetching(offer_id)
        if (offer := self._open.pop(offer_id, None)) is not None:
            call = self._find_call(offer.effect.call)
            offer.stop(reason, call.farewell if call is not None else ())

    def _forget(self, offer_id: OfferId) -> None:
        self._stop_fetching(offer_id)
        self._open.pop(offer_id, None)

    def _stop_fetching(self, offer_id: OfferId) -> None:
        if (call := self._fetching.pop(offer_id, None)) is not None:
            call.stop_fetching()


class _Offer:
    """A ringing leg and its listener."""

    def __init__(
        self,
        effect: RingAgent,
        append: Callable[[Event], None],
        forget: Callable[[OfferId], None],
        presentation: Presentation,
        greet: "Callable[[RingAgent, Leg, _Offer], Greeting | None]",
        ready: Callable[[RingAgent, Leg], None],
    ) -> None:
        self._ready = ready
        self.leg: Leg
        self._greet = greet
        self._greeting: Greeting | None = None
        self.effect = effect
        self._append = append
        self._forget = forget
        self._presentation = presentation
        self._rang = False
        self._silence: asyncio.TimerHandle | None = None

    def rings(self, leg: Leg, provisional_s: float) -> None:
        self.leg = leg
        leg.on_trying = self._heard_of
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(provisional_s, self._no_word)

    def stop(self, reason: str, why: Headers) -> None:
        """`why`: in the words of the caller who left; ours go before them."""
        self._heard_of()
        self._end_greeting()
        if not self.leg.closed:
            if not self.leg.answered:
                self.leg.on_late_answer = self._answered_late
            elsewhere = reason == ANSWERED_ELSEWHERE
            said = self._presentation.farewell(self.effect.queue, answered_elsewhere=elsewhere)
            self.leg.hang_up(headers=said or why)
            tell_leg_over(self._append, self.effect.call, self.leg, reason)

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None:
        self._heard_of()
        if not self._rang:
            self._rang = True
            self._append(LegRang(self.effect.call, leg.name))

    def leg_answered(self, leg: Leg) -> None:
        self._heard_of()
        self._greeting = self._greet(self.effect, leg, self)
        if self._greeting is None:
            self.accepted()
            return
        self._append(OfferPickedUp(self.effect.offer))
        if self._greeting is not None:  # nobody took the offer back meanwhile
            self._greeting.start(self.effect.accept_s)

    def accepted(self) -> None:
        """The agent is there, and knows whom they get."""
        self._greeting = None
        self._ready(self.effect, self.leg)

    def ignored(self) -> None:
        """Somebody or something picked up, and did not press the key."""
        self._greeting = None
        self.leg.hang_up()
        self._fail(OfferOutcome.NO_ANSWER, OfferOutcome.NO_ANSWER.value, None)

    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None:
        self._fail(outcome, outcome.value, status)

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self._fail(OfferOutcome.REJECTED, cause, None)  # answered and hung up in one breath

    def leg_held(self, leg: Leg) -> None: ...
    def leg_resumed(self, leg: Leg) -> None: ...
    def leg_renegotiated(self, leg: Leg) -> None: ...
    def leg_silent(self, leg: Leg) -> None: ...

    def leg_key(self, leg: Leg, key: str) -> None:
        if self._greeting is not None:
            self._greeting.pressed(key)

    def leg_played(self, leg: Leg, playback: int) -> None:
        if self._greeting is not None:
            self._greeting.played(playback)

    def _no_word(self) -> None:
        self._silence = None
        self.leg.hang_up()
        self._fail(OfferOutcome.UNREACHABLE, "unreachable", None)

    def _fail(self, outcome: OfferOutcome, cause: str, status: int | None) -> None:
        self._heard_of()
        self._end_greeting()
        tell_leg_over(self._append, self.effect.call, self.leg, cause, status)
        self._forget(self.effect.offer)
        self._append(OfferFailed(self.effect.offer, outcome))

    def _answered_late(self) -> None:
        ring = self.effect
        self._append(OfferAnsweredLate(ring.offer, ring.call, ring.queue, ring.agent))

    def _end_greeting(self) -> None:
        if self._greeting is not None:
            self._greeting.stop()
            self._greeting = None

    def _heard_of(self) -> None:
        """Stop waiting for a sign of life."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
