"""Waiting for an agent, talking with one, and waiting again if that bridge breaks."""

import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from acd.effects import RemoveFromQueue
from calls.call import Call
from calls.ending import BUSY_HERE, NOT_REACHED
from calls.waiting import Waiting
from events.ids import AgentId, EntryId, QueueName
from events.queues import CallQueued
from ivr.caller import CallerGone, FlowedOut, QueueOutcome, QueueRequest, Served, Treatment
from sip.headers.privacy import ANONYMOUS
from sip.message import Headers

USER_BUSY: Final = 17
NO_USER_RESPONDING: Final = 18
"""Causes of Q.850, as RFC 3398 §8.2.6 pairs them with the status."""

_REFUSALS: Final = {"full": (BUSY_HERE, USER_BUSY)}
"""Status and cause where they are not those of a queue that nobody is at."""


async def tell(call: Call) -> None:
    """A number that leads straight to a queue."""
    music = call.services.settings.music
    request = QueueRequest(queue=call.state.route_target)
    outcome = await wait_in_queue(call, request, Treatment(music=music or None))  # type: ignore[arg-type]
    if isinstance(outcome, FlowedOut):
        await say_why(call, QueueName(call.state.route_target), outcome.reason)
        _turn_away(call, outcome.reason)
    else:
        call.end("normal", NOT_REACHED)


async def say_why(call: Call, queue: QueueName, reason: str) -> None:
    """Where there is no flow: the queue's own words, unanswered where the caller can hear that."""
    services = call.services
    words = services.opening.turned_away(queue, reason)
    if not words or not services.sounds.has(words, call.language):
        return
    call.progress()
    if call.hears_us and not call.leg.closed:
        await call.play(call.sounds(words))


def _turn_away(call: Call, reason: str) -> None:
    """The status and Reason tell the caller's exchange or phone, whatever was said."""
    status, cause = _REFUSALS.get(reason, (NOT_REACHED, NO_USER_RESPONDING))
    headers: Headers = (("Reason", f'Q.850;cause={cause};text="{reason}"'),)
    if call.leg.answered:
        call.end("normal", status, headers)
        return
    opens_in_s = call.services.opening.opens_in_s(QueueName(call.state.route_target))
    if reason == "closed" and opens_in_s is not None:
        headers = (*headers, ("Retry-After", str(math.ceil(opens_in_s))))
    call.end(reason, status, headers)


Meanwhile = Callable[[str], Awaitable[str]]
"""Runs a flow beside the wait; returns the reason if that gives up the place."""


async def wait_in_queue(
    call: Call, request: QueueRequest, treatment: Treatment, meanwhile: Meanwhile | None = None
) -> QueueOutcome:
    """Stay until an agent's conversation is over, or the queue gives the caller back.

    `meanwhile` is needed for a treatment with a flow. Who is turned away at once is not answered
    for that.

    A story that is told again after a restart goes on where it was: in the conversation, or at
    its old place in the queue.
    """
    waited_s, returned = call.came_back_after_s or 0.0, call.came_back_after_s is not None
    call.came_back_after_s = None
    while True:
        if call.leg.closed:  # both sides vanished in one turn of the loop
            raise CallerGone
        if call.conversation is None:
            waiting = call.waiting or _enter(call, request, waited_s, returned)
            await call.services.feed.caught_up()  # they may be turned away at once
            if call.leg.closed:
                raise CallerGone
            if not waiting.outcome.done() or waiting.outcome.result() is None:
                call.answer()
            left = await _wait(call, waiting, treatment, meanwhile)
            if left is not None and left.to is not None:  # overflow: the clock is kept
                request = replace(request, queue=left.to)
                waited_s, returned = waiting.brought_s + left.wait_s, False
                continue
            if left is not None:
                call.began_waiting_at = waiting.since - waiting.brought_s
                return FlowedOut(left.reason)
        assert call.conversation is not None
        waited_s, returned = call.conversation.waited_s, True
        before = call.onward
        over = await call.talk()
        up = call.onward
        if up is not None and up is not before:  # a tier up, as a new entry of the same age
            returned = False
            request = replace(request, queue=up.queue, tiers=up.tiers, excluded=up.excluded)
        elif not over.lost:
            call.last_words = over.headers
            return Served()


def _enter(call: Call, request: QueueRequest, waited_s: float, returned: bool) -> Waiting:
    entry = EntryId(secrets.token_hex(8))
    call.left_alone = False
    queue = QueueName(request.queue)
    waited_s = waited_s or max(_abandoned_s(call, queue), call.callback_age_s(queue))
    call.waiting = Waiting(entry, queue, call.services.clock(), waited_s)
    waiting = call.waiting
    call.happened(
        CallQueued(
            call.id,
            entry,
            queue,
            skills=dict(request.skills),
            languages=request.languages,
            priority=request.priority,
            waited_s=waited_s,
            returned=returned,
            any_of=request.any_of,
            tiers=request.tiers,
            sites=request.sites,
            customer_type=request.customer_type,
            preferred=AgentId(request.preferred) if request.preferred else None,
            preferred_s=request.preferred_s,
            excluded=tuple(map(AgentId, request.excluded)),
        )
    )
    return waiting


def _abandoned_s(call: Call, queue: QueueName) -> float:
    """Age of the place that they had here a moment ago; nobody knows who withholds a number."""
    services = call.services
    if services.settings.resume_s is None or call.number in ("", ANONYMOUS):
        return 0.0
    return services.places.age_s(
        call.state.caller, queue, services.utc(), services.settings.resume_s
    )


async def _wait(
    call: Call, waiting: Waiting, treatment: Treatment, meanwhile: Meanwhile | None
) -> RemoveFromQueue | None:
    """None when an agent's conversation with the caller has begun."""
    if not waiting.outcome.done():
        waiting.treatment = asyncio.create_task(_treat(call, treatment, meanwhile))
    try:
        return await waiting.outcome
    finally:
        waiting.end_treatment()


async def _treat(call: Call, treatment: Treatment, meanwhile: Meanwhile | None) -> None:
    """Music, and over it a flow, or now and then a word. Ended by whoever ends the wait."""
    music = call.sounds(treatment.music) if treatment.music else []
    if treatment.ringback:
        call.play_beneath(lambda: call.leg.media.tone("ringback"))
    elif music:
        call.play_beneath(lambda: call.leg.media.play(music, loop=True))
    if treatment.flow is not None and meanwhile is not None:
        call.give_up_place(await meanwhile(treatment.flow))
    elif comfort := call.sounds(treatment.comfort) if treatment.comfort else []:
        while True:
            await asyncio.sleep(treatment.comfort_every_s)
            await call.play(comfort)
