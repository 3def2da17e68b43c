"""Who takes which call: feasible, then rank, then take, indexed for big centres.

Agents fall into few *profiles* (same abilities) and calls into few *classes* (same queue and
requirement). Between decisions no able pair is left idle, so only classes and profiles that
gained a member since the last one ("dirty") can hold a pair; a decision costs
O(classes + profiles + log n). The plain O(calls x agents) matcher that says the same is the
oracle in the tests.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from acd.model import Idleness, Urgency
from acd.settings import AgentProfile, Strategy
from events.ids import AgentId, EntryId, QueueName

ProfileKey: TypeAlias = tuple[frozenset[tuple[str, int]], frozenset[str], int]
Rank: TypeAlias = tuple[int, int]
"""How well a profile suits a class, smallest first: rank of its language, then the strategy's."""

EMPTY_CLASSES_KEPT = 1000
"""Classes without callers are kept for the next caller, but not more than this many."""


class Requirement(NamedTuple):
    """What a class of calls asks for; also its name in the index."""

    queue: QueueName
    strategy: Strategy
    skills: frozenset[tuple[str, int]]
    languages: tuple[str, ...]
    refused: frozenset[AgentId]
    """Agents who rejected the call lately."""


class Assignment(NamedTuple):
    entry: EntryId
    agent: AgentId


def profile_key(profile: AgentProfile) -> ProfileKey:
    return (frozenset(profile.skills.items()), frozenset(profile.languages), profile.tier)


def rank(requirement: Requirement, profile: ProfileKey) -> Rank | None:
    """None if agents of this profile are not able to take such calls."""
    levels, languages, _ = profile
    has = dict(levels)
    if any(has.get(skill, 0) < level for skill, level in requirement.skills):
        return None
    language = 0
    if requirement.languages:
        spoken = [n for n, code in enumerate(requirement.languages) if code in languages]
        if not spoken:
            return None
        language = spoken[0]
    return (language, _strategy_rank(requirement, has))


def _strategy_rank(requirement: Requirement, has: Mapping[str, int]) -> int:
    match requirement.strategy:
        case Strategy.LONGEST_IDLE:
            return 0
        case Strategy.BEST_LEVEL:
            return -sum(has[skill] for skill, _ in requirement.skills)
        case Strategy.CLOSEST_LEVEL:
            return sum(has[skill] - level for skill, level in requirement.skills)
        case Strategy.NARROWEST:
            return len(has)


Head: TypeAlias = tuple[float, float, int, EntryId]
"""A caller in a heap: urgency, and who it is."""


@dataclass(slots=True, eq=False)
class _Profile:
    key: ProfileKey
    heap: list[Idleness] = field(default_factory=list)  # the first is always live
    ready: dict[AgentId, Idleness] = field(default_factory=dict)
    open: "dict[_Class, None]" = field(default_factory=dict)  # classes it is able for, with callers


@dataclass(slots=True, eq=False)
class _Class:
    requirement: Requirement
    able: dict[_Profile, Rank]
    heap: list[Head] = field(default_factory=list)  # the first is always live
    waiting: dict[EntryId, Head] = field(default_factory=dict)


