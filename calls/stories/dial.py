"""Calls to a phone or through a trunk: ringing, early sound, conversation, and every refusal."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from calls.call import Call
from calls.caller_privacy import OPEN
from calls.conversation import Over, tell_leg_over
from calls.dialler import Dialling
from calls.ending import BUSY_HERE, NOT_REACHED
from calls.leg import Leg
from calls.presentation import ELSEWHERE
from calls.redirections import Hop, Redirected, Search
from calls.referral import NONE, Referral
from calls.ringback import Ringback
from calls.scope import PassedOn
from calls.stories import give_back
from events.agents import AgentEngaged, AgentReleased
from events.calls import CallTransferred, LegRang, Side
from events.ids import AgentId, PhoneId, TrunkName
from events.queues import OfferOutcome
from ivr.caller import CallerGone, TransferOutcome
from sip.headers.privacy import ANONYMOUS
from sip.message import Headers
from sip.redirection import Diversion

PICKED_UP: Final = "picked_up"
_STATUS: Final = {
    OfferOutcome.BUSY: BUSY_HERE,
    OfferOutcome.NO_ANSWER: NOT_REACHED,
    OfferOutcome.UNREACHABLE: NOT_REACHED,
    OfferOutcome.MEDIA_FAILED: NOT_REACHED,
}


@dataclass(frozen=True, slots=True)
class Reached:
    """`agent` sits there, engaged."""

    leg: Leg
    agent: AgentId | None


@dataclass(frozen=True, slots=True)
class NotReached:
    """`status` is what the other side said, or 480 and 486 of our own."""

    outcome: OfferOutcome
    status: int
    headers: Headers = ()
    """Why, and when to try again, in the other side's words."""
    redirected: Redirected | None = None

    @property
    def as_told(self) -> int:
        """The status with which we say so ourselves. A redirection is not the caller's to follow:
        it names whom our phones and trunks would call."""
        if self.redirected is not None or 300 <= self.status < 400:
            return NOT_REACHED
        return _STATUS.get(self.outcome, self.status)


async def tell(call: Call) -> None:
    """A phone's call to another phone, or out."""
    outcome = await dial(
        call,
        call.state.route_kind,
        call.state.route_target,
        call.state.route_number,
        anywhere=True,
    )
    if isinstance(outcome, NotReached):
        call.end(outcome.outcome.value, outcome.as_told, outcome.headers)
    else:
        call.end(outcome.cause, NOT_REACHED, outcome.headers)


async def transfer(call: Call, kind: str, target: str, number: str) -> TransferOutcome:
    """Connect a caller who is in a flow; the caller is still there afterwards."""
    resumed = call.conversation is not None
    if not resumed and await give_back.give_back(call, kind, target, number):
        call.happened(CallTransferred(call.id, Side.SYSTEM, kind, target, number=number))
        give_back.end(call)
        raise CallerGone
    outcome = await dial(call, kind, target, number, passed_on=not resumed)
    if not isinstance(outcome, NotReached):
        return TransferOutcome.ANSWERED
    match outcome.outcome:
        case OfferOutcome.BUSY:
            return TransferOutcome.BUSY
        case OfferOutcome.NO_ANSWER:
            return TransferOutcome.NO_ANSWER
        case _:
            return TransferOutcome.FAILED


async def dial(
    call: Call,
    kind: str,
    target: str,
    number: str,
    *,
    passed_on: bool = False,
    anywhere: bool = False,
) -> NotReached | Over:
    """Ring, bridge, and stay until the conversation is over.

    `passed_on`: a flow transfers the caller there, which is counted once it is answered.
    `anywhere`: it may be redirected to a queue or a flow, which ends this story (`PassedOn`).
    """
    if call.conversation is None:  # else it outlived a restart
        past = (Diversion(call.state.dialled, "unconditional"),) if passed_on else ()
        reached = await reach(call, kind, target, number, past=past, anywhere=anywhere)
        if isinstance(reached, NotReached):
            return reached
        if reached.leg.line[0] == "phone" and call.state.phone is not None:
            call.leg.show(call.services.desk.party_at(PhoneId(reached.leg.line[1])))
        call.answer()
        call.bridge(reached.leg, agent=reached.agent).tell_holds()
        if passed_on:
            call.happened(CallTransferred(call.id, Side.SYSTEM, kind, target, number=number))
    return await call.talk()


