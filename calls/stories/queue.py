"""Waiting for an agent, talking with one, and waiting again if that bridge breaks."""

import asyncio
import secrets

import structlog

from acd.effects import RemoveFromQueue
from calls.call import NOT_REACHED, Call
from calls.conversation import Conversation
from calls.waiting import Waiting
from events.ids import EntryId, QueueName
from events.queues import CallQueued
from ivr.caller import FlowedOut, QueueOutcome, QueueRequest, Served, Treatment

_log = structlog.get_logger(__name__)


async def tell(call: Call) -> None:
    """A number that leads straight to a queue."""
    call.answer()
    music = call.services.settings.music
    request = QueueRequest(queue=call.state.route_target)
    await wait_in_queue(call, request, Treatment(music=music or None))  # type: ignore[arg-type]
    call.end("normal", NOT_REACHED)


async def wait_in_queue(call: Call, request: QueueRequest, treatment: Treatment) -> QueueOutcome:
    """Stay until an agent's conversation is over, or the queue gives the caller back.

    A story that is told again after a restart goes on where it was: in the conversation, or at
    its old place in the queue.
    """
    call.answer()
    waited_s, returned = 0.0, False
    while True:
        if call.state.bridge is not None:
            waited_s = call.state.bridge.waited_s
        if not _resume_conversation(call):
            waiting = _resumed_entry(call) or _enter(call, request, waited_s, returned)
            outcome = await _wait(call, waiting, treatment)
            if isinstance(outcome, RemoveFromQueue):
                return FlowedOut(outcome.reason)
            waited_s = call.services.clock() - waiting.since + waiting.brought_s
        over = await call.talk()
        if not over.lost:
            return Served()
        returned = True


def _enter(call: Call, request: QueueRequest, waited_s: float, returned: bool) -> Waiting:
    entry = EntryId(secrets.token_hex(8))
    call.left_alone = False
    queue = QueueName(request.queue)
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
        )
    )
    return waiting


async def _wait(
    call: Call, waiting: Waiting, treatment: Treatment
) -> Conversation | RemoveFromQueue:
    if not waiting.outcome.done():
        waiting.treatment = asyncio.create_task(_treat(call, treatment))
    try:
        return await waiting.outcome
    finally:
        waiting.end_treatment()


async def _treat(call: Call, treatment: Treatment) -> None:
    """Music, and now and then a word. Ended by whoever ends the wait."""
    music = call.sounds(treatment.music) if treatment.music else []
    comfort = call.sounds(treatment.comfort) if treatment.comfort else []
    while True:
        if treatment.ringback:
            call.leg.media.tone("ringback")
        elif music:
            call.leg.media.play(music, loop=True)
        if not comfort:
            return
        await asyncio.sleep(treatment.comfort_every_s)
        await call.play(comfort)


def _resume_conversation(call: Call) -> bool:
    leg, call.restored_leg = call.restored_leg, None
    if leg is not None:
        call.rebridge(leg)
    return leg is not None


def _resumed_entry(call: Call) -> Waiting | None:
    """The entry that was open when the process ended; the distributor has kept it too."""
    entry = call.state.entry
    if entry is None or call.waiting is not None:
        return None
    since = call.services.clock() - (call.services.utc() - entry.queued_at)
    call.waiting = Waiting(entry.entry, entry.queue, since, entry.waited_s)
    _log.info("waiting_resumed", call=call.id, queue=entry.queue)
    return call.waiting
