"""A call without a phone: `ivr.caller.Caller` whose ears and fingers are somebody's choice."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from events.recordings import Purpose
from ivr.caller import (
    CallBackOutcome,
    CallerGone,
    FlowedOut,
    QueueOutcome,
    QueueRequest,
    Recorded,
    RecordingWish,
    TransferOutcome,
    Treatment,
)
from ivr.controls import Controls
from ivr.rehearsal.script import Given
from ivr.rehearsal.world import RehearsalWorld
from ivr.spoken import Utterable
from ivr.utterances import Utterance
from ivr.variables import starting_variables

PROMPT_S: Final = 3.0
"""How long a prompt takes to be heard."""


class Person(Protocol):
    """Who plays the caller, and the world that answers."""

    def hears(self, prompt: Utterable, language: str) -> None: ...
    def notices(self, what: str) -> None:
        """Something else that the flow did: "answered", "rings" …"""

    def keys(self, *, at_most: int) -> str | None:
        """Keys pressed now; None is silence. Raises CallerGone."""

    def utterance(self, phrases: Sequence[str]) -> Utterance:
        """What they say now, or press. Raises CallerGone."""

    def queue_outcome(self, request: QueueRequest) -> QueueOutcome: ...
    def transfer_outcome(self, target: str) -> TransferOutcome: ...


@dataclass
class Heard:
    """What happened on the call.

    Attributes:
        ended: the cause with which our side ended it; empty while it has not.
    """

    prompts: list[str] = field(default_factory=list)
    requests: list[QueueRequest] = field(default_factory=list)
    transfers: list[str] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    answered: bool = False
    ended: str = ""


class RehearsalCaller:
    """Time is the loop's; what takes time on a real call takes time here."""

    meanwhile: Callable[[str], Awaitable[str]]

    def __init__(self, given: Given, person: Person, *, now: Callable[[], float]) -> None:
        """`now`: seconds since the call began."""
        row = {"number": given.number, "name": given.name, "vip": False, **given.customer}
        self.variables: dict[str, Any] = starting_variables(
            dialled=given.dialled, number=given.number, name=given.name, customer=row
        )
        self.variables.update(given.variables)
        self.language = ""
        self.heard = Heard()
        self.world = RehearsalWorld(given, now)
        self.secrets: set[str] = set()
        self._given = given
        self._callbacks = list(given.callbacks)
        self._person = person
        self._typed = given.typed_ahead or ""
        self._says = list(given.message)
        self._takes = 0
        self._hears_us = False
        self._now = now
        self._waits_in = ""
        self._waits_since = 0.0

    @property
    def hears_us(self) -> bool:
        return self._hears_us

    async def ring(self) -> None:
        self._person.notices("rings")

    async def progress(self) -> None:
        self._hears_us = True
        self._person.notices("early media")

    async def answer(self) -> None:
        if not self.heard.answered:
            self.heard.answered = self._hears_us = True
            self._person.notices("answered")

    async def play(self, prompts: Sequence[Utterable], *, stop_on_digit: bool) -> None:
        for prompt in prompts:
            if stop_on_digit and self._typed:
                return
            self.heard.prompts.append(str(prompt))
            self._person.hears(prompt, self.language)
            await asyncio.sleep(PROMPT_S)

    async def play_controlled(self, prompts: Sequence[Utterable], controls: Controls) -> None:
        await self.play(prompts, stop_on_digit=True)

    async def digits(
        self, *, at_most: int, first_within_s: float, between_s: float = 3.0, terminator: str = ""
    ) -> str:
        if not self._typed:
            pressed = self._person.keys(at_most=at_most)
            if pressed is None:
                await asyncio.sleep(first_within_s)
                return ""
            self._typed = pressed
        return await self._read(at_most, between_s, terminator)

    async def _read(self, at_most: int, between_s: float, terminator: str) -> str:
        for count, key in enumerate(self._typed[: at_most + 1]):
            if key in terminator:
                read, self._typed = self._typed[:count], self._typed[count + 1 :]
                return read
        read, self._typed = self._typed[:at_most], self._typed[at_most:]
        if len(read) < at_most:
            await asyncio.sleep(between_s)
        return read

    async def utterance(
        self,
        *,
        phrases: Sequence[str],
        first_within_s: float,
        at_most_s: float,
        beep: bool = False,
    ) -> Utterance:
        if self._typed:
            return Utterance(keys=await self._read(1, 0.0, ""))
        heard = self._person.utterance(phrases)
        await asyncio.sleep(1.0 if heard.spoke or heard.keys else first_within_s)
        return heard

    def forget_digits(self) -> None:
        self._typed = ""

    async def echo(self, *, at_most_s: float) -> None:
        self._person.notices("echo")
        if not self._typed:
            pressed = self._person.keys(at_most=1)
            self._typed = pressed or ""
            if pressed is None:
                await asyncio.sleep(at_most_s)

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
        """As long as the script says; else whoever presses no key speaks to the end of the time."""
        self._person.notices("records the caller")
        self._takes += 1
        name, began_at = f"rehearsed-{self._takes}", self._now()
        try:
            ended_by = await self._speak(at_most_s, silence_s, stop_keys)
        finally:  # also when they hang up
            seconds = self._now() - began_at
            if label and purpose is Purpose.MESSAGE:
                self.world.messages.taken(name, label, seconds)
        return Recorded(name, seconds, ended_by)

    async def _speak(self, at_most_s: float, silence_s: float, stop_keys: str) -> str:
        if self._says:
            await asyncio.sleep(min(self._says.pop(0) + silence_s, at_most_s))
            return "silence"
        pressed = self._person.keys(at_most=1)
        if pressed and pressed in stop_keys:
            await asyncio.sleep(1.0)
            return "key"
        await asyncio.sleep(at_most_s)
        return "limit"

    async def play_recording(self, name: str) -> None:
        self._person.notices("plays the recording")
        await asyncio.sleep(PROMPT_S)

    async def wish_recording(self, wish: RecordingWish) -> bool:
        self._person.notices(f"recording: {wish.value}")
        return True

    def call_back(self, request: QueueRequest, number: str, first: str) -> CallBackOutcome:
        self._person.notices("will be called back")
        self.heard.callbacks.append(number)
        return self._callbacks.pop(0) if self._callbacks else CallBackOutcome.ACCEPTED

    async def wait_in_queue(self, request: QueueRequest, treatment: Treatment) -> QueueOutcome:
        self.heard.requests.append(request)
        if treatment.flow is not None:
            return await self._wait_with(treatment.flow, request)
        if treatment.comfort is not None:
            comforts = int(self._given.waits_s // treatment.comfort_every_s)
            self.heard.prompts += [str(treatment.comfort)] * comforts
        await asyncio.sleep(self._given.waits_s)
        return self._person.queue_outcome(request)

    async def _wait_with(self, flow: str, request: QueueRequest) -> QueueOutcome:
        self._waits_since = self._now()
        self._waits_in = request.queue
        try:
            async with asyncio.timeout(self._given.waits_s):
                return FlowedOut(await self.meanwhile(flow))
        except TimeoutError:
            return self._person.queue_outcome(request)
        finally:
            self._waits_in = ""

    def place(self) -> dict[str, Any]:
        if not self._waits_in:
            return {}
        expected_s = self._given.expected_wait_s
        return {
            "name": self._waits_in,
            "waited_s": int(self._now() - self._waits_since),
            "position": self._given.position,
            "expected_wait_s": None if expected_s is None else round(expected_s),
            "expected_minutes": None if expected_s is None else max(1, math.ceil(expected_s / 60)),
        }

    async def transfer(self, target: str) -> TransferOutcome:
        self.heard.transfers.append(target)
        return self._person.transfer_outcome(target)

    async def transfer_to_agent(self, agent: str) -> TransferOutcome:
        return await self.transfer(agent)

    async def hang_up(self, cause: str = "normal") -> None:
        if self.heard.ended:
            raise CallerGone
        self.heard.ended = cause
        self._person.notices(f"hangs up ({cause})")


def understood(said: str, phrases: Sequence[str]) -> Utterance:
    """As a recogniser that never errs would: one of the phrases, or whatever was said."""
    if not phrases:
        return Utterance(text=said, spoke=True)
    text = next((phrase for phrase in phrases if phrase.casefold() == said.casefold()), "")
    return Utterance(text=text, spoke=True)