async def reach(
    call: Call,
    kind: str,
    target: str,
    number: str,
    *,
    referral: Referral = NONE,
    on_ring: Callable[[], None] = lambda: None,
    past: Sequence[Diversion] = (),
    anywhere: bool = False,
) -> Reached | NotReached:
    """Ring until answered, there or wherever it is redirected to.

    The agent who sits there is engaged from now on if it is. `referral`: why it is rung, if a
    party asked for it. `past`: who in our house passed the
    call on, the last one first.
    """
    search = Search(
        call.services.redirections,
        Hop(kind, target, number, referral=referral),
        (*past, *call.diversions),
    )
    result: Reached | NotReached = NotReached(OfferOutcome.UNREACHABLE, NOT_REACHED)
    while (hop := search.next()) is not None:
        if hop.kind in ("queue", "flow"):
            if anywhere:
                raise PassedOn(hop.kind, hop.target, hop.number)
            continue
        result = await _reach(call, hop, search.diversions, on_ring)
        if isinstance(result, Reached) or result.status >= 600:
            break
        if result.redirected is not None:
            search.redirected(hop, result.redirected)
    return result


async def _reach(
    call: Call, hop: Hop, diversions: Sequence[Diversion], on_ring: Callable[[], None]
) -> Reached | NotReached:
    called = _agent_called(call, hop.kind, hop.target)
    if called is not None:
        call.happened(AgentEngaged(called, call.id))
    leg: Leg | NotReached | None = None
    try:
        leg = await _ring(call, hop, diversions, on_ring)
        if isinstance(leg, NotReached) or leg.line == (hop.kind, hop.target):
            return leg if isinstance(leg, NotReached) else Reached(leg, called)
        return Reached(leg, _engaged_at(call, leg))  # who picked up
    finally:
        if called is not None and not (isinstance(leg, Leg) and leg.line == (hop.kind, hop.target)):
            call.happened(AgentReleased(called, call.id))


def _engaged_at(call: Call, leg: Leg) -> AgentId | None:
    kind, name = leg.line
    agent = call.services.desk.agent_at(PhoneId(name)) if kind == "phone" else None
    if agent is not None:
        call.happened(AgentEngaged(agent, call.id))
    return agent


def _agent_called(call: Call, kind: str, target: str) -> AgentId | None:
    """Who sits at the phone that is about to ring: busy for the distributor from here on.

    Nobody, if the phone is in use already: then it is not rung (486, never call waiting).
    """
    desk = call.services.desk
    if kind != "phone" or desk.is_busy(PhoneId(target)):
        return None
    return desk.agent_at(PhoneId(target))


async def _ring(
    call: Call, hop: Hop, diversions: Sequence[Diversion], on_ring: Callable[[], None]
) -> Leg | NotReached:
    """The leg that answered; the caller is still there."""
    if call.leg.closed:
        raise CallerGone
    call.left_alone = False
    if (
        hop.kind == "phone"
        and call.services.desk.is_busy(PhoneId(hop.target))
        and not hop.referral.replaces
    ):
        return NotReached(OfferOutcome.BUSY, BUSY_HERE)
    ringing = _Ringing(call, on_ring)
    leg = _dialled(call, hop, diversions, ringing)
    if leg is None:
        return NotReached(OfferOutcome.UNREACHABLE, NOT_REACHED)
    failure = await ringing.outcome(leg, call.services.settings.ring_phone_s)
    if failure is not None:
        return failure
    leg = ringing.leg
    if leg.closed:  # answered and hung up in one turn of the loop
        return NotReached(OfferOutcome.REJECTED, NOT_REACHED)
    if call.leg.closed:  # the answer came, and in the same turn the caller's hang-up
        hang_up(call, leg, "cancelled")
        raise CallerGone
    return leg


def _dialled(
    call: Call, hop: Hop, diversions: Sequence[Diversion], ringing: "_Ringing"
) -> Leg | None:
    shown = call.shown()
    dialling = Dialling(
        call.id,
        call.next_leg(),
        shown.user,
        shown.display,
        (*shown.headers, *call.services.presentation.diverted(diversions)),
        diversions=tuple(diversions),
        referral=hop.referral,
        codec=call.codec,
        offers_noise=call.takes_noise,
    )
    dialler = call.services.dialler
    if hop.kind == "phone":
        return dialler.phone(dialling, PhoneId(hop.target), ringing)
    urgent = call.services.plan.is_emergency(hop.number)
    return dialler.trunk(
        _to_trunk(call, dialling, urgent=urgent),
        TrunkName(hop.target),
        hop.number,
        ringing,
        urgent=urgent,
        uri=hop.uri,
    )


