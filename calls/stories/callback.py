"""One try to call a customer back: a place in a queue without anybody on the line, until they are.

It stands where the call would stand for whoever performs offers (`calls.offers.QueuedCall`). Once
the customer has answered it gives way to a call like any other, whose caller we dialled.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from acd.effects import Connect, RemoveFromQueue, RingAgent
from calls.call import Call
from calls.callback_book import OpenCallBack
from calls.conversation import tell_leg_over
from calls.dialler import Dialling
from calls.leg import Leg, Party
from calls.numbers import Route
from calls.presentation import Known, Shown
from calls.services import Services
from calls.state import CallState, arrived
from calls.stories import queue
from calls.waiting import Waiting
from events.calls import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallRouted,
    Direction,
    LegRang,
    Outcome,
    Side,
)
from events.ids import AgentId, CallId, PhoneId, QueueName, TrunkName
from events.queues import CallQueued, OfferOutcome
from ivr.caller import FlowedOut, PromptName, QueueRequest, Treatment
from media.events import AnswerDetected, AnsweredBy, Cue
from sip.message import Headers

_NOBODY: Final = 480


class Attempt:
    """`call` is the id that the customer's call will have; `wanted` is whom it is for."""

    def __init__(
        self,
        services: Services,
        wanted: OpenCallBack,
        call: CallId,
        number: str,
        *,
        route: Callable[[], Route | None],
        add: Callable[[Call], None],
        over: Callable[[CallId], None],
        on_reached: "Callable[[Attempt], None]",
        on_left: "Callable[[Attempt, str, QueueName | None, bool], None]",
    ) -> None:
        self.call = call
        self.wanted = wanted
        self._services = services
        self._number = number
        self._route = route
        self._add = add
        self._over_with_call = over
        self._came: list[Callable[[], None]] = []
        self._on_reached = on_reached
        self._on_left = on_left
        self._legs_named = 0
        self._customer: _Customer | None = None
        self._told: CallState | None = None

    # As a call in a queue

    @property
    def customer_first(self) -> bool:
        return self.wanted.customer_first

    @property
    def is_fetching(self) -> bool:
        """Whether the customer's phone rings."""
        return self._customer is not None

    @property
    def codec(self) -> str:
        """Nobody speaks yet."""
        return ""

    @property
    def takes_noise(self) -> bool:
        """Who is called next may be told of the agent's silence by it."""
        return True

    def next_leg(self) -> str:
        self._legs_named += 1
        return f"{self.call}-{self._legs_named}"

    def shown(self, queue: QueueName) -> Shown:
        return self._services.presentation.of(
            self.call,
            Party(self._number),
            dialled="",
            queue=queue,
            known=Known((), self.wanted.variables),
        )

    @property
    def farewell(self) -> Headers:
        """Nobody leaves who is not on the line."""
        return ()

    def connect(self, effect: Connect, leg: Leg) -> bool:
        return False  # nobody is on the line

    def leave_queue(self, effect: RemoveFromQueue) -> None:
        self._on_left(self, effect.reason, effect.to, False)

    def fail(self) -> None:
        self.stop_fetching()
        self._on_left(self, "failed", None, True)

    def fetch(self, ring: RingAgent, came: Callable[[], None]) -> bool:
        """Call the customer; `came` is told when they are there. Whether that is needed: it is."""
        self._came.append(came)
        if self._customer is not None:
            return True
        state = self._told_of(ring)
        route = self._route()
        customer = _Customer(
            partial(self._answered, state),
            partial(self._refused, state),
            tells_machines=self._services.settings.callback.detect_machines,
        )
        dialling = Dialling(
            self.call, f"{self.call}-0", self._services.settings.callback.caller, ""
        )
        dialler = self._services.dialler
        leg: Leg | None = None
        if route is not None and route.kind == "phone":
            leg = dialler.phone(dialling, PhoneId(route.target), customer)
        elif route is not None:
            leg = dialler.trunk(dialling, TrunkName(route.target), route.number, customer)
        if leg is None:
            self._over(state, "unreachable", _NOBODY)
            return True
        self._customer = customer
        customer.rings(leg, self.call, self._services, ring.callback_s)
        return True

    def stop_fetching(self) -> None:
        """We do not call any more: the agent is gone, or everything ends."""
        customer, self._customer = self._customer, None
        if customer is not None:
            customer.stop()
            assert self._told is not None
            self._on_left(self, "cancelled", None, False)
            self._tell_end(self._told, "cancelled", _NOBODY)

    # The customer's leg

    def _told_of(self, ring: RingAgent) -> CallState:
        """Log that there is a call; its first state."""
        append, wanted = self._services.feed.append, self.wanted
        told = CallArrived(
            self.call, Direction.OUTBOUND, wanted.party, dialled=str(ring.queue), sip_call_id=""
        )
        append(told)
        append(CallRouted(self.call, "queue", ring.queue, "", wanted.variables))
        self._told = arrived(told).routed("queue", ring.queue, "", wanted.variables)
        return self._told

    def _answered(self, state: CallState, leg: Leg) -> None:
        """From here on it is a call like any other, and waits where this one waited."""
        services, wanted = self._services, self.wanted
        self._customer = None
        assert wanted.entry is not None
        call = Call(
            services,
            state,
            leg,
            number=self._number,
            name="",
            began_at=services.clock(),
            on_over=self._over_with_call,
        )
        call.hears_us = True
        call.language = next(iter(wanted.languages), call.language)
        waited_s = max(0.0, services.utc() - wanted.since)
        call.waiting = Waiting(wanted.entry, wanted.queue, services.clock(), waited_s)
        self._add(call)
        call.happened(CallAnswered(call.id, 0.0))
        request = QueueRequest(
            queue=wanted.queue,
            skills=wanted.skills,
            languages=wanted.languages,
            priority=wanted.priority,
            any_of=wanted.any_of,
            tiers=wanted.tiers,
            sites=wanted.sites,
            customer_type=wanted.customer_type,
            excluded=wanted.excluded,
        )
        call.happened(
            CallQueued(
                call.id,
                wanted.entry,
                wanted.queue,
                wanted.skills,
                wanted.languages,
                wanted.priority,
                waited_s,
                any_of=wanted.any_of,
                tiers=wanted.tiers,
                sites=wanted.sites,
                customer_type=wanted.customer_type,
                excluded=tuple(map(AgentId, wanted.excluded)),
            )
        )
        self._on_reached(self)
        call.begin(partial(_tell, request=request))
        for came in self._came:
            came()

    def _refused(self, state: CallState, reason: str, status: int) -> None:
        self._customer = None
        self._over(state, reason, status)

    def _over(self, state: CallState, reason: str, status: int) -> None:
        self._on_left(self, reason, None, True)
        self._tell_end(state, reason, status)

    def _tell_end(self, state: CallState, reason: str, status: int) -> None:
        self._services.feed.append(
            CallEnded(self.call, state.direction, Outcome.REJECTED, Side.SYSTEM, reason, status)
        )


