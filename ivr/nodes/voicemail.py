"""voicemail: a greeting, a tone, a message; the caller may hear it again before it is sent."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller, Recorded
from ivr.expressions import Computed
from ivr.names import END, MailboxName, NodeName
from ivr.node import Exit, FlowFault, Node, Sound
from ivr.spoken import Prompts, said

ATTEMPTS: Final = 3
"""How often a caller may speak, and how often they may leave the question about it unanswered."""

Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]


class _Choice(Enum):
    SEND = auto()
    AGAIN = auto()


class Review(BaseModel):
    """What the caller may do with the message before it is sent. Silence sends it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    prompt: Prompts
    """Names the keys, e.g. "to send your message press 1 …"."""
    send: Key = "1"
    hear: Key = "2"
    again: Key = "3"
    first_digit_s: Annotated[float, Field(gt=0, le=60)] = 5.0

    @model_validator(mode="after")
    def _keys_differ(self) -> "Review":
        if len({self.send, self.hear, self.again}) < 3:
            raise PydanticCustomError("keys", "send, hear and again need keys of their own")
        return self


class Voicemail(Node):
    """Leaves a message in a mailbox. Whoever hangs up after speaking has left one, too; a key `#`,
    a silence or the time ends it."""

    kind: Literal["voicemail"] = "voicemail"
    mailbox: Annotated[MailboxName | Computed, Field(union_mode="left_to_right")]
    """One of the configuration's `mailboxes`, or of a phone; may be computed."""
    prompt: Prompts
    """The greeting; a key ends it."""
    beep: bool = True
    """Whether a tone says when to speak."""
    max_s: Annotated[float, Field(ge=5, le=3600)] = 180.0
    silence_s: Annotated[float, Field(ge=1, le=60)] = 5.0
    """A silence that ends the message."""
    too_short: Prompts | None = None
    """Said before the caller may try again whose message is shorter than the mailbox's `min_s`."""
    review: Review | None = None
    """Lets the caller hear the message, or speak anew, before it is sent."""
    next: NodeName = END
    """The message is sent."""
    full: NodeName | None = None
    """The mailbox holds no more; without it, `failed`."""
    failed: NodeName
    """Nothing was said, or it cannot be recorded."""

    def sound(self) -> Sound:
        return Sound.TWO_WAY

    def silent_targets(self) -> Iterator[NodeName]:
        yield self.failed

    async def run(self, caller: Caller) -> Exit:
        mailbox = self.mailbox
        name = mailbox.text(caller.variables) if isinstance(mailbox, Computed) else str(mailbox)
        messages = caller.world.messages
        if not messages.knows(name):
            raise FlowFault(f"there is no mailbox '{name}'")
        if messages.is_full(name):
            return Exit("full", self.full or self.failed)
        await self._say(caller, self.prompt)
        for attempt in range(1, ATTEMPTS + 1):
            recorded = await caller.record(
                at_most_s=self.max_s, silence_s=self.silence_s, beep=self.beep, label=name
            )
            if recorded.ended_by == "failed":
                return Exit("failed", self.failed)
            spoken_s = self._spoken_s(recorded)
            if (
                messages.is_enough(name, spoken_s)
                and await self._reviewed(caller, recorded.name) is _Choice.AGAIN
                and attempt < ATTEMPTS
            ):
                messages.drop(recorded.name)
            elif messages.send(recorded.name, spoken_s):
                return Exit("next", self.next, heard=recorded.ended_by == "key")
            elif self.too_short is not None and attempt < ATTEMPTS:
                await self._say(caller, self.too_short)
        return Exit("too_short", self.failed)

    def _spoken_s(self, recorded: Recorded) -> float:
        """The silence that ended it is nothing said."""
        return recorded.seconds - (self.silence_s if recorded.ended_by == "silence" else 0.0)

    async def _reviewed(self, caller: Caller, recording: str) -> _Choice:
        review = self.review
        if review is None:
            return _Choice.SEND
        failures = 0
        while failures < ATTEMPTS:
            await self._say(caller, review.prompt)
            key = await caller.digits(at_most=1, first_within_s=review.first_digit_s)
            if key == review.send:
                return _Choice.SEND
            if key == review.again:
                return _Choice.AGAIN
            if key == review.hear:
                await caller.play_recording(recording)
            failures += 1
        return _Choice.SEND

    async def _say(self, caller: Caller, prompts: Prompts) -> None:
        names = said(prompts, caller.variables, caller.language)
        await caller.play(names, stop_on_digit=True)
