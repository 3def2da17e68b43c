"""What callers of the flows in `flows/` hear and do: a play for each kind of node.

A call begins and ends with a recording that has silence around it: a phone may lose the edges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from events.calls import NodeVisited
from events.event import Event
from tests.e2e.flow_centre import (
    LEAD_IN_S,
    LEAD_OUT_S,
    RECORDED,
    TRANSFER_PHONE,
    prompt,
    said,
    spoken,
)
from tests.sound import RATE_HZ, Samples, babble, samples_of

SAID: Final = "Hello Maria."
CALLER_SAYS: Final = babble(0.8, seed=31)
SECRET: Final = "49291753"

Kind: TypeAlias = str
By: TypeAlias = Literal["rtpevent", "inband", "info"]
WAYS: Final[Sequence[By]] = ("rtpevent", "inband", "info")
ASKING: Final = (
    "authenticate",
    "collect",
    "echo",
    "menu",
    "secure",
    "survey",
    "leave_queue",
    "voicemail",
    "callback",
    "speech",
)
"""Kinds of nodes that take keys."""


@dataclass(frozen=True)
class Hears:
    """A prompt, a text of the flow, or what the caller says themselves."""

    name: str
    language: str = "en"

    @property
    def sound(self) -> Samples | bytes:
        if self.name == "text":
            return said(SAID)
        return CALLER_SAYS if self.name == "oneself" else prompt(self.name, self.language)

    @property
    def lasts_s(self) -> float:
        """The silence around it included."""
        around = LEAD_IN_S + LEAD_OUT_S if (self.language, self.name) in RECORDED else 0.0
        return around + len(samples_of(self.sound)) / RATE_HZ


@dataclass(frozen=True)
class Presses:
    keys: str


@dataclass(frozen=True)
class Speaks:
    """The caller's own words, for so long; or one word of a prompt's, again and again."""

    seconds: float
    word: str = ""

    @property
    def sound(self) -> bytes:
        return spoken(self.word) if self.word else CALLER_SAYS


Step = Hears | Presses | Speaks


@dataclass(frozen=True)
class Play:
    """What a caller hears and does, and what the centre tells of it."""

    steps: Sequence[Step]
    path: Sequence[tuple[str, str]]
    """(node, outcome), in order."""
    status: int | None = None
    """The refusal, if it is never answered."""
    tells: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Events, and fields of theirs."""


ONE, TWO, THREE = Hears("one"), Hears("two"), Hears("three")
OWN: Final = Hears("oneself")


def words(*names: str | int) -> list[Step]:
    return [Hears(f"part_{name}") for name in names]


def path(*visits: str) -> list[tuple[str, str]]:
    """`ask:1 tell` for the node `ask` left by 1, and then `tell` by hanging up."""
    pairs = (visit.partition(":") for visit in visits)
    return [(node, outcome or "hung_up") for node, _, outcome in pairs]


