"""How many agents a load needs: Erlang C, and Erlang A for callers who lose patience.

Both take Poisson arrivals and exponential handling times in a steady state. Erlang C (M/M/n) has
callers who wait for ever; Erlang A (M/M/n+M) has callers who hang up after an exponential time.
Its wait is integrated from the density of the wait that an endlessly patient caller would have:
p(n-1) · λ · exp(λ (1 - e^(-θx)) / θ - nμx).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, expm1, inf, log
from typing import Final

MOST_AGENTS: Final = 100_000
"""Beyond this no number of agents is sought."""

NEGLIGIBLE: Final = 45.0
"""e to the minus this is nothing beside 1."""

PANELS: Final = 200
"""Of Simpson's rule, per stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What callers ask of a group of agents who can all take every call.

    Attributes:
        patience_s: mean time after which a waiting caller hangs up; None: never, Erlang C.
    """

    calls_per_hour: float
    aht_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        """Mean number of agents busy if nobody waited."""
        return self.calls_per_hour * self.aht_s / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What the agents must reach.

    Attributes:
        service_level: the share to be answered within `within_s`, by METRICS.md's default formula.
        short_abandon_s: who hangs up sooner is left out of it.
        most_occupied: greatest occupancy that people can bear.
    """

    service_level: float = 0.8
    within_s: float = 20.0
    short_abandon_s: float = 5.0
    most_occupied: float = 1.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What so many agents give, in the long run.

    Attributes:
        service_level: METRICS.md's `answered_in_target`.
        service_level_offered: its `offered`, of all callers.
        asa_s: mean wait of those answered.
        occupancy: share of their time that agents handle calls.
        waiting_share: callers who find nobody free.
        abandonment_rate: METRICS.md's `gross`, of all callers.
    """

    agents: int
    service_level: float
    service_level_offered: float
    asa_s: float
    occupancy: float
    waiting_share: float
    abandonment_rate: float


class Unstable(ValueError):
    """Calls come faster than so many agents handle them: the queue grows without end."""


def erlang_b(agents: int, erlangs: float) -> float:
    """Share of callers who find all agents busy and go away at once."""
    return 1 / _inverse_b(agents, erlangs) if erlangs > 0 else float(agents == 0)


def erlang_c(agents: int, erlangs: float) -> float:
    """Share of callers who wait, if nobody ever hangs up.

    Raises:
        Unstable: not more agents than erlangs.
    """
    if agents <= erlangs:
        raise Unstable(f"{agents} agents for {erlangs:g} erlangs")
    blocking = erlang_b(agents, erlangs)
    return blocking / (1 - erlangs / agents * (1 - blocking))


def expect(agents: int, load: Load, goal: Goal) -> Expected:
    """What `agents` give.

    Raises:
        Unstable: patient callers, and not more agents than erlangs.
    """
    if load.erlangs == 0:
        return Expected(agents, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    if load.patience_s is None:
        return _expect_patience(agents, load, goal)
    return _expect_abandonment(agents, load, goal, load.patience_s)


def agents_needed(load: Load, goal: Goal) -> Expected:
    """The fewest agents who reach the goal.

    Raises:
        Unstable: no number up to `MOST_AGENTS` does.
    """

    def reaches(agents: int) -> bool:
        try:
            found = expect(agents, load, goal)
        except Unstable:
            return False
        met = found.service_level >= goal.service_level
        return met and found.occupancy <= goal.most_occupied

    high = max(1, ceil(load.erlangs))
    while not reaches(high):
        high *= 2
        if high > MOST_AGENTS:
            raise Unstable(f"even {MOST_AGENTS} agents do not reach it")
    low = 0  # does not reach it, or is nobody
    while high - low > 1:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle
    return expect(high, load, goal)


def people_to_schedule(agents: int, shrinkage: float) -> int:
    """So many that `agents` are at their phones: `shrinkage` is the share paid but not there."""
    return ceil(round(agents / (1 - shrinkage), 9))


def _inverse_b(agents: int, erlangs: float) -> float:
    """1 / B by its recursion: no factorial, no overflow but to infinity."""
    inverse = 1.0
    for number in range(1, agents + 1):
        inverse = 1 + number / erlangs * inverse
    return inverse


def _expect_patience(agents: int, load: Load, goal: Goal) -> Expected:
    waiting = erlang_c(agents, load.erlangs)
    spare = agents - load.erlangs
    in_target = 1 - waiting * exp(-spare * goal.within_s / load.aht_s)
    return Expected(
        agents=agents,
        service_level=in_target,
        service_level_offered=in_target,
        asa_s=waiting * load.aht_s / spare,
        occupancy=load.erlangs / agents,
        waiting_share=waiting,
        abandonment_rate=0.0,
    )


def _expect_abandonment(agents: int, load: Load, goal: Goal, patience_s: float) -> Expected:
    if agents == 0:
        return Expected(0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)
    wait = _OfferedWait(agents, load, patience_s, bend_at=goal.short_abandon_s)
    leaves = 1 / patience_s
    in_target = wait.none + wait.mean(lambda x: exp(-leaves * x), until=goal.within_s)
    answered = wait.none + wait.mean(lambda x: exp(-leaves * x))
    waited_s = wait.mean(lambda x: x * exp(-leaves * x))
    short = wait.mean(lambda x: -expm1(-leaves * min(x, goal.short_abandon_s)))
    return Expected(
        agents=agents,
        service_level=min(1.0, in_target / (1 - short)),
        service_level_offered=in_target,
        asa_s=waited_s / answered,
        occupancy=load.erlangs * answered / agents,
        waiting_share=1 - wait.none,
        abandonment_rate=max(0.0, 1 - answered),
    )


class _OfferedWait:
    """How long an endlessly patient caller would wait among impatient ones."""

    def __init__(self, agents: int, load: Load, patience_s: float, *, bend_at: float) -> None:
        """`bend_at`: where functions passed to `mean` may have a corner."""
        self._arrivals = load.calls_per_hour / 3600
        self._served = agents / load.aht_s
        self._patience_s = patience_s
        crowded = self._arrivals > self._served
        self._peak_at = patience_s * log(self._arrivals / self._served) if crowded else 0.0
        self._peak = self._exponent(self._peak_at)
        self._first = self._where_negligible(0.0) if crowded else 0.0
        self._last = self._where_negligible(None)
        self._bend_at = bend_at
        free = _inverse_b(agents - 1, load.erlangs) * exp(-self._peak)
        busy = self._arrivals * self._integral(lambda _: 1.0, inf)
        self.none = free / (free + busy) if free < inf else 1.0
        """Share of those who do not wait."""
        self._scale = self._arrivals / (free + busy) if free < inf else 0.0

    def mean(self, value: Callable[[float], float], *, until: float = inf) -> float:
        """Of a function of the wait, over those who wait, at most `until` seconds."""
        return self._scale * self._integral(value, until)

    def _exponent(self, x: float) -> float:
        patience_s = self._patience_s
        return -self._arrivals * patience_s * expm1(-x / patience_s) - self._served * x

    def _where_negligible(self, low: float | None) -> float:
        """Where the density has fallen to nothing, left (from `low`) or right of its peak."""
        near, far = self._peak_at, low
        if far is None:
            far = self._peak_at + self._patience_s
            while self._exponent(far) > self._peak - NEGLIGIBLE:
                far *= 2
        elif self._exponent(far) > self._peak - NEGLIGIBLE:
            return far
        for _ in range(60):
            middle = (near + far) / 2
            if self._exponent(middle) > self._peak - NEGLIGIBLE:
                near = middle
            else:
                far = middle
        return far

    def _integral(self, value: Callable[[float], float], until: float) -> float:
        """Simpson's rule, in stretches that follow the density and the function's corner."""
        last = min(self._last, until)
        scales = (self._patience_s * factor for factor in (0.5, 1, 2, 4, 8, 16))
        stops = {self._bend_at, self._peak_at, *scales}
        bends = sorted(x for x in stops if self._first < x < last)
        edges = [self._first, *bends, last]
        return sum(self._stretch(value, low, high) for low, high in pairwise(edges) if high > low)

    def _stretch(self, value: Callable[[float], float], low: float, high: float) -> float:
        step = (high - low) / (2 * PANELS)
        total = 0.0
        for number in range(2 * PANELS + 1):
            x = low + number * step
            weight = 1 if number in (0, 2 * PANELS) else 4 if number % 2 else 2
            total += weight * value(x) * exp(self._exponent(x) - self._peak)
        return total * step / 3
