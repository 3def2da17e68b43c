"""Who takes which call: feasible, then rank, then take, indexed for big centres.

Agents fall into few *profiles* (same abilities) and calls into few *classes* (same queue and
requirement). Between decisions no able pair is left idle, so only classes and profiles that
gained a member since the last one ("dirty") can hold a pair; a decision costs
O(classes + profiles + log n). The plain O(calls x agents) matcher that says the same is the
oracle in the tests.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from acd.competition import Demand, Profiles
from acd.model import Urgency
from acd.ready import Key, Order, Ready, Standing, order_of
from acd.requirements import ProfileKey, Rank, Requirement, rank
from events.ids import AgentId, EntryId, QueueName

EMPTY_CLASSES_KEPT = 1000
"""Classes without callers are kept for the next caller, but not more than this many."""


class Assignment(NamedTuple):
    entry: EntryId
    agent: AgentId


Head: TypeAlias = tuple[float, float, int, EntryId]
"""A caller in line: urgency, and who it is."""

Claim: TypeAlias = tuple[float, float, float, int, EntryId]
"""A head beside those of other classes: the weighted wait goes first, if there are weights."""


@dataclass(slots=True, eq=False)
class _Profile:
    key: ProfileKey
    bit: Profiles  # the set of it alone
    ready: Ready = field(default_factory=Ready)
    open: "dict[_Class, None]" = field(default_factory=dict)  # classes it is able for, with callers


@dataclass(slots=True, eq=False)
class _Class:
    requirement: Requirement
    able: dict[_Profile, Rank]
    order: Order
    heads: list[Head] = field(default_factory=list)  # sorted
    members: Profiles = field(init=False)  # `able` as a set
    queue: QueueName = field(init=False)
    is_kept: bool = field(init=False)  # for one agent

    def __post_init__(self) -> None:
        self.queue, self.is_kept = self.requirement.queue, self.requirement.only is not None
        self.members = sum(group.bit for group in self.able)


class Matcher:
    """Everyone who waits and everyone who is ready. `decide` takes pairs out."""

    def __init__(self) -> None:
        self._profiles: dict[ProfileKey, _Profile] = {}
        self._classes: dict[Requirement, _Class] = {}
        self._staffed: dict[_Profile, None] = {}  # profiles with ready agents
        self._waiting: dict[EntryId, tuple[_Class, Head]] = {}
        self._profile_of: dict[AgentId, _Profile] = {}
        self._dirty_classes: dict[_Class, None] = {}
        self._dirty_profiles: dict[_Profile, None] = {}
        self._kept: dict[AgentId, dict[_Class, None]] = {}  # classes whose calls wait for one
        self._is_weighted = False  # a second of waiting does not count the same everywhere
        self._empty = 0  # classes without callers

    def clear(self) -> None:
        """Forget everyone and every profile."""
        for index in (
            self._profiles,
            self._classes,
            self._staffed,
            self._waiting,
            self._profile_of,
            self._dirty_classes,
            self._dirty_profiles,
            self._kept,
        ):
            index.clear()
        self._is_weighted = False
        self._empty = 0

    def add_call(self, entry: EntryId, requirement: Requirement, urgency: Urgency) -> None:
        assert entry not in self._waiting
        kind = self._classes.get(requirement) or self._new_class(requirement)
        head: Head = (*urgency, entry)
        insort(kind.heads, head)
        self._waiting[entry] = (kind, head)
        self._dirty_classes[kind] = None
        if len(kind.heads) == 1:
            self._open(kind)

    def remove_call(self, entry: EntryId) -> None:
        """Harmless if it does not wait."""
        waited = self._waiting.pop(entry, None)
        if waited is None:
            return
        kind, head = waited
        del kind.heads[bisect_left(kind.heads, head)]
        if not kind.heads:
            self._close(kind)

    def add_agent(self, agent: AgentId, profile: ProfileKey, standing: Standing) -> None:
        assert agent not in self._profile_of
        group = self._profiles.get(profile) or self._new_profile(profile)
        group.ready.add(agent, standing)
        self._profile_of[agent] = group
        self._staffed[group] = self._dirty_profiles[group] = None
        if kept := self._kept.get(agent):
            self._dirty_classes |= kept

    def remove_agent(self, agent: AgentId) -> None:
        """Harmless if they are not ready."""
        group = self._profile_of.pop(agent, None)
        if group is None:
            return
        group.ready.remove(agent)
        if not group.ready:
            del self._staffed[group]
            self._dirty_profiles.pop(group, None)

    def profiles(self, requirement: Requirement) -> Profiles:
        """Those able to take such calls."""
        kind = self._classes.get(requirement)
        if kind is not None:
            return kind.members
        return sum(group.bit for group in self._rank_profiles(requirement))

    def by_profile(self, heads: Mapping[ProfileKey, int]) -> dict[Profiles, int]:
        """Numbers of agents of each profile; none where nobody is."""
        named = ((group.bit, heads.get(key, 0)) for key, group in self._profiles.items())
        return {bit: count for bit, count in named if count}

    def ranks(self, requirement: Requirement) -> Mapping[ProfileKey, Rank]:
        """The profiles able to take such calls, of those that are known."""
        kind = self._classes.get(requirement)
        able = kind.able if kind else self._rank_profiles(requirement)
        return {group.key: found for group, found in able.items()}

    def know_profile(self, profile: ProfileKey) -> None:
        """Rank a profile before the first of its agents is ready."""
        if profile not in self._profiles:
            self._new_profile(profile)

    def demands(self, now: float, *, before: tuple[Head, float] | None = None) -> list[Demand]:
        """Of every class with callers for whom nobody is kept.

        `before`: a call's head and weight, to count only the calls that go first.
        """
        kinds = [kind for kind in self._classes.values() if kind.heads and not kind.is_kept]
        if before is None:
            return [Demand(kind.queue, kind.members, len(kind.heads)) for kind in kinds]
        head, weight = before
        if self._is_weighted:
            counted = [(kind, self._first(kind, head, weight, now)) for kind in kinds]
        else:
            counted = [(kind, bisect_left(kind.heads, head)) for kind in kinds]
        return [Demand(kind.queue, kind.members, calls) for kind, calls in counted if calls]

    def _first(self, kind: _Class, head: Head, weight: float, now: float) -> int:
        """How many calls of a class go before this one, some waits counting more than others."""
        own, theirs = (claim(head[0], weight, now), head), kind.requirement.weight
        return bisect_left(kind.heads, own, key=lambda other: (claim(other[0], theirs, now), other))

    def best(self, requirement: Requirement, arrival: int) -> AgentId | None:
        """Who of those still ready would take such a call; they stay ready."""
        kind = self._classes.get(requirement)
        if kind is None:
            order = order_of(requirement.strategy)
            kind = _Class(requirement, self._rank_profiles(requirement), order)
        return self._best_agent(kind, arrival)

    def decide(self, now: float = 0.0) -> Iterator[Assignment]:
        """Give each call, most urgent first, the best agent still free.

        Each assignment leaves the index before it is told; stopping early loses nothing.
        """
        candidates = self._candidates(now)
        while candidates and (self._dirty_classes or self._dirty_profiles):
            entry = candidates[0][-1]
            kind, head = self._waiting[entry]
            agent = self._best_agent(kind, head[2])
            if agent is None:
                heapq.heappop(candidates)
                self._dirty_classes.pop(kind, None)
                continue
            self.remove_call(entry)
            self.remove_agent(agent)
            if kind.heads:
                heapq.heapreplace(candidates, self._claim(kind, now))
            else:
                heapq.heappop(candidates)
            yield Assignment(entry, agent)
        self._dirty_classes.clear()
        self._dirty_profiles.clear()

    def _candidates(self, now: float) -> list[Claim]:
        """Of the classes that could hold a pair, as a heap."""
        kinds = self._dirty_classes.copy()
        for group in self._dirty_profiles:
            kinds |= group.open
        claims = [self._claim(kind, now) for kind in kinds]
        heapq.heapify(claims)
        return claims

    def _claim(self, kind: _Class, now: float) -> Claim:
        """Of the first call of a class, beside the first ones of other classes."""
        head = kind.heads[0]
        return (claim(head[0], kind.requirement.weight, now) if self._is_weighted else 0.0, *head)

    def _best_agent(self, kind: _Class, arrival: int) -> AgentId | None:
        able, order, refused = kind.able, kind.order, kind.requirement.refused
        only = kind.requirement.only
        if only is not None:
            there = only not in refused and self._profile_of.get(only) in able
            return only if there else None
        best: tuple[Rank, Key] | None = None
        for group in self._staffed:
            suits = able.get(group)
            if suits is None or (best is not None and suits > best[0]):
                continue
            first = group.ready.first(order, arrival, refused)
            if first is not None and (best is None or (suits, first) < best):
                best = (suits, first)
        return None if best is None else best[1][2]

    def _new_class(self, requirement: Requirement) -> _Class:
        ranked = self._rank_profiles(requirement)
        kind = _Class(requirement, ranked, order_of(requirement.strategy))
        self._is_weighted |= requirement.weight != 1.0
        if self._empty > EMPTY_CLASSES_KEPT:
            self._classes = {name: each for name, each in self._classes.items() if each.heads}
            self._empty = 0
        self._classes[requirement] = kind
        self._empty += 1
        return kind

    def _rank_profiles(self, requirement: Requirement) -> dict[_Profile, Rank]:
        ranked = ((group, rank(requirement, key)) for key, group in self._profiles.items())
        return {group: found for group, found in ranked if found is not None}

    def _new_profile(self, key: ProfileKey) -> _Profile:
        group = self._profiles[key] = _Profile(key, bit=1 << len(self._profiles))
        for requirement, kind in self._classes.items():
            found = rank(requirement, key)
            if found is not None:
                kind.able[group] = found
                kind.members |= group.bit
                if kind.heads and requirement.only is None:
                    group.open[kind] = None
        return group

    def _open(self, kind: _Class) -> None:
        self._empty -= 1
        only = kind.requirement.only
        if only is not None:
            self._kept.setdefault(only, {})[kind] = None
            return
        for group in kind.able:
            group.open[kind] = None

    def _close(self, kind: _Class) -> None:
        self._dirty_classes.pop(kind, None)
        only = kind.requirement.only
        if only is not None:
            del self._kept[only][kind]
            if not self._kept[only]:
                del self._kept[only]
        else:
            for group in kind.able:
                del group.open[kind]
        if only is not None or kind.requirement.refused:  # of few calls, for a short time
            del self._classes[kind.requirement]
        else:
            self._empty += 1


def claim(due: float, weight: float, now: float) -> float:
    """How much less than others a call has to wait on: smallest first, comparable at one `now`."""
    return (due - now) * weight
