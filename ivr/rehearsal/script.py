"""Tests of a flow as YAML beside it, `<flow>.test.yaml`: what happens, and what is expected."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ivr.caller import CallBackOutcome, TransferOutcome
from ivr.loader import FlowErrors
from ivr.mistakes import Mistake, Mistakes
from ivr.yaml_lines import YamlProblems, read_yaml

ENDING: Final = ".test.yaml"
SERVED: Final = "served"
BROKEN: Final = "broken"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


Keys = Annotated[str, Field(pattern=r"^[0-9*#]+$", max_length=64), BeforeValidator(_as_text)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Happening = Literal[
    "served",
    "timeout",
    "full",
    "nobody",
    "closed",
    "key",
    "overflow",
    "operator",
    "callback",
    "voicemail",
    "broken",
]


class Step(_Strict):
    """What the caller does when asked for keys: exactly one of these."""

    press: Keys | None = None
    say: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """To a `speech` node, which understands it if it is one of its phrases, or asks for text."""
    stay_silent: bool = False
    hang_up: bool = False

    @model_validator(mode="before")
    @classmethod
    def _bare_words(cls, value: Any) -> Any:
        """`- stay silent` and `- hang up` need no colon."""
        if value in ("stay silent", "hang up"):
            return {value.replace(" ", "_"): True}
        return value

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.press is not None) + (self.say is not None) + self.stay_silent + self.hang_up != 1:
            raise PydanticCustomError(
                "step",
                "should be `press: 12#`, `say: yes`, `stay silent` or `hang up`, one for each line",
            )
        return self


def _instant(text: str) -> str:
    try:
        if datetime.fromisoformat(text).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise PydanticCustomError("instant", "should be like 2026-12-25T10:00:00+07:00")


class HttpStep(_Strict):
    """How one HTTP look-up is answered."""

    url: str = ""
    """The look-up must ask for this address, without its query; empty: whatever it asks for."""
    status: int = Field(default=200, ge=100, le=599)
    answer: Any = None
    """The body, as YAML."""
    fails: Literal["", "timeout", "unreachable", "unusable", "left_alone"] = ""


class SqlStep(_Strict):
    """How one question to a database is answered."""

    database: str = ""
    """The node must ask this one; empty: whichever it asks."""
    row: dict[str, Any] | None = None
    """Null: there is none."""
    fails: bool = False


class Given(_Strict):
    """The world around the call."""

    number: str = "+6281200000001"
    name: str = ""
    dialled: str = "1000"
    customer: dict[str, Any] = Field(default={})
    """The caller's row of the customers file; `vip` is false unless it says so."""
    variables: dict[str, Any] = Field(default={})
    """Variables that another flow has set before this one."""
    typed_ahead: Keys | None = None
    queue: Annotated[tuple[Happening, ...], BeforeValidator(_listed)] = ()
    """How each wait in a queue ends, in turn; then always "served". "broken": the node fails."""
    waits_s: float = Field(default=20.0, ge=0, le=86_400)
    """How long each wait in a queue takes."""
    position: int | None = Field(default=1, ge=1)
    """Where the caller stands in a queue, for the flow that runs beside the wait."""
    expected_wait_s: float | None = Field(default=None, ge=0)
    """How long the wait is expected to take, for the same; null is unknown."""
    transfers: Annotated[tuple[TransferOutcome, ...], BeforeValidator(_listed)] = ()
    """How each transfer ends, in turn; then always "answered"."""
    callbacks: Annotated[tuple[CallBackOutcome, ...], BeforeValidator(_listed)] = ()
    """What becomes of each wish to be called back, in turn; then always "accepted"."""
    at: Annotated[str, AfterValidator(_instant)] = "2026-06-15T10:00:00+00:00"
    """When the call begins, ISO 8601 with its offset from UTC."""
    lot: float = Field(default=0.0, ge=0, lt=1)
    """Chance, for `split`: 0.3 lies in the second part of 20 and 80 %."""
    customers: tuple[dict[str, Any], ...] = ()
    """More rows of the customers file, found by `number`."""
    http: tuple[HttpStep, ...] = ()
    """How each HTTP look-up is answered, in turn; then nobody answers."""
    sql: tuple[SqlStep, ...] = ()
    """How each question to a database is answered, in turn; then it is away."""
    history: dict[str, Any] | None = None
    """What earlier calls say, for `identify`; null: nothing is known."""
    message: Annotated[tuple[float, ...], BeforeValidator(_listed)] = ()
    """Seconds that the caller speaks each time they are recorded, in turn; 0 is nothing. Then, and
    without it, they speak to the end of the time unless they press a key."""
    mailbox_full: bool = False
    """No mailbox takes another message."""
    hangs_up_after_s: float | None = Field(default=None, ge=0, le=86_400)
    """The caller hangs up so long after the call began, whatever they do then."""