class Matcher:
    """Everyone who waits and everyone who is ready. `decide` takes pairs out."""

    def __init__(self) -> None:
        self._profiles: dict[ProfileKey, _Profile] = {}
        self._classes: dict[Requirement, _Class] = {}
        self._staffed: dict[_Profile, None] = {}  # profiles with ready agents
        self._class_of: dict[EntryId, _Class] = {}
        self._profile_of: dict[AgentId, _Profile] = {}
        self._dirty_classes: dict[_Class, None] = {}
        self._dirty_profiles: dict[_Profile, None] = {}
        self._empty = 0  # classes without callers

    def clear(self) -> None:
        """Forget everyone and every profile."""
        for index in (
            self._profiles,
            self._classes,
            self._staffed,
            self._class_of,
            self._profile_of,
            self._dirty_classes,
            self._dirty_profiles,
        ):
            index.clear()
        self._empty = 0

    def add_call(self, entry: EntryId, requirement: Requirement, urgency: Urgency) -> None:
        assert entry not in self._class_of
        kind = self._classes.get(requirement) or self._new_class(requirement)
        head = kind.waiting[entry] = (*urgency, entry)
        heapq.heappush(kind.heap, head)
        self._class_of[entry] = kind
        self._dirty_classes[kind] = None
        if len(kind.waiting) == 1:
            self._open(kind)

    def remove_call(self, entry: EntryId) -> None:
        """Harmless if it does not wait."""
        kind = self._class_of.pop(entry, None)
        if kind is None:
            return
        heap, waiting = kind.heap, kind.waiting
        del waiting[entry]
        while heap and waiting.get(heap[0][3]) != heap[0]:
            heapq.heappop(heap)
        if len(heap) > 2 * len(waiting) + 64:
            heap[:] = waiting.values()
            heapq.heapify(heap)
        if not waiting:
            self._close(kind)

    def add_agent(self, agent: AgentId, profile: ProfileKey, idle_since: float) -> None:
        assert agent not in self._profile_of
        group = self._profiles.get(profile) or self._new_profile(profile)
        idleness = group.ready[agent] = (idle_since, agent)
        heapq.heappush(group.heap, idleness)
        self._profile_of[agent] = group
        self._staffed[group] = self._dirty_profiles[group] = None

    def remove_agent(self, agent: AgentId) -> None:
        """Harmless if they are not ready."""
        group = self._profile_of.pop(agent, None)
        if group is None:
            return
        heap, ready = group.heap, group.ready
        del ready[agent]
        while heap and ready.get(heap[0][1]) != heap[0]:
            heapq.heappop(heap)
        if len(heap) > 2 * len(ready) + 64:
            heap[:] = ready.values()
            heapq.heapify(heap)
        if not ready:
            del self._staffed[group]
            self._dirty_profiles.pop(group, None)

    def ranks(self, requirement: Requirement) -> Mapping[ProfileKey, Rank]:
        """The profiles able to take such calls, of those that are known."""
        kind = self._classes.get(requirement)
        able = kind.able if kind else self._rank_profiles(requirement)
        return {group.key: found for group, found in able.items()}

    def know_profile(self, profile: ProfileKey) -> None:
        """Rank a profile before the first of its agents is ready."""
        if profile not in self._profiles:
            self._new_profile(profile)

    def decide(self) -> Iterator[Assignment]:
        """Give each call, most urgent first, the best agent still free.

        Each assignment leaves the index before it is told; stopping early loses nothing.
        """
        candidates = self._candidates()
        while candidates and (self._dirty_classes or self._dirty_profiles):
            entry = candidates[0][3]
            kind = self._class_of[entry]
            agent = self._best_agent(kind)
            if agent is None:
                heapq.heappop(candidates)
                self._dirty_classes.pop(kind, None)
                continue
            self.remove_call(entry)
            self.remove_agent(agent)
            if kind.waiting:
                heapq.heapreplace(candidates, kind.heap[0])
            else:
                heapq.heappop(candidates)
            yield Assignment(entry, agent)
        self._dirty_classes.clear()
        self._dirty_profiles.clear()

    def _candidates(self) -> list[Head]:
        """Heads of the classes that could hold a pair, as a heap."""
        kinds = self._dirty_classes.copy()
        for group in self._dirty_profiles:
            kinds |= group.open
        heads = [kind.heap[0] for kind in kinds]
        heapq.heapify(heads)
        return heads

    def _best_agent(self, kind: _Class) -> AgentId | None:
        able, refused = kind.able, kind.requirement.refused
        best: tuple[Rank, Idleness] | None = None
        for group in self._staffed:
            suits = able.get(group)
            if suits is None or (best is not None and suits > best[0]):
                continue
            idleness = group.heap[0] if not refused else _first_willing(group, refused)
            if idleness is not None and (best is None or (suits, idleness) < best):
                best = (suits, idleness)
        return None if best is None else best[1][1]

    def _new_class(self, requirement: Requirement) -> _Class:
        kind = _Class(requirement, self._rank_profiles(requirement))
        if self._empty > EMPTY_CLASSES_KEPT:
            self._classes = {name: each for name, each in self._classes.items() if each.waiting}
            self._empty = 0
        self._classes[requirement] = kind
        self._empty += 1
        return kind

    def _rank_profiles(self, requirement: Requirement) -> dict[_Profile, Rank]:
        ranked = ((group, rank(requirement, key)) for key, group in self._profiles.items())
        return {group: found for group, found in ranked if found is not None}

    def _new_profile(self, key: ProfileKey) -> _Profile:
        group = self._profiles[key] = _Profile(key)
        for requirement, kind in self._classes.items():
            found = rank(requirement, key)
            if found is not None:
                kind.able[group] = found
                if kind.waiting:
                    group.open[kind] = None
        return group

    def _open(self, kind: _Class) -> None:
        self._empty -= 1
        for group in kind.able:
            group.open[kind] = None

    def _close(self, kind: _Class) -> None:
        self._dirty_classes.pop(kind, None)
        for group in kind.able:
            del group.open[kind]
        if kind.requirement.refused:  # of few calls, for a short time
            del self._classes[kind.requirement]
        else:
            self._empty += 1


def _first_willing(group: _Profile, refused: frozenset[AgentId]) -> Idleness | None:
    willing = (idleness for agent, idleness in group.ready.items() if agent not in refused)
    return min(willing, default=None)
