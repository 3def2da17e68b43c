"""record: say that calls are recorded, note consent, and switch the recording on and off."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller, RecordingWish
from ivr.names import NodeName
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said


class Record(Node):
    """What happens to the call's recording from here on; the policy decides where no flow does.

    To ask for consent, put a `menu` before it: yes leads to `do: consent`, no to `do: refuse`.
    Around a card number, `do: pause` and `do: resume` put silence in its place.
    """

    kind: Literal["record"] = "record"
    do: Literal["announce", "consent", "refuse", "start", "stop", "pause", "resume"]
    """announce: the caller hears `prompt`, to its end. consent, refuse: they have answered.
    start: record this call, whatever the policy says. stop: do not."""
    prompt: Prompts | None = None
    """Said first; `announce` needs it."""
    next: NodeName
    otherwise: NodeName | None = None
    """Where the caller goes when it cannot be done: nothing is recorded that could be paused, or
    the notice that `recording.notice` requires was not given. Without it, to `next`."""

    @model_validator(mode="after")
    def _an_announcement_is_heard(self) -> Self:
        if self.do == "announce" and self.prompt is None:
            raise PydanticCustomError(
                "no_prompt", "nobody hears it; write `prompt:` with what tells of the recording"
            )
        return self

    def sound(self) -> Sound:
        return Sound.NONE if self.prompt is None else Sound.TWO_WAY

    def silent_targets(self) -> Iterator[NodeName]:
        yield self.next

    async def run(self, caller: Caller) -> Exit:
        if self.prompt is not None:
            prompts = said(self.prompt, caller.variables, caller.language)
            await caller.play(prompts, stop_on_digit=False)
        if await caller.wish_recording(RecordingWish(self.do)):
            return Exit("next", self.next)
        return Exit("otherwise", self.otherwise or self.next)
