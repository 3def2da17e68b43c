"""The plain O(calls x agents) matcher: slow, short, and what the indexed one must agree with."""

from collections.abc import Iterator, Mapping

from acd.matching import Assignment, ProfileKey, Rank, Requirement
from acd.model import Urgency
from acd.settings import Strategy
from events.ids import AgentId, EntryId


def suits(requirement: Requirement, profile: ProfileKey) -> Rank | None:
    """Rank of a profile, smallest first; None if not able."""
    skills, languages, _ = dict(profile[0]), profile[1], profile[2]
    required = dict(requirement.skills)
    if not all(skills.get(name, 0) >= level for name, level in required.items()):
        return None
    if requirement.languages and not languages & set(requirement.languages):
        return None
    spoken = [code in languages for code in requirement.languages]
    surplus = sum(skills[name] - level for name, level in required.items())
    by_strategy = {
        Strategy.LONGEST_IDLE: 0,
        Strategy.BEST_LEVEL: -sum(skills[name] for name in required),
        Strategy.CLOSEST_LEVEL: surplus,
        Strategy.NARROWEST: len(skills),
    }
    return (spoken.index(True) if spoken else 0, by_strategy[requirement.strategy])


class PlainMatcher:
    """Same face as `acd.matching.Matcher`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.calls: dict[EntryId, tuple[Requirement, Urgency]] = {}
        self.agents: dict[AgentId, tuple[ProfileKey, float]] = {}
        self.profiles: set[ProfileKey] = set()

    def know_profile(self, profile: ProfileKey) -> None:
        self.profiles.add(profile)

    def ranks(self, requirement: Requirement) -> Mapping[ProfileKey, Rank]:
        found = {profile: suits(requirement, profile) for profile in self.profiles}
        return {profile: rank for profile, rank in found.items() if rank is not None}

    def add_call(self, entry: EntryId, requirement: Requirement, urgency: Urgency) -> None:
        self.calls[entry] = (requirement, urgency)

    def remove_call(self, entry: EntryId) -> None:
        self.calls.pop(entry, None)

    def add_agent(self, agent: AgentId, profile: ProfileKey, idle_since: float) -> None:
        self.agents[agent] = (profile, idle_since)

    def remove_agent(self, agent: AgentId) -> None:
        self.agents.pop(agent, None)

    def decide(self) -> Iterator[Assignment]:
        picks = []
        for entry, (requirement, _) in sorted(self.calls.items(), key=lambda item: item[1][1]):
            able = [
                (rank, idle_since, agent)
                for agent, (profile, idle_since) in self.agents.items()
                if (rank := suits(requirement, profile)) is not None
                and agent not in requirement.refused
            ]
            if able:
                agent = min(able)[2]
                del self.agents[agent], self.calls[entry]
                picks.append(Assignment(entry, agent))
        return iter(picks)
