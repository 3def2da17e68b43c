"""One call: its state, the caller's leg, and the one task that tells its story.

A hang-up is an event to that task: it ends the scope of the story, waits for it, and then does
what is left to do. Whatever must be exact in time (abandoned, bridged, unbridged) happens in the
turn of the loop that brought the news, not when the task wakes up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import structlog

from acd.effects import Connect, RemoveFromQueue
from calls.conversation import Conversation, tell_media
from calls.digits import DigitBuffer
from calls.leg import Leg
from calls.services import Services
from calls.state import CallState, Stage, advance
from calls.waiting import Waiting
from events.calls import (
    CallAnswered,
    CallCheckpointed,
    CallEnded,
    CallRang,
    Outcome,
    Side,
)
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId
from events.queues import CallAbandoned, CallFlowedOut, OfferOutcome, QueueAnswered
from ivr.caller import CallerGone
from media.sounds import Sound

_log = structlog.get_logger(__name__)

Story: TypeAlias = Callable[["Call"], Awaitable[None]]

NOT_REACHED: Final = 480
FAILED: Final = 500


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended the call and why; `status` is our refusal, if it was never answered."""

    by: Side
    cause: str
    status: int | None = None


class Call:
    """Owned by `calls.centre`; ends by itself and says so through `on_over`."""

    def __init__(
        self,
        services: Services,
        state: CallState,
        leg: Leg,
        *,
        number: str,
        name: str,
        began_at: float,
        on_over: Callable[[CallId], None],
    ) -> None:
        self.services = services
        self.state = state
        self.leg = leg
        self.number = number
        self.name = name
        self.digits = DigitBuffer()
        self.waiting: Waiting | None = None
        self.conversation: Conversation | None = None
        self.began_at = began_at
        self.arrived_at = services.utc()
        self.language = services.default_language
        self.hears_us = False
        self.ending: Ending | None = None
        self.failed = False
        self.restored_leg: Leg | None = None  # the other leg of a bridge that outlived a restart
        self.after_hang_up: Callable[[], Awaitable[None]] | None = None
        self._on_over = on_over
        self._legs_named = state.legs
        self._gone = asyncio.get_running_loop().create_future()
        self._playing: dict[int, asyncio.Future[None]] = {}
        self._checkpointed: Stage | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def id(self) -> CallId:
        return self.state.call

    def begin(self, story: Story) -> None:
        self.task = asyncio.create_task(self._tell(story), name=f"call {self.id}")

    # Events

    def happened(self, event: Event) -> None:
        self.services.feed.append(event)

    def follow(self, recorded: Recorded) -> None:
        """One of this call's events was logged; a new stage is written down as it begins."""
        self.state = advance(self.state, recorded.event, recorded.utc)
        stage = self.state.stage
        if stage is self._checkpointed or self.leg.closed:
            return
        self._checkpointed = stage
        if stage is not Stage.ARRIVED:
            self.happened(CallCheckpointed(self.id, stage.value, self.snapshot()))

    def snapshot(self) -> dict[str, Any]:
        bridged = self.conversation if self.state.bridge else None
        other = bridged.other.snapshot() if bridged and not bridged.other.closed else None
        return {
            "state": self.state.to_json(),
            "language": self.language,
            "caller": self.leg.snapshot(),
            "other": other,
        }

    # The story

    async def _tell(self, story: Story) -> None:
        try:
            await self._in_scope(story(self))
        except CallerGone:
            await self._tidy_up()
        except Exception:  # our own broken promise ends this call, never the process
            _log.exception("call_failed", call=self.id)
            self.failed = True
            self.end("failed", FAILED)
        finally:
            self._finish()

    async def _in_scope(self, work: Awaitable[None]) -> None:
        """Run the story until it ends or the caller is gone.

        Raises:
            CallerGone: the caller hung up first; the work has been cancelled and is over.
        """
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise CallerGone
        task.result()

    async def _tidy_up(self) -> None:
        """What the story still wants to do without a caller, in a scope and a time of its own."""
        if self.after_hang_up is None:
            return
        try:
            async with asyncio.timeout(self.services.settings.hang_up_s):
                await self.after_hang_up()
        except TimeoutError:
            _log.warning("after_hang_up_took_too_long", call=self.id)
        except Exception:
            _log.exception("after_hang_up_failed", call=self.id)

    def _finish(self) -> None:
        self.end("normal", NOT_REACHED)
        tell_media(self.happened, self.id, self.leg)
        ending = self.ending
        assert ending is not None
        self.happened(
            CallEnded(
                self.id,
                self.state.direction,
                self._outcome(ending),
                ending.by,
                ending.cause,
                None if self.state.answered else ending.status,
                self.state.trunk,
            )
        )
        self._on_over(self.id)

    def _outcome(self, ending: Ending) -> Outcome:
        state = self.state
        if self.failed:
            return Outcome.FAILED
        if state.served:
            return Outcome.ANSWERED
        if ending.by is Side.CALLER:
            return Outcome.ABANDONED if state.answered else Outcome.CANCELLED
        if ending.cause == "rtp_timeout":
            return Outcome.FAILED
        return Outcome.CONTAINED if state.answered or state.contained else Outcome.REJECTED

    # What the story does with the caller

    def ring(self) -> None:
        if not self.state.answered and not self.leg.closed:
            self.leg.sip.ring()
            self.happened(CallRang(self.id))

    def progress(self) -> None:
        if not self.state.answered and not self.hears_us and not self.leg.closed:
            self.hears_us = self.leg.progress()
            self.happened(CallRang(self.id, early_media=self.hears_us))

    def answer(self) -> None:
        if not self.state.answered and not self.leg.closed:
            self.leg.answer()
            self.hears_us = True
            self.happened(CallAnswered(self.id, self.services.clock() - self.began_at))

    def end(self, cause: str, status: int) -> None:
        """End the call from our side: BYE, or `status` if unanswered. The first ending counts."""
        if self.ending is not None:
            return
        self.ending = Ending(Side.SYSTEM, cause, status)
        self._let_go(Side.SYSTEM)
        if self.state.answered:
            self.leg.hang_up(cause)
        else:
            self.leg.reject(status)

    def drop(self, cause: str, status: int) -> None:
        """End the call from outside of its story."""
        self.end(cause, status)
        if not self._gone.done():
            self._gone.set_result(None)

    async def over(self) -> None:
        """Wait until the call has told its end."""
        if self.task is not None:
            await asyncio.wait({self.task})

    async def play(self, sounds: Sequence[Sound]) -> None:
        """Play to the end; stopped when cancelled."""
        if not sounds or self.leg.closed:
            return
        done = asyncio.get_running_loop().create_future()
        playback = self.leg.media.play(sounds)
        self._playing[playback] = done
        try:
            await done
        finally:
            del self._playing[playback]
            if not done.done() and not self.leg.closed:
                self.leg.media.stop()

    def sounds(self, *names: str) -> list[Sound]:
        return self.services.sounds.all(names, self.language)

    # Other legs

    def next_leg(self) -> str:
        self._legs_named += 1
        return f"{self.id}-{self._legs_named}"

    def shown_number(self) -> str:
        return self.number or "anonymous"

    def shown_name(self, queue: str) -> str:
        who = self.name or self.number or "anonymous"
        return f"{queue} · {who}" if queue else who

    def bridge(
        self, other: Leg, *, agent: AgentId | None = None, entry: EntryId | None = None
    ) -> Conversation:
        self.conversation = self._conversation(other, agent, entry)
        self.conversation.start()
        return self.conversation

    def rebridge(self, other: Leg) -> Conversation:
        """Join two legs that outlived a restart."""
        bridge = self.state.bridge
        assert bridge is not None
        self.conversation = self._conversation(other, bridge.agent, bridge.entry)
        self.conversation.resume()
        return self.conversation

    def _conversation(
        self, other: Leg, agent: AgentId | None, entry: EntryId | None
    ) -> Conversation:
        music = self.sounds(self.services.settings.music) if self.services.settings.music else []
        return Conversation(
            self.id,
            self.leg,
            other,
            self.happened,
            music=music[0] if music else None,
            agent=agent,
            entry=entry,
        )

    # What the distributor decided

    def connect(self, effect: Connect, leg: Leg) -> bool:
        waiting = self.waiting
        if waiting is None or waiting.entry != effect.entry or self.leg.closed:
            return False
        self.waiting = None
        waiting.end_treatment()
        self.answer()
        conversation = self.bridge(leg, agent=effect.agent, entry=effect.entry)
        wait_s = self.services.clock() - waiting.since
        self.happened(
            QueueAnswered(self.id, effect.entry, effect.queue, effect.agent, effect.offer, wait_s)
        )
        waiting.outcome.set_result(conversation)
        return True

    def leave_queue(self, effect: RemoveFromQueue) -> None:
        waiting = self.waiting
        if waiting is None or waiting.entry != effect.entry:
            return
        self.waiting = None
        waiting.end_treatment()
        self.happened(
            CallFlowedOut(self.id, effect.entry, effect.queue, effect.wait_s, effect.reason)
        )
        waiting.outcome.set_result(effect)

    # The caller's leg

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None: ...
    def leg_answered(self, leg: Leg) -> None: ...
    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None: ...

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self._caller_gone(Ending(Side.CALLER, cause))

    def leg_silent(self, leg: Leg) -> None:
        leg.hang_up("rtp_timeout")
        self._caller_gone(Ending(Side.SYSTEM, "rtp_timeout"))

    def leg_key(self, leg: Leg, key: str) -> None:
        if self.conversation is None:  # on a bridge keys pass through, and are nobody's input
            self.digits.press(key)

    def leg_played(self, leg: Leg, playback: int) -> None:
        done = self._playing.get(playback)
        if done is not None and not done.done():
            done.set_result(None)

    def leg_held(self, leg: Leg) -> None:
        if self.conversation is not None:
            self.conversation.caller_held()

    def leg_resumed(self, leg: Leg) -> None:
        if self.conversation is not None:
            self.conversation.caller_resumed()

    def _caller_gone(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
            self._let_go(ending.by)
        if not self._gone.done():
            self._gone.set_result(None)

    def _let_go(self, by: Side) -> None:
        """Whatever the caller was in ends now."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.end_treatment()
            self._left_queue(waiting, by)
        if self.conversation is not None:
            self.conversation.stop(by)

    def _left_queue(self, waiting: Waiting, by: Side) -> None:
        wait_s = self.services.clock() - waiting.since
        if by is Side.CALLER:
            self.happened(CallAbandoned(self.id, waiting.entry, waiting.queue, wait_s))
        else:
            self.happened(CallFlowedOut(self.id, waiting.entry, waiting.queue, wait_s, "operator"))
