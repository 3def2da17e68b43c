"""Asking for keys: what menu and collect share. Silence and wrong keys are told apart."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.names import END, NodeName, PromptName
from ivr.node import Exit, Node, Sound

KEYS: Final = "0123456789*#"


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


_Listed = BeforeValidator(_one_or_more, json_schema_input_type=PromptName | list[PromptName])
Prompts = Annotated[tuple[PromptName, ...], Field(min_length=1, max_length=20), _Listed]
"""One prompt or a list of them, played one after the other."""

Seconds = Annotated[float, Field(gt=0, le=300)]
Attempts = Annotated[int, Field(ge=1, le=10)]


class Retry(BaseModel):
    """What to do about a caller who is silent, or presses something else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: Attempts | None = None
    """How often it may happen; None takes the node's."""
    prompts: Annotated[tuple[PromptName, ...], _Listed] = ()
    """Said before the question is asked again: the first after the first time, and so on; the
    last one stays."""
    then: NodeName | None = None
    """Where the caller goes after the last attempt; None takes the node's `otherwise`."""


class Asking(Node):
    """A question, its waiting times, and what follows when no useful answer comes."""

    prompt: Prompts
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
        self, caller: Caller, *, at_most: int, terminator: str, accept: Callable[[str], Exit | None]
    ) -> Exit:
        """Ask until `accept` takes the keys, or the attempts are used up.

        Each kind of failure has its own number of attempts; mixed, the greater one counts for all.
        """
        silent = wrong = 0
        before: tuple[PromptName, ...] = ()
        while True:
            await caller.play((*before, *self.prompt), stop_on_digit=self.barge_in)
            keys = await caller.digits(
                at_most=at_most,
                first_within_s=self.first_digit_s,
                between_s=self.between_s,
                terminator=terminator,
            )
            if keys and (taken := accept(keys)) is not None:
                return taken
            if keys:
                wrong += 1
                caller.forget_digits()  # what follows a wrong key was meant for somewhere else
                outcome, retry, happened = "no_match", self.no_match, wrong
            else:
                silent += 1
                outcome, retry, happened = "no_input", self.no_input, silent
            if self._used_up(retry, happened, silent + wrong):
                return Exit(outcome, retry.then or self.otherwise or END, heard=bool(keys))
            before = retry.prompts[min(happened, len(retry.prompts)) - 1 :][:1]

    def _used_up(self, retry: Retry, happened: int, failures: int) -> bool:
        limits = [kind.attempts or self.attempts for kind in (self.no_input, self.no_match)]
        return happened >= (retry.attempts or self.attempts) or failures >= max(limits)
