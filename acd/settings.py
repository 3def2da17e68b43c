"""What an operator can set about queues and agents, with defaults and units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from annotated_types import Ge, Gt, Le

Seconds = Annotated[float, Gt(0)]
Duration = Annotated[float, Ge(0)]
Level = Annotated[int, Ge(1), Le(10)]
"""1 (novice) to 10 (expert)."""

Tier = Annotated[int, Ge(1), Le(3)]

ANY: Final = "*"
"""Among languages or sites: whatever else."""


class Strategy(StrEnum):
    """Who takes a call, among the agents able to. The caller's better language, tier and site
    always come first, and whoever has been idle longest breaks ties."""

    LONGEST_IDLE = "longest_idle"
    BEST_LEVEL = "best_level"  # highest sum of levels in the required skills
    CLOSEST_LEVEL = "closest_level"  # least above what the call requires: keeps experts free
    NARROWEST = "narrowest"  # fewest skills: keeps generalists free
    LEAST_OCCUPIED = "least_occupied"  # smallest share of calls in their time, when last freed
    FEWEST_CALLS = "fewest_calls"  # since they signed in
    ROUND_ROBIN = "round_robin"  # whose phone rang least recently
    RANDOM = "random"  # by the seed: the same in a replay


class Nobody(StrEnum):
    """What becomes of callers when nobody able to take them is signed in."""

    WAIT = "wait"
    LEAVE = "leave"  # they leave the queue with reason "nobody"


Failure: TypeAlias = Literal["no_answer", "busy", "rejected", "unreachable", "media_failure"]
"""How an offer can fail because of its agent's side; the same words as in the metrics."""

Aftermath: TypeAlias = Literal["available", "rest", "not_answering"] | Seconds
"""What a failed offer makes of the agent: available for other calls at once; at rest for
`back_off_s`, doubled with each failure in a row, or for so many seconds; or not answering."""

AFTER_FAILURE: Final[Mapping[str, Aftermath]] = {
    "no_answer": "not_answering",
    "busy": "rest",
    "rejected": "rest",
    "unreachable": "rest",
    "media_failure": "rest",
}
"""What holds for failures that a queue's `after_failure` does not name."""

GivenUp: TypeAlias = Literal["closed", "full", "nobody", "expected_wait", "timeout"]

Key: TypeAlias = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]