def _to_trunk(call: Call, dialling: Dialling, *, urgent: bool) -> Dialling:
    """The trunk's settings say what it is told of a caller who hides; help must find everybody."""
    number = call.number or ANONYMOUS
    privacy = OPEN if urgent else call.privacy
    return replace(dialling, number=number, display=call.name or number, privacy=privacy)


def hang_up(call: Call, leg: Leg, cause: str) -> None:
    leg.hang_up(headers=call.leg.farewell)
    tell_leg_over(call.happened, call.id, leg, cause)


class _Ringing:
    """Listens to the dialled leg until it answers or fails, and lets the caller hear it ring."""

    def __init__(self, call: Call, on_ring: Callable[[], None]) -> None:
        self.leg: Leg
        self._call = call
        self._on_ring = on_ring
        self._result: asyncio.Future[NotReached | None] = asyncio.get_running_loop().create_future()
        self._rang = False
        self._ringback: Ringback | None = None

    async def outcome(self, leg: Leg, ring_s: float) -> NotReached | None:
        """None when it answered, or another `leg` in its place.

        The leg is gone when it did not, or when we are cancelled.
        """
        self.leg, self._call.ringing = leg, self
        answered, cause = False, "cancelled"
        try:
            async with asyncio.timeout(ring_s):
                failure = await self._result
            answered = failure is None
            return failure
        except TimeoutError:
            cause = OfferOutcome.NO_ANSWER.value
            return NotReached(OfferOutcome.NO_ANSWER, NOT_REACHED)
        finally:
            self._call.ringing = None
            self._stop_ringback()
            if not answered and not self.leg.closed:
                self._hush()
                hang_up(self._call, self.leg, cause)

    def pick_up(self, leg: Leg) -> None:
        """Another leg answers in the place of the one that rings."""
        self._hush()
        rang, self.leg = self.leg, leg
        leg.listener = self
        rang.hang_up(PICKED_UP, headers=ELSEWHERE)
        tell_leg_over(self._call.happened, self._call.id, rang, PICKED_UP)
        self.leg_answered(leg)

    def caller_replaced(self) -> None:
        """Somebody else hears it ring from now on."""
        if self._ringback is not None:
            self._ringback.stop()
            self._ringback = Ringback(self._call, self.leg)
            self._ringback.rang(promised=False)

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None:
        """Told again for each provisional response: only what is new is passed on."""
        call = self._call
        if not self._rang:
            self._rang = True
            call.happened(LegRang(call.id, leg.name))
            self._on_ring()
        if self._ringback is None:
            self._ringback = Ringback(call, leg)
        self._ringback.rang(promised=early_media)

    def leg_answered(self, leg: Leg) -> None:
        if not self._result.done():
            self._result.set_result(None)

    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None:
        self._fail(leg, outcome, outcome.value, status)

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self._fail(leg, OfferOutcome.REJECTED, cause, NOT_REACHED)

    def leg_held(self, leg: Leg) -> None: ...
    def leg_resumed(self, leg: Leg) -> None: ...
    def leg_renegotiated(self, leg: Leg) -> None: ...
    def leg_key(self, leg: Leg, key: str) -> None: ...
    def leg_played(self, leg: Leg, playback: int) -> None: ...
    def leg_silent(self, leg: Leg) -> None: ...

    def _fail(self, leg: Leg, outcome: OfferOutcome, cause: str, status: int) -> None:
        self._hush()
        tell_leg_over(self._call.happened, self._call.id, leg, cause, status)
        if not self._result.done():
            led_on = Redirected(status, leg.redirected) if leg.redirected else None
            self._result.set_result(NotReached(outcome, status, leg.farewell, led_on))

    def _stop_ringback(self) -> None:
        if self._ringback is not None:
            self._ringback.stop()

    def _hush(self) -> None:
        """No more ringing, and none of the other side's sound."""
        self._stop_ringback()
        if not self._call.leg.closed:
            self._call.leg.media.unbridge()
            self._call.leg.media.stop()
