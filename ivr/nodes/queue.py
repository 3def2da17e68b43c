"""queue: wait for an agent with the right skills and language, and talk to them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller, FlowedOut, QueueRequest, Treatment
from ivr.expressions import Computed
from ivr.names import END, FlowName, MusicName, NodeName, PromptName
from ivr.node import Exit, Sound
from ivr.requirements import Requirements, text_of
from ivr.yaml_lines import Place

MAX_WORDLESS_S: Final = 120.0
"""Longest time without a word that a waiting caller bears."""

Reason = Literal[
    "timeout",
    "full",
    "nobody",
    "expected_wait",
    "closed",
    "key",
    "overflow",
    "operator",
    "callback",
    "voicemail",
]


class Queue(Requirements):
    kind: Literal["queue"] = "queue"
    preferred: Computed | None = None
    """Id of the agent for whom the call is kept for `preferred_s`, if they are there."""
    preferred_s: Annotated[float, Field(gt=0, le=3600)] = 20.0
    music: MusicName | None = MusicName("music")
    comfort: PromptName | None = None
    """Said every `comfort_every_s` while waiting."""
    comfort_every_s: Annotated[float, Field(ge=5, le=600)] = 30.0
    waiting: FlowName | None = None
    """A flow that runs over the music while the caller waits: position, expected wait, keys. When
    it ends it begins again; a bridge ends it at once. It takes the place of `comfort`."""
    next: NodeName = END
    """After an agent's conversation that the agent's side ended."""
    flowed_out: dict[Reason, NodeName] = Field(default={})
    """Where the caller goes when the queue gives them back, by its reason."""
    otherwise: NodeName
    """The same, for every reason that `flowed_out` does not name."""

    assists = True
    fits_waiting = False

    @model_validator(mode="after")
    def _one_voice(self) -> Self:
        if self.waiting is not None and self.comfort is not None:
            raise PydanticCustomError(
                "voices", "`comfort` and `waiting` would talk at once; say it in the waiting flow"
            )
        return self

    def silent_targets(self) -> Iterator[NodeName]:
        """Somebody may be there the next time: coming back is waiting, not running in circles."""
        return iter(())

    def advice(self) -> Iterator[tuple[Place, str]]:
        if self.waiting is not None:
            return
        if self.comfort is None:
            yield (), "the caller waits without a word; give a `comfort:` prompt"
        elif self.comfort_every_s > MAX_WORDLESS_S:
            text = f"the caller waits longer than {MAX_WORDLESS_S:g} s without a word"
            yield ("comfort_every_s",), text

    def beside(self) -> str | None:
        return self.waiting

    def sound(self) -> Sound:
        return Sound.TWO_WAY

    async def run(self, caller: Caller) -> Exit:
        flow = None if self.waiting is None else str(self.waiting)
        treatment = Treatment(self.music, self.comfort, self.comfort_every_s, flow=flow)
        outcome = await caller.wait_in_queue(self._request(caller.variables), treatment)
        if isinstance(outcome, FlowedOut):
            return Exit(outcome.reason, self._after(outcome.reason))
        return Exit("next", self.next, heard=True)

    def _after(self, reason: str) -> NodeName:
        for named, target in self.flowed_out.items():
            if named == reason:
                return target
        return self.otherwise

    def _request(self, variables: dict[str, Any]) -> QueueRequest:
        return replace(
            self.request(variables),
            preferred=text_of(self.preferred, variables),
            preferred_s=0.0 if self.preferred is None else self.preferred_s,
        )