class ExpectedRating(_Strict):
    """A survey's question; `score` is null when it was not answered."""

    question: str
    score: int | None


class ExpectedWait(_Strict):
    """A wait in a queue; what is not written is not looked at."""

    queue: str | None = None
    skills: dict[str, int] | None = None
    languages: tuple[str, ...] | None = None
    priority: int | None = None


class Expected(_Strict):
    """What is not written is not looked at."""

    heard: Names | None = None
    """Prompts in this order; others may come between."""
    heard_exactly: Names | None = None
    """All prompts."""
    not_heard: Names = ()
    nodes: Names | None = None
    """Nodes passed in this order; others may come between."""
    queue: ExpectedWait | None = None
    """The last wait in a queue."""
    queued: bool | None = None
    """Whether the caller came into any queue."""
    transferred_to: str | None = Field(default=None)
    called_back: str | None = Field(default=None)
    """The number at which the caller wanted to be called back last."""
    variables: dict[str, Any] = Field(default={})
    """Their values at the end."""
    ratings: tuple[ExpectedRating, ...] | None = None
    """All questions of surveys that were asked, in order."""
    messages: Names | None = None
    """The mailboxes in which a message was left, in order; [] for none."""
    noted: Names | None = None
    """Names of `log` nodes' notes in this order; others may come between."""
    language: str | None = None
    answered: bool | None = None
    """Whether the call was answered, so that the caller pays."""
    ended: (
        Literal["normal", "busy", "unavailable", "rejected", "failed", "caller_hung_up"] | None
    ) = None
    contained: bool | None = None
    lasted_at_most_s: float | None = None


class FlowTest(_Strict):
    """One call."""

    given: Given = Given()
    when: tuple[Step, ...] = ()
    """What the caller does each time keys are asked for; afterwards they stay silent."""
    expect: Expected


class Script(_Strict):
    """The top level of a test file."""

    flow: str | None = None
    """The flow under test; without it, the one that the file is named after."""
    tests: dict[str, FlowTest] = Field(min_length=1, max_length=1000)


def read_scripts(folder: Traversable) -> Mapping[str, Script]:
    """Every test file of a folder, by file.

    Raises:
        FlowErrors: all mistakes of all files.
    """
    found: list[Mistake] = []
    scripts: dict[str, Script] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(ENDING):
            script = _read(entry, found)
            if script is not None:
                stem = entry.name.removesuffix(ENDING)
                flow = script.flow or stem
                scripts[str(entry)] = script.model_copy(update={"flow": flow})
    if found:
        raise FlowErrors(found)
    return scripts


def _read(entry: Traversable, found: list[Mistake]) -> Script | None:
    file = str(entry)
    try:
        document = read_yaml(entry.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        found.append(Mistake(file, 1, "", f"cannot be read as UTF-8 text: {error}"))
        return None
    except YamlProblems as error:
        found.extend(Mistake(file, line, "", problem) for line, problem in error.problems)
        return None
    try:
        return Script.model_validate(document.value)
    except ValidationError as error:
        mistakes = Mistakes(file, document)
        mistakes.add_invalid(error, Script, (), document.value)
        found.extend(mistakes.found)
        return None
