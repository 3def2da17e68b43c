"""The plain O(calls x agents) matcher: slow, short, and what the indexed one must agree with."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any

from acd.competition import Demand, Profiles
from acd.matching import Assignment, claim
from acd.model import Urgency
from acd.ready import Key, Order, Standing, key_of
from acd.requirements import ProfileKey, Rank, Requirement
from acd.settings import Strategy
from events.ids import AgentId, EntryId

ORDERS = {
    Strategy.LEAST_OCCUPIED: Order.OCCUPANCY,
    Strategy.FEWEST_CALLS: Order.CALLS,
    Strategy.ROUND_ROBIN: Order.TURN,
    Strategy.RANDOM: Order.TICKET,
}


def suits(requirement: Requirement, profile: ProfileKey) -> Rank | None:
    """Rank of a profile, smallest first; None if not able."""
    places = (
        place(requirement.languages, profile.languages),
        place(requirement.tiers, {profile.tier}),
        place(requirement.sites, {profile.site}),
    )
    customer = requirement.customer_type
    if customer and profile.customer_types and customer not in profile.customer_types:
        return None
    ranks = [
        by_strategy(requirement.strategy, dict(profile.skills), [*requirement.skills, *group])
        for group in requirement.any_of or (frozenset(),)
    ]
    met = [rank for rank in ranks if rank is not None]
    if not met or None in places:
        return None
    language, tier, site = (number or 0 for number in places)
    return (language, tier, site, min(met))


def place(acceptable: tuple[object, ...], there: Set[object]) -> int | None:
    fits = [each == "*" or each in there for each in acceptable]
    return (0 if not fits else None) if True not in fits else fits.index(True)


def by_strategy(
    strategy: Strategy, skills: Mapping[str, int], asked: list[tuple[str, int]]
) -> int | None:
    """None if a skill is missing or too low."""
    if any(skills.get(name, 0) < level for name, level in asked):
        return None
    levels = {name: max(level for n, level in asked if n == name) for name, _ in asked}
    ranks = {
        Strategy.BEST_LEVEL: -sum(skills[name] for name in levels),
        Strategy.CLOSEST_LEVEL: sum(skills[name] - level for name, level in levels.items()),
        Strategy.NARROWEST: len(skills),
    }
    return ranks.get(strategy, 0)


class PlainMatcher:
    """Same face as `acd.matching.Matcher`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.calls: dict[EntryId, tuple[Requirement, Urgency]] = {}
        self.agents: dict[AgentId, tuple[ProfileKey, Standing]] = {}
        self.known: list[ProfileKey] = []

    def know_profile(self, profile: ProfileKey) -> None:
        if profile not in self.known:
            self.known.append(profile)

    def profiles(self, requirement: Requirement) -> Profiles:
        return sum(2 ** self.known.index(profile) for profile in self.ranks(requirement))

    def by_profile(self, heads: Mapping[ProfileKey, int]) -> Mapping[Profiles, int]:
        return {2**n: heads[each] for n, each in enumerate(self.known) if heads.get(each)}

    def ranks(self, requirement: Requirement) -> Mapping[ProfileKey, Rank]:
        found = {profile: suits(requirement, profile) for profile in self.known}
        return {profile: rank for profile, rank in found.items() if rank is not None}

    def add_call(self, entry: EntryId, requirement: Requirement, urgency: Urgency) -> None:
        self.calls[entry] = (requirement, urgency)

    def remove_call(self, entry: EntryId) -> None:
        self.calls.pop(entry, None)

    def add_agent(self, agent: AgentId, profile: ProfileKey, standing: Standing) -> None:
        self.agents[agent] = (profile, standing)

    def remove_agent(self, agent: AgentId) -> None:
        self.agents.pop(agent, None)

    def demands(
        self, now: float, *, before: tuple[tuple[object, ...], float] | None = None
    ) -> list[Demand]:
        weighted = any(requirement.weight != 1 for requirement, _ in self.calls.values())

        def turn(head: tuple[Any, ...], weight: float) -> tuple[object, ...]:
            return (claim(head[0], weight, now) if weighted else 0, *head)

        first = [
            requirement
            for entry, (requirement, urgency) in self.calls.items()
            if requirement.only is None
            and (before is None or turn((*urgency, entry), requirement.weight) < turn(*before))
        ]
        return [
            Demand(requirement.queue, self.profiles(requirement), calls)
            for requirement, calls in Counter(first).items()
        ]

    def best(self, requirement: Requirement, arrival: int) -> AgentId | None:
        able = self._able(requirement, arrival)
        return min(able)[1][2] if able else None

    def decide(self, now: float = 0.0) -> Iterator[Assignment]:
        picks = []
        weighted = any(requirement.weight != 1 for requirement, _ in self.calls.values())
        order = sorted(
            (claim(urgency[0], requirement.weight, now) if weighted else 0, urgency, entry)
            for entry, (requirement, urgency) in self.calls.items()
        )
        for _, urgency, entry in order:
            able = self._able(self.calls[entry][0], urgency[2])
            if able:
                agent = min(able)[1][2]
                del self.agents[agent], self.calls[entry]
                picks.append(Assignment(entry, agent))
        return iter(picks)

    def _able(self, requirement: Requirement, arrival: int) -> list[tuple[Rank, Key]]:
        order = ORDERS.get(requirement.strategy, Order.IDLE)
        return [
            (rank, key_of(order, standing, agent, arrival))
            for agent, (profile, standing) in self.agents.items()
            if (rank := suits(requirement, profile)) is not None
            and agent not in requirement.refused
            and requirement.only in (None, agent)
        ]