async def _tell(call: Call, *, request: QueueRequest) -> None:
    """The customer is on the line: they wait for the agent, or talk already."""
    music = call.services.settings.music
    treatment = Treatment(music=PromptName(music) if music else None)
    outcome = await queue.wait_in_queue(call, request, treatment)
    if isinstance(outcome, FlowedOut):
        await queue.say_why(call, QueueName(request.queue), outcome.reason)
    call.end("normal", _NOBODY)


def _unheard(cue: Cue) -> None:
    """Nobody asks any more."""


class _Customer:
    """Listens to the customer's leg until it answers or fails."""

    def __init__(
        self,
        answered: Callable[[Leg], None],
        refused: Callable[[str, int], None],
        *,
        tells_machines: bool,
    ) -> None:
        self._answered = answered
        self._refused = refused
        self._tells_machines = tells_machines
        self._limit: asyncio.TimerHandle | None = None

    def rings(self, leg: Leg, call: CallId, services: Services, ring_s: float) -> None:
        self._leg, self._call, self._append = leg, call, services.feed.append
        self._limit = asyncio.get_running_loop().call_later(ring_s, self._no_answer)

    def stop(self) -> None:
        self._stop_limit()
        if not self._leg.closed:
            self._leg.hang_up()
            tell_leg_over(self._append, self._call, self._leg, "cancelled")

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None:
        self._append(LegRang(self._call, leg.name))

    def leg_answered(self, leg: Leg) -> None:
        self._stop_limit()
        if self._tells_machines:
            leg.on_cue = partial(self._judged, leg)
            leg.media.detect_answer()
        else:
            self._answered(leg)

    def _judged(self, leg: Leg, cue: Cue) -> None:
        """Somebody, or something, has said its first words."""
        if not isinstance(cue, AnswerDetected):
            return
        leg.on_cue = _unheard
        if cue.by is AnsweredBy.MACHINE:
            leg.hang_up()
            self._fail("machine", _NOBODY)
        else:
            self._answered(leg)

    def leg_failed(
        self, leg: Leg, outcome: OfferOutcome, status: int, headers: Headers = ()
    ) -> None:
        self._fail(outcome.value, status)

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self._fail(cause, _NOBODY)

    def leg_held(self, leg: Leg) -> None: ...
    def leg_resumed(self, leg: Leg) -> None: ...
    def leg_renegotiated(self, leg: Leg) -> None: ...
    def leg_key(self, leg: Leg, key: str) -> None: ...
    def leg_played(self, leg: Leg, playback: int) -> None: ...
    def leg_silent(self, leg: Leg) -> None: ...

    def _no_answer(self) -> None:
        self._leg.hang_up()
        self._fail(OfferOutcome.NO_ANSWER.value, _NOBODY)

    def _fail(self, reason: str, status: int) -> None:
        self._stop_limit()
        tell_leg_over(self._append, self._call, self._leg, reason, status)
        self._refused(reason, status)

    def _stop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
