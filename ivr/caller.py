"""What a flow may ask of a call: everything it says, hears and does goes through `Caller`.

`calls` implements it over real legs; tests use a small honest fake. Prompts are named, never
files: `calls` finds the sound for a name in `caller.language`. Seconds are `float`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from events.recordings import Purpose
from ivr.controls import Controls
from ivr.names import PromptName
from ivr.spoken import Utterable
from ivr.utterances import Utterance
from ivr.world import World

__all__ = [
    "CallBackOutcome",
    "Caller",
    "CallerGone",
    "FlowedOut",
    "PromptName",
    "QueueOutcome",
    "QueueRequest",
    "Recorded",
    "RecordingWish",
    "Served",
    "TransferOutcome",
    "Treatment",
]


class CallerGone(Exception):
    """The caller hung up. No node catches it: it leaves `run_flow`, and `run_on_hangup` follows."""


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """What a waiting caller needs.

    Attributes:
        skills: required skill to minimum level, 1 to 10.
        languages: acceptable ones, best first; empty means any.
        priority: higher is served sooner.
        any_of: beside `skills`, all of at least one of these.
        tiers, sites: acceptable ones, best first; empty: the queue's own. The site "*" is any.
        customer_type: agents who serve only some types must serve this one.
        preferred: the agent for whom the call is kept for `preferred_s`; "" is nobody.
        excluded: agents who must not get it.
    """

    queue: str
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    priority: int = 0
    any_of: tuple[Mapping[str, int], ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    preferred: str = ""
    preferred_s: float = 0.0
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the caller hears while waiting.

    Attributes:
        music: a prompt looped all the time; None is silence.
        comfort: a prompt played over the music every `comfort_every_s`, first after that time.
        ringback: play a ringing tone instead of music.
        flow: a flow that runs over the music for as long as the caller waits, its keys included.
    """

    music: PromptName | None = None
    comfort: PromptName | None = None
    comfort_every_s: float = 30.0
    ringback: bool = False
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """An agent took the call, spoke, and the agent's side ended it: the caller is still there."""


@dataclass(frozen=True, slots=True)
class FlowedOut:
    """Left the queue alive. `reason` as in `events.queues.CallFlowedOut`: "timeout", "full" …"""

    reason: str


QueueOutcome = Served | FlowedOut


class TransferOutcome(StrEnum):
    """How dialling another number ended, the caller still being there."""

    ANSWERED = "answered"  # spoken with; the other side has hung up
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"  # unknown number, unreachable, not allowed, refused


