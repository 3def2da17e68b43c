"""The formulas of METRICS.md, by name. Every surface shows the number that these give.

A ratio is 0 to 1, or None where nothing happened that it could be of: no callers is not 0 %.
The counts are folds over events: `events.queue_report` and `events.agent_time`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from events.ids import PartyId, QueueName

DEFAULT_SERVICE_LEVEL: Final = "answered_in_target"
DEFAULT_ABANDONMENT: Final = "net"

REPEAT_CALL_S: Final = 7 * 86400.0
"""A call of the same customer about the same queue within this time was not resolved."""


@dataclass(slots=True)
class QueueCounts:
    """What happened in one queue in one interval. Times in seconds, summed unless said otherwise.

    Attributes:
        answered_in_target: of the answered, those within the service level's threshold T.
        abandoned_in_target: of the abandoned, those within T, short ones included.
        abandoned_short: of the abandoned, those within `short_abandon_s`.
        answered_wait_s: wait of the answered.
        longest_wait_s: the maximum of all waits that ended.
        handled: answered entries whose wrap-up ended.
        transferred: conversations that were passed on.
    """

    offered: int = 0
    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    abandoned_in_target: int = 0
    abandoned_short: int = 0
    flowed_out: int = 0
    answered_wait_s: float = 0.0
    longest_wait_s: float = 0.0
    handled: int = 0
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    transferred: int = 0
    waiting_at_start: int = 0
    waiting_at_end: int = 0

    @property
    def is_balanced(self) -> bool:
        """O = A + B + F + still waiting."""
        ended = self.answered + self.abandoned + self.flowed_out
        return self.waiting_at_start + self.offered == ended + self.waiting_at_end


@dataclass(slots=True)
class AgentSeconds:
    """Time of one agent, or of several together, by state."""

    available: float = 0.0
    offered: float = 0.0
    talking: float = 0.0
    busy: float = 0.0
    wrap_up: float = 0.0
    not_available: float = 0.0
    not_answering: float = 0.0

    @property
    def signed_in(self) -> float:
        away = self.not_available + self.not_answering
        return self.available + self.offered + self.talking + self.busy + self.wrap_up + away


Rate = Callable[[QueueCounts], float | None]


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _answered_in_target(c: QueueCounts) -> float | None:
    return ratio(c.answered_in_target, c.answered + c.abandoned - c.abandoned_short)


def _offered(c: QueueCounts) -> float | None:
    return ratio(c.answered_in_target, c.answered + c.abandoned + c.flowed_out)


def _answered(c: QueueCounts) -> float | None:
    return ratio(c.answered_in_target, c.answered)


def _served(c: QueueCounts) -> float | None:
    return ratio(c.answered_in_target + c.abandoned_in_target, c.answered + c.abandoned)


def _late_abandons(c: QueueCounts) -> float | None:
    return ratio(c.answered_in_target, c.answered + c.abandoned - c.abandoned_in_target)


def _short_credit(c: QueueCounts) -> float | None:
    return ratio(c.answered_in_target + c.abandoned_short, c.answered + c.abandoned)


SERVICE_LEVELS: Final[Mapping[str, Rate]] = {
    "answered_in_target": _answered_in_target,
    "offered": _offered,
    "answered": _answered,
    "served": _served,
    "late_abandons": _late_abandons,
    "short_credit": _short_credit,
}


def _net(c: QueueCounts) -> float | None:
    return ratio(c.abandoned - c.abandoned_short, c.offered - c.abandoned_short)


def _gross(c: QueueCounts) -> float | None:
    return ratio(c.abandoned, c.offered)


ABANDONMENT_RATES: Final[Mapping[str, Rate]] = {"net": _net, "gross": _gross}
"""`net` leaves short abandons out, above and below the line."""


def service_level(counts: QueueCounts, formula: str = DEFAULT_SERVICE_LEVEL) -> float | None:
    return SERVICE_LEVELS[formula](counts)


def abandonment_rate(counts: QueueCounts, formula: str = DEFAULT_ABANDONMENT) -> float | None:
    return ABANDONMENT_RATES[formula](counts)


def average_speed_of_answer_s(counts: QueueCounts) -> float | None:
    return ratio(counts.answered_wait_s, counts.answered)


def average_handling_time_s(counts: QueueCounts) -> float | None:
    return ratio(counts.talk_s + counts.hold_s + counts.wrap_up_s, counts.handled)


def transfer_rate(counts: QueueCounts) -> float | None:
    return ratio(counts.transferred, counts.handled)


def occupancy(time: AgentSeconds) -> float | None:
    """Share of the time on a queue's calls, ringing included, in the time meant for them."""
    occupied = time.talking + time.wrap_up + time.offered
    return ratio(occupied, occupied + time.available)


def availability(time: AgentSeconds) -> float | None:
    """Share of the signed-in time in which the agent was free for a queue's calls or had one."""
    there = time.available + time.offered + time.talking + time.wrap_up
    return ratio(there, time.signed_in)


def adherence(in_scheduled_state_s: float, scheduled_s: float) -> float | None:
    return ratio(in_scheduled_state_s, scheduled_s)


class Contact(NamedTuple):
    """A customer spoke about a queue's matter. `party`: None for a withheld number."""

    party: PartyId | None
    queue: QueueName
    at: float


class Resolution(NamedTuple):
    """First-call resolution: `resolved` of `judged` calls."""

    resolved: int
    judged: int

    @property
    def rate(self) -> float | None:
        return ratio(self.resolved, self.judged)


def resolution_by_disposition(resolved: Iterable[bool]) -> Resolution:
    """From what agents said of each call that they judged."""
    said = list(resolved)
    return Resolution(sum(said), len(said))


def resolution_by_repeat_call(contacts: Iterable[Contact], now: float) -> Resolution:
    """From whether the customer called about the same queue again within seven days.

    Calls younger than that are not judged yet, withheld numbers never.
    """
    by_customer: dict[tuple[PartyId, QueueName], list[float]] = {}
    for party, queue, at in contacts:
        if party is not None:
            by_customer.setdefault((party, queue), []).append(at)
    resolved = judged = 0
    for times in by_customer.values():
        times.sort()
        for at, following in zip(times, [*times[1:], float("inf")], strict=True):
            if at + REPEAT_CALL_S <= now:
                judged += 1
                resolved += following - at > REPEAT_CALL_S
    return Resolution(resolved, judged)


def satisfaction(scores: Sequence[int]) -> float | None:
    """CSAT: answers of 4 or 5 among answers of 1 to 5."""
    return ratio(sum(score >= 4 for score in scores), len(scores))


def mean_satisfaction(scores: Sequence[int]) -> float | None:
    return ratio(sum(scores), len(scores))


def response_rate(answers: int, asked: int) -> float | None:
    """Shown beside every satisfaction figure."""
    return ratio(answers, asked)


def net_promoter_score(scores: Sequence[int]) -> float | None:
    """NPS: share of 9 and 10 less share of 0 to 6, so -1 to 1."""
    promoters = sum(score >= 9 for score in scores)
    detractors = sum(score <= 6 for score in scores)
    return ratio(promoters - detractors, len(scores))


def contact_quality(percentages: Sequence[float]) -> float | None:
    """Mean scorecard percentage of reviewed calls."""
    return ratio(sum(percentages), len(percentages))


def reviewed_share(reviewed: int, handled: int) -> float | None:
    return ratio(reviewed, handled)
