"""Asking for keys: what menu and collect share. Silence and wrong keys are told apart."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.names import END, NodeName
from ivr.node import Exit, Node, Sound
from ivr.placing import Surroundings
from ivr.spoken import Listed, Prompts, Spoken, said

HELP_KEY: Final = "*"
OPERATOR_KEY: Final = "0"

MOST_HELPS: Final = 5
"""Pressing the help key more often is no answer, like any other wrong key."""


Seconds = Annotated[float, Field(gt=0, le=300)]
Attempts = Annotated[int, Field(ge=1, le=10)]


Read = Callable[[], Awaitable[str]]
"""Waits for keys; "" if none came in time."""

Accept = Callable[[str], Exit | Awaitable[Exit | None] | None]
"""Takes the keys and says where they lead, or None when they are no answer."""


class Retry(BaseModel):
    """What to do about a caller who is silent, or presses something else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: Attempts | None = None
    """How often it may happen; None takes the node's."""
    prompts: Annotated[tuple[Spoken, ...], Listed] = ()
    """Said before the question is asked again: the first after the first time, and so on; the
    last one stays."""
    then: NodeName | None = None
    """Where the caller goes after the last attempt; None takes the node's `otherwise`."""


class Asking(Node):
    """A question, its waiting times, and what follows when no useful answer comes."""

    prompt: Prompts
    again: Prompts | None = None
    """The question from the second time on, shorter as a rule; without it, `prompt`."""
    help: Prompts | None = None
    """Said, before the question, to who presses the flow's `help_key`; it costs no attempt."""
    operator: NodeName | None = None
    """Where the flow's operator key leads from here; without it, where the flow says."""
    attempts: Attempts = 3
    first_digit_s: Seconds = 5.0
    """Silence allowed after the question, before the first key."""
    between_s: Seconds = 3.0
    """Silence allowed between keys."""
    barge_in: bool = True
    """A key ends the question. Off for what must be heard to its end."""
    no_input: Retry = Retry()
    no_match: Retry = Retry()
    otherwise: NodeName | None = None
    """Where the caller goes after the last attempt, silent or wrong."""

    kind: str

    _operator_key: str = PrivateAttr("")
    _help_key: str = PrivateAttr(HELP_KEY)

    def placed(self, around: Surroundings) -> Self:
        placed = self.model_copy(update={"operator": self.operator or around.operator})
        placed._operator_key = around.operator_key
        placed._help_key = around.help_key
        return placed

    def sound(self) -> Sound:
        return Sound.TWO_WAY

    def silent_targets(self) -> Iterator[NodeName]:
        yield self.no_input.then or self.otherwise or END

    @model_validator(mode="after")
    def _every_failure_leads_somewhere(self) -> Self:
        if self.otherwise is None and (self.no_input.then is None or self.no_match.then is None):
            raise PydanticCustomError(
                "no_otherwise",
                "nothing follows a caller who gives no useful answer; write `otherwise:`,"
                " or `then:` in both `no_input:` and `no_match:`",
            )
        return self

    async def ask(
        self,
        caller: Caller,
        *,
        accept: Accept,
        at_most: int = 1,
        terminator: str = "",
        read: Read | None = None,
    ) -> Exit:
        """Ask until `accept` takes the keys, or the attempts are used up.

        `read` takes the place of reading at most so many keys up to a terminator.
        Each kind of failure has its own number of attempts; mixed, the greater one counts for all.
        """
        failed = _Failures()
        before: tuple[Spoken, ...] = ()
        while True:
            await self._say(caller, failed, before)
            keys = await (read or partial(self._keys, caller, at_most, terminator))()
            if keys and (taken := await _answered(accept(keys))) is not None:
                return taken
            if keys and keys == self._operator_key and self.operator is not None:
                return Exit("operator", self.operator, heard=True)
            if self.help and keys == self._help_key and failed.helped < MOST_HELPS:
                failed.helped += 1
                before = self.help
                continue
            retry, happened = self._count(failed, silent=not keys)
            if keys:
                caller.forget_digits()  # what follows a wrong key was meant for somewhere else
            if self._used_up(retry, happened, failed.silent + failed.wrong):
                outcome = "no_match" if keys else "no_input"
                return Exit(outcome, retry.then or self.otherwise or END, heard=bool(keys))
            before = retry.prompts[min(happened, len(retry.prompts)) - 1 :][:1]

    async def _say(self, caller: Caller, failed: "_Failures", before: tuple[Spoken, ...]) -> None:
        asked = self.again if self.again and failed.silent + failed.wrong else self.prompt
        prompts = said((*before, *asked), caller.variables, caller.language)
        await caller.play(prompts, stop_on_digit=self.barge_in)

    async def _keys(self, caller: Caller, at_most: int, terminator: str) -> str:
        return await caller.digits(
            at_most=at_most,
            first_within_s=self.first_digit_s,
            between_s=self.between_s,
            terminator=terminator,
        )

    def _count(self, failed: "_Failures", *, silent: bool) -> tuple[Retry, int]:
        if silent:
            failed.silent += 1
            return self.no_input, failed.silent
        failed.wrong += 1
        return self.no_match, failed.wrong

    def _used_up(self, retry: Retry, happened: int, failures: int) -> bool:
        limits = [kind.attempts or self.attempts for kind in (self.no_input, self.no_match)]
        return happened >= (retry.attempts or self.attempts) or failures >= max(limits)


@dataclass(slots=True)
class _Failures:
    silent: int = 0
    wrong: int = 0
    helped: int = 0


async def _answered(taken: Exit | Awaitable[Exit | None] | None) -> Exit | None:
    return await taken if isinstance(taken, Awaitable) else taken