class CallBackOutcome(StrEnum):
    """What became of a caller's wish to be called back."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # they have a call-back about this queue already
    REFUSED = "refused"  # not that number, or not now


class RecordingWish(StrEnum):
    """What a flow may want of the call's recording."""

    ANNOUNCED = "announce"  # the caller has heard that calls are recorded
    CONSENTED = "consent"  # the caller said yes
    REFUSED = "refuse"  # the caller said no: this call is not recorded
    START = "start"
    STOP = "stop"
    PAUSE = "pause"  # silence in the place of what is said
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the caller said, as a recording.

    Attributes:
        name: of the recording; "" if it could not be made.
        seconds: its length.
        ended_by: "key", "silence", "limit" or "failed".
    """

    name: str
    seconds: float
    ended_by: str


class Caller(Protocol):
    """The call as a flow sees it.

    Attributes:
        variables: the call's variables, JSON values only. `calls` puts in `dialled`, `caller`
            (`number`, `name`) and `customer` (the row of the customers file, or its columns
            empty and `vip: false`) before the flow starts; nodes add theirs. A value is
            replaced, never changed in place.
        language: prompts are found in this language; the `language` node sets it.
        secrets: variables that must be written nowhere; `secure` adds to them.
        meanwhile: runs the flow of a `Treatment` over and over, and returns why it gave up the
            place in the queue, if it ever does. The engine puts it there.
        world: what lies outside of the call.
        hears_us: sound that we send reaches the caller: after `progress` or `answer`.
    """

    variables: dict[str, Any]
    language: str
    secrets: set[str]
    meanwhile: Callable[[str], Awaitable[str]]

    @property
    def world(self) -> World: ...

    @property
    def hears_us(self) -> bool: ...

    async def ring(self) -> None:
        """Send 180, unless answered or rung before.

        Raises:
            CallerGone: as every method here, when the caller hung up before or meanwhile.
        """

    async def progress(self) -> None:
        """Open early media (183), unless answered: the caller hears us and pays nothing."""

    async def answer(self) -> None:
        """Send 200, once: nothing happens when the call is answered already."""

    async def play(self, prompts: Sequence[Utterable], *, stop_on_digit: bool) -> None:
        """Play one after the other to the end, or to the first key if `stop_on_digit`.

        Each in `language`, but `name@es` in its own. A text is heard while it is still spoken;
        one that cannot be spoken is left out.

        With `stop_on_digit`, a key typed ahead ends it before it begins. Keys pressed meanwhile
        are kept for `digits`.
        """

    async def play_controlled(self, prompts: Sequence[Utterable], controls: Controls) -> None:
        """As `play` with `stop_on_digit`, but keys of `controls` move about in it and are gone."""

    async def digits(
        self, *, at_most: int, first_within_s: float, between_s: float = 3.0, terminator: str = ""
    ) -> str:
        """Keys pressed since the last read (type-ahead counts), "" if none came in time.

        Reads at most `at_most` keys and leaves the rest for the next read. A key of `terminator`
        ends the read, is taken away and is not returned. `first_within_s` counts from the call
        of this method, `between_s` from the last key.
        """

    async def utterance(
        self,
        *,
        phrases: Sequence[str],
        first_within_s: float,
        at_most_s: float,
        beep: bool = False,
    ) -> Utterance:
        """What the caller says, up to a pause, or one key that they press instead.

        One of `phrases` is understood if there are any, else whatever is said. Where nobody
        understands the language, only a key is waited for. What was said is kept nowhere.
        """

    def forget_digits(self) -> None:
        """Drop what was typed ahead."""

    async def echo(self, *, at_most_s: float) -> None:
        """Send the caller's own sound back until a key is pressed or the time is over."""

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
        """Record what the caller alone says, after a beep.

        It ends with a key of `stop_keys` (other keys are lost), `silence_s` without a word (0 is
        never) or the time; also when the caller hangs up, and then `RecordingStarted` with
        `label` and `RecordingStopped` tell of it. With the purpose `MESSAGE`, a label is a mailbox;
        with `COMMENT`, "survey/question".
        """

    async def play_recording(self, name: str) -> None:
        """Let the caller hear what `record` took, to its end or to a key, which is kept.

        What cannot be read is not heard.
        """

    async def wish_recording(self, wish: RecordingWish) -> bool:
        """Whether it could be done: nothing is paused that is not recorded, nor begun unallowed."""

    async def wait_in_queue(self, request: QueueRequest, treatment: Treatment) -> QueueOutcome:
        """Wait until an agent's conversation is over, or the queue gives the caller back."""

    def place(self) -> dict[str, Any]:
        """Where the caller stands in the queue just now, as the variable `queue` tells it.

        `name`, `waited_s` (whole seconds in all queues), `position` (from 1), `expected_wait_s`
        and `expected_minutes` (rounded up); null is unknown. {} outside of a queue.
        """

    def call_back(self, request: QueueRequest, number: str, first: str) -> CallBackOutcome:
        """Keep the caller's place, and call `number` when its turn comes. A place that was left
        for this is kept with its age. `first`: "agent", "customer", or "" as the centre does."""

    async def transfer(self, target: str) -> TransferOutcome:
        """Dial a number of the numbering plan for the caller and bridge when it answers.

        An unanswered call hears the target's ringing and is answered with it. A number that leads
        to a queue or another flow ends this one: it raises CallerGone.
        """

    async def transfer_to_agent(self, agent: str) -> TransferOutcome:
        """The same, at the phone where this agent sits; failed if at none."""

    async def hang_up(self, cause: str = "normal") -> None:
        """End the call from our side: BYE, or a refusal when it was never answered.

        `cause`: "normal", "busy", "unavailable" (480), "rejected" (603) or "failed" (500).
        """
