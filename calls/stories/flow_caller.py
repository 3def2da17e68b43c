"""The call as a flow sees it: `ivr.caller.Caller` over a real call."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

import structlog

from calls.call import Call
from calls.ending import FAILED, NOT_REACHED
from calls.first_of import first_of
from calls.listening import Listening
from calls.numbers import Route
from calls.player import Player
from calls.recording.message import Message
from calls.recording.wishes import fulfil
from calls.stories import onward, queue
from calls.stories.flow_world import FlowWorld
from calls.stories.saying import say
from events.ids import AgentId
from events.recordings import Purpose
from ivr.caller import (
    CallBackOutcome,
    CallerGone,
    QueueOutcome,
    QueueRequest,
    Recorded,
    RecordingWish,
    TransferOutcome,
    Treatment,
)
from ivr.controls import Controls
from ivr.spoken import Utterable
from ivr.utterances import Utterance
from ivr.variables import starting_variables

_log = structlog.get_logger(__name__)

_STATUS: Final = {
    "normal": NOT_REACHED,
    "busy": 486,
    "unavailable": NOT_REACHED,
    "rejected": 603,
    "failed": FAILED,
}

PERSONAL: Final = ("caller", "customer")
"""Variables that name a person: looked up when a flow begins or resumes, never logged."""


class FlowCaller:
    """One per call in a flow. A caller who hangs up cancels it; after that it has no ear left."""

    meanwhile: Callable[[str], Awaitable[str]]

    def __init__(self, call: Call) -> None:
        self._call = call
        self.world = FlowWorld(call)
        self.secrets: set[str] = set()
        self.variables: dict[str, Any] = starting_variables(
            dialled=call.state.dialled,
            number=call.number,
            name=call.name,
            diversions=[(each.shown, each.reason) for each in call.diversions],
            customer=call.services.customers.find(call.number),
        )

    @property
    def language(self) -> str:
        return self._call.language

    @language.setter
    def language(self, language: str) -> None:
        self._call.language = language

    @property
    def hears_us(self) -> bool:
        return self._call.hears_us

    async def ring(self) -> None:
        self._call.ring()

    async def progress(self) -> None:
        self._call.progress()

    async def answer(self) -> None:
        self._call.answer()

    async def play(self, prompts: Sequence[Utterable], *, stop_on_digit: bool) -> None:
        self._require_caller()
        if not stop_on_digit:
            await say(self._call, prompts)
        elif not self._call.digits.waiting:
            await self._until_digit(say(self._call, prompts))

    async def play_controlled(self, prompts: Sequence[Utterable], controls: Controls) -> None:
        self._require_caller()
        if not self._call.digits.waiting:
            await Player(self._call, controls).play(say(self._call, prompts))

    async def digits(
        self, *, at_most: int, first_within_s: float, between_s: float = 3.0, terminator: str = ""
    ) -> str:
        self._require_caller()
        return await self._call.digits.read(
            at_most=at_most,
            first_within_s=first_within_s,
            between_s=between_s,
            terminator=terminator,
        )

    async def utterance(
        self,
        *,
        phrases: Sequence[str],
        first_within_s: float,
        at_most_s: float,
        beep: bool = False,
    ) -> Utterance:
        self._require_caller()
        call, ears = self._call, self._call.services.outside.ears
        if beep:
            await call.beep()
        if ears is not None and ears.know(self.language) and not call.digits.waiting:
            listening = Listening(call.leg, call.digits, call.services.recordings.files, ears)
            try:
                heard = await listening.listen(
                    language=self.language,
                    phrases=phrases,
                    first_within_s=first_within_s,
                    at_most_s=at_most_s,
                )
            finally:
                call.recorder.heard_again()
            if not call.digits.waiting:
                return heard
            first_within_s = 0.0
        return Utterance(keys=await self.digits(at_most=1, first_within_s=first_within_s))

    def forget_digits(self) -> None:
        self._call.digits.forget()

    async def echo(self, *, at_most_s: float) -> None:
        self._require_caller()
        media = self._call.leg.media
        media.echo(True)
        try:
            await self._until_digit(asyncio.sleep(at_most_s))
        finally:
            if not self._call.leg.closed:
                media.echo(False)

    async def record(
        self,
        *,
        at_most_s: float,
        silence_s: float = 0.0,
        stop_keys: str = "#",
        beep: bool = True,
        label: str = "",
        purpose: Purpose = Purpose.MESSAGE,
    ) -> Recorded:
        self._require_caller()
        call = self._call
        if beep:
            await call.beep()
        call.digits.forget()
        message = Message(
            call.services.recordings,
            call.leg,
            lambda: call.state,
            silence_s=silence_s,
            label=label,
            purpose=purpose,
        )
        try:
            return await message.listen(call.digits, at_most_s=at_most_s, stop_keys=stop_keys)
        finally:
            call.recorder.heard_again()

    async def play_recording(self, name: str) -> None:
        self._require_caller()
        try:
            async with self._call.services.voicemail.sound(name) as sound:
                await self._until_digit(self._call.play([sound]))
        except (OSError, ValueError) as error:
            _log.error("recording_not_heard", recording=name, problem=str(error))

    async def wish_recording(self, wish: RecordingWish) -> bool:
        self._require_caller()
        return fulfil(self._call.recorder, wish, by="flow")

    async def wait_in_queue(self, request: QueueRequest, treatment: Treatment) -> QueueOutcome:
        self._require_caller()
        return await queue.wait_in_queue(self._call, request, treatment, self.meanwhile)

    def call_back(self, request: QueueRequest, number: str, first: str) -> CallBackOutcome:
        call = self._call
        began_at = call.began_waiting_at
        waited_s = 0.0 if began_at is None else call.services.clock() - began_at
        return call.request_callback(request, number, waited_s, first, call.state.collected)

    def place(self) -> dict[str, Any]:
        waiting, services = self._call.waiting, self._call.services
        if waiting is None:
            return {}
        now = services.clock()
        expected_s = services.feed.distributor.expected_wait_s(self._call.id, now)
        return {
            "name": str(waiting.queue),
            "waited_s": int(now - waiting.since + waiting.brought_s),
            "position": services.feed.distributor.position(self._call.id),
            "expected_wait_s": None if expected_s is None else round(expected_s),
            "expected_minutes": None if expected_s is None else max(1, math.ceil(expected_s / 60)),
        }

    async def transfer(self, target: str) -> TransferOutcome:
        self._require_caller()
        services, state = self._call.services, self._call.state
        permissions = services.desk.permissions(state.phone) if state.phone else state.trunk
        route = services.plan.route(target, caller_class=str(permissions or ""))
        if not isinstance(route, Route):
            return TransferOutcome.FAILED
        return await onward.transfer(self._call, route)

    async def transfer_to_agent(self, agent: str) -> TransferOutcome:
        self._require_caller()
        return await onward.transfer_to_agent(self._call, AgentId(agent))

    async def hang_up(self, cause: str = "normal") -> None:
        self._call.end(cause, _STATUS[cause])

    async def _until_digit(self, work: Coroutine[Any, Any, None]) -> None:
        await first_of(work, self._call.digits.any_pressed())

    def _require_caller(self) -> None:
        if self._call.leg.closed:
            raise CallerGone
