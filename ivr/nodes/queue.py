"""queue: wait for an agent with the right skills and language, and talk to them."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller, FlowedOut, QueueRequest, Treatment
from ivr.expressions import Computed
from ivr.names import END, FlowName, MusicName, NodeName, PromptName, QueueName
from ivr.node import Exit, FlowFault, Node, Sound
from ivr.yaml_lines import Place

MAX_PRIORITY: Final = 100
"""Beyond this an ageing call would never catch up; a computed priority is cut to it."""

MAX_WORDLESS_S: Final = 120.0
"""Longest time without a word that a waiting caller bears."""

Level = Annotated[int, Field(ge=1, le=10)]
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


class Queue(Node):
    kind: Literal["queue"] = "queue"
    queue: QueueName
    skills: dict[str, Level] = Field(default={}, max_length=20)
    """Skills that the agent must have, each with the lowest level, 1 to 10."""
    any_of: tuple[dict[str, Level], ...] = Field(default=(), max_length=10)
    """Beside `skills`, all of at least one of these sets."""
    languages: tuple[Computed, ...] = Field(
        default_factory=lambda: (Computed("{{ language }}"),), max_length=10
    )
    """Languages that will do, best first. Without this field: the caller's. Empty: any."""
    tiers: tuple[Annotated[int, Field(ge=1, le=3)], ...] = ()
    """Tiers of agents that will do, best first. Empty: as the queue says."""
    sites: tuple[str, ...] = Field(default=(), max_length=20)
    """Sites that will do, best first; `*` is any. Empty: as the queue says."""
    customer_type: Computed | None = None
    """Agents who serve only some types of customers must serve this one."""
    preferred: Computed | None = None
    """Id of the agent for whom the call is kept for `preferred_s`, if they are there."""
    preferred_s: Annotated[float, Field(gt=0, le=3600)] = 20.0
    excluded: tuple[Computed, ...] = Field(default=(), max_length=20)
    """Ids of agents who must not get the call."""
    priority: Annotated[int, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY)] | Computed = 0
    """Higher is served sooner; by how much, `ageing_s` of the queue says."""
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
        return QueueRequest(
            queue=str(self.queue),
            skills=dict(self.skills),
            languages=tuple(filter(None, (one.text(variables) for one in self.languages))),
            priority=self._priority(variables),
            any_of=tuple(dict(group) for group in self.any_of),
            tiers=self.tiers,
            sites=self.sites,
            customer_type=_text(self.customer_type, variables),
            preferred=_text(self.preferred, variables),
            preferred_s=0.0 if self.preferred is None else self.preferred_s,
            excluded=tuple(filter(None, (one.text(variables) for one in self.excluded))),
        )

    def _priority(self, variables: dict[str, Any]) -> int:
        wanted = self.priority
        if isinstance(wanted, Computed):
            value = wanted.value(variables)
            if not isinstance(value, (int, float)):
                raise FlowFault(f"priority: {wanted.source} gave {value!r}, not a number")
            wanted = int(value)
        return max(-MAX_PRIORITY, min(MAX_PRIORITY, wanted))


def _text(computed: Computed | None, variables: dict[str, Any]) -> str:
    return "" if computed is None else computed.text(variables)