PLAYS: Final[Mapping[Kind, Play]] = {
    "answer": Play([ONE], path("pick_up:next", "tell")),
    "authenticate": Play([ONE, Presses("2468#"), TWO], path("pin:next", "tell")),
    "branch": Play([ONE], path("who:case_2", "tell")),
    "callback": Play(
        [ONE, *words(2, 0, 0, 5), TWO, Presses("1"), THREE], path("offer:next", "tell")
    ),
    "collect": Play(
        [ONE, Presses("42#"), TWO, *words(4, 2), Presses("1"), THREE], path("ask:next", "tell")
    ),
    "data": Play([ONE, *words(4, 2), TWO], path("look:next", "tell")),
    "echo": Play([ONE, OWN, Presses("5"), TWO], path("explain:next", "repeat:next", "tell")),
    "flow": Play([TWO, ONE], path("there:next", "aside:next", "tell")),
    "goto": Play([TWO], path("over:next", "aside:next")),
    "hang_up": Play([], path("refuse"), status=486),
    "http": Play([ONE, *words(7, 5), TWO], path("ask:next", "tell")),
    "identify": Play([ONE, *words(7, 0, 0, 1), TWO], path("who:next", "tell")),
    "language": Play([Hears("one", "es")], path("spanish:next", "tell")),
    "leave_queue": Play(
        [ONE, Presses("9"), TWO],
        path("ask:9", "leave:key", "wait:key", "tell"),
        tells={"CallFlowedOut": {"reason": "key"}},
    ),
    "log": Play(
        [ONE],
        path("note:next", "tell"),
        tells={"FlowNoted": {"name": "heard", "values": {"number": 7}}},
    ),
    "loop": Play(
        [ONE, TWO],
        path("twice:again", "tell:next", "twice:again", "tell:next", "twice:next", "bye"),
    ),
    "menu": Play([ONE, Presses("1"), TWO], path("ask:1", "tell")),
    "progress": Play([ONE], path("early:next", "tell:next", "refuse"), status=480),
    "queue": Play(
        [TWO, OWN, ONE],
        path("greet:next", "wait:next", "tell"),
        tells={"QueueAnswered": {"agent": "801"}},
    ),
    "record": Play(
        [ONE, TWO],
        path("announce:next", "begin:next", "tell"),
        tells={"RecordingPermitted": {"basis": "announced"}, "RecordingAsked": {"by": "flow"}},
    ),
    "ring": Play([ONE], path("ring:next", "tell"), tells={"CallRang": {"early_media": False}}),
    "say": Play([ONE, *words(20, 1), TWO], path("tell:next", "bye")),
    "schedule": Play([ONE], path("hours:open", "tell")),
    "secure": Play([ONE, Presses(f"{SECRET}#"), TWO], path("card:next", "tell")),
    "set": Play([ONE, *words(3, 4), TWO], path("count:next", "tell")),
    "speech": Play([ONE, Speaks(0.0, "queue_sales"), TWO], path("topic:buy", "tell")),
    "split": Play([ONE], path("draw:share", "tell")),
    "survey": Play(
        [ONE, Presses("5"), TWO],
        path("stars:next", "tell"),
        tells={"SurveyAnswered": {"survey": "proof", "score": 5}},
    ),
    "transfer": Play(
        [TWO, OWN, ONE],
        path("greet:next", "pass_on:next", "tell"),
        tells={"CallTransferred": {"target": TRANSFER_PHONE}},
    ),
    "voicemail": Play(
        [ONE, Speaks(5.0), Presses("#"), TWO],
        path("leave:next", "tell"),
        tells={"MessageLeft": {"mailbox": "support"}},
    ),
    "wait": Play([ONE, TWO], path("wait:next", "tell")),
}
"""By kind of node; the flow of that name in `flows/` has one."""

MORE: Final[Mapping[str, Play]] = {
    "transfer_to_agent": Play(
        [TWO, OWN, ONE],
        path("greet:next", "pass_on:next", "tell"),
        tells={"CallBridged": {"agent": "803"}},
    ),
    "transfer_to_queue": Play(
        [TWO, OWN],
        path("greet:next", "pass_on:transferred"),
        tells={"QueueAnswered": {"agent": "801"}},
    ),
    "say_text": Play([ONE, Hears("text"), TWO], path("tell:next", "bye")),
    "say_controlled": Play(
        [ONE, Presses("4"), ONE, Presses("6"), THREE], path("tell:next", "bye:next")
    ),
    "transfer_to_flow": Play([ONE, TWO], path("greet:next", "pass_on:transferred", "aside:next")),
}
"""Other ways of the same kinds, each a flow of its own."""

BY_KEYS: Final[Mapping[Kind, Play]] = {
    "speech": Play([ONE, Presses("2"), TWO], path("topic:buy", "tell")),
}
"""What is pressed where words would do as well."""

CALLS: Final[Sequence[tuple[Kind, By]]] = (
    *((kind, "rtpevent") for kind in (*PLAYS, *MORE)),
    *((kind, by) for kind in ASKING for by in WAYS[1:]),
)


ALIKE: Final = {"share_1": "share", "share_2": "share", "duplicate": "next"}
"""Outcomes that chance, or an earlier call of the same caller, decides about."""


def play_of(kind: Kind, by: By) -> Play:
    if by != "rtpevent" and kind in BY_KEYS:
        return BY_KEYS[kind]
    return PLAYS.get(kind) or MORE[kind]


def compare_with(play: Play, told: Sequence[Event]) -> None:
    """Raises AssertionError: the centre tells another story of the call."""
    visits = [each for each in told if isinstance(each, NodeVisited)]
    left_by = [(visit.node, ALIKE.get(visit.outcome, visit.outcome)) for visit in visits]
    assert left_by == play.path
    for name, fields in play.tells.items():
        assert any(
            type(each).__name__ == name
            and all(getattr(each, key) == value for key, value in fields.items())
            for each in told
        ), f"no {name} {fields}"