Whispered: TypeAlias = Literal["queue", "language", "wait", "colleague"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """What a call asks less of once it has waited in the queue for `after_s`. Steps add up."""

    after_s: Seconds
    """Seconds in this queue after which the step is taken."""

    languages: tuple[str, ...] = ()
    """Languages that will do too, after those that the call names; "*" is any."""

    level: Level | None = None
    """Required levels count as at most this."""

    without: tuple[str, ...] = ()
    """Skills that are not required any more."""

    tiers: tuple[Tier, ...] = ()
    """Tiers that will do too."""

    sites: tuple[str, ...] = ()
    """Sites that will do too; "*" is any."""

    overflow: str | None = None
    """The call moves on to this queue and keeps its wait; nothing can come after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    skills: Mapping[str, Level] = field(default_factory=dict)
    """Skill to minimum level that every call of this queue requires, beside its own."""

    tiers: tuple[Tier, ...] = ()
    """Of agents, best first, for calls that name none; empty: any."""

    sites: tuple[str, ...] = ()
    """Of agents, best first, for calls that name none; empty: any, and `*` is any other."""

    relaxation: tuple[Relaxation, ...] = ()
    """Steps in which waiting calls ask for less, in order of `after_s`. Calls that wait already
    feel a change at once."""

    weight: Annotated[float, Gt(0), Le(1000)] = 1.0
    """Where queues compete for an agent, a second of waiting here counts so many times."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    """Who takes a call among the agents able to: the one idle longest, the best or the closest
    level in the required skills, the one with the fewest skills, the least occupied, the one with
    the fewest calls, whose turn it is, or anybody."""

    ring_s: Seconds = 20.0
    """How long one agent's phone rings before the call is offered to the next."""

    ring_at_once: Annotated[int, Ge(1), Le(50)] = 1
    """So many phones ring for one call at a time, the first to answer has it. Only agents whom no
    other caller wants ring beside the first."""

    auto_answer: bool = False
    """Ask phones to pick up by themselves, each in the way of its own `auto_answer`."""

    whisper: tuple[Whispered, ...] = ()
    """What agents hear about the call before they are joined with the caller, e.g. queue,
    language and wait: "billing, Spanish, waited 40 seconds"; colleague: whether one has spoken with
    them already and sent them up."""

    accept_key: Key | None = None
    """Who picks up must press this key to have the call, so that no voicemail takes it."""

    accept_s: Seconds = 10.0
    """The longest time from picking up to the bridge: the whisper is cut there, and who has not
    pressed the key by then counts as not answering."""

    callback_ring_s: Seconds = 30.0
    """How long the phone of a customer rings who is called back."""

    lease_grace_s: Duration = 1.0
    """An offer nobody reported on for `ring_s` and this long ends by itself as not answered."""

    bridge_s: Seconds = 10.0
    """An answered phone must be bridged within this time, else the caller waits on."""

    ageing_s: Duration = 60.0
    """Waiting this long is worth one level of priority, so nobody starves."""

    wrap_up_s: Duration = 30.0
    """Time for after-call work; 0 makes the agent available at once."""

    wrap_up_max_s: Duration = 300.0
    """The longest after-call work, extensions included."""

    not_answering_s: Seconds | None = None
    """After this long a not answering agent is available again; None: when they act."""

    after_failure: Mapping[Failure, Aftermath] = field(default_factory=dict)
    """What becomes of an agent by how an offer failed: no_answer, busy, rejected, unreachable or
    media_failure to `available` (for other calls), `rest`, `not_answering` or seconds of rest.
    Without an entry: `not_answering` after no_answer, `rest` after the others."""

    back_off_s: Seconds = 5.0
    """Rest of an agent whose phone failed or could not be bridged. Doubles with each such failure
    in a row."""

    back_off_max_s: Seconds = 60.0
    """The longest such rest."""

    rejected_back_off_s: Seconds = 60.0
    """A call is not offered again to the agent who rejected it for this long."""

    service_level_s: Duration = 20.0
    """The service level's threshold, T in docs/metrics.md."""

    short_abandon_s: Duration = 5.0
    """Who hangs up within this time is a short abandon."""

    max_wait_s: Seconds | None = None
    """A caller leaves the queue after this long, but never while an agent's phone rings."""

    max_waiting: Annotated[int, Ge(0)] | None = None
    """Who would have to wait leaves at once when this many do already; 0: nobody waits."""

    max_expected_wait_s: Seconds | None = None
    """Who would probably wait longer leaves at once, with the reason "expected_wait"; an unknown
    expectation sends nobody away."""

    overflow_to: Mapping[GivenUp, str] = field(default_factory=dict)
    """Queue to which callers go on, keeping their wait, by the reason for which this one gives
    them up: closed, full, nobody, expected_wait or timeout. For `closed` it is the first open
    queue on the way, so that sites can follow the sun in a circle."""

    nobody: Nobody = Nobody.WAIT
    """What callers do when nobody able to take them is signed in: wait, or leave with the reason
    "nobody"."""

    def __post_init__(self) -> None:
        times = [step.after_s for step in self.relaxation]
        if times != sorted(set(times)):
            raise ValueError("relaxation: steps must be in order of after_s, each later")
        if any(step.overflow for step in self.relaxation[:-1]):
            raise ValueError("relaxation: nothing can come after an overflow")

    def aftermath(self, failure: str) -> Aftermath:
        """Of a failed offer, for its agent; `failure` is the outcome's word."""
        for named, aftermath in self.after_failure.items():
            if named == failure:
                return aftermath
        return AFTER_FAILURE[failure]

    def elsewhere(self, reason: str) -> str | None:
        """Where callers go on whom the queue gives up for this reason."""
        return next((to for given, to in self.overflow_to.items() if given == reason), None)

    @property
    def overflow(self) -> str | None:
        """Where callers move on to in the end."""
        return self.relaxation[-1].overflow if self.relaxation else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """What an agent can do."""

    skills: Mapping[str, Level] = field(default_factory=dict)
    """Skill to level, 1 (novice) to 10 (expert)."""
    languages: Mapping[str, Level] = field(default_factory=dict)
    """Language to level, as with skills."""
    tier: Tier = 1
    """Of support: 1 takes the first call, 3 the hardest."""
    site: str = ""
    """Where they work, for queues and flows that ask for it."""
    customer_types: tuple[str, ...] = ()
    """The only types of customers that they serve; empty: all."""
