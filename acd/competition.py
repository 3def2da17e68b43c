"""Who stands between a caller and the next free agent: everybody who waits for the same agents.

Of a call ahead that other agents than the caller's could take as well, only a part is in the way:
the share of its agents who are the caller's too. So a queue that shares all of its agents with
another waits behind both, and who needs one of a few specialists does not wait for everybody.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from events.ids import QueueName

UNIT: Final = 720_720 * 2**20
"""Parts of a call are whole numbers of this, so that their sum is the same in whatever order
classes are kept: a restored distributor must decide as the one before it would have."""

MOST_SETS: Final = 50_000
"""Sets of profiles whose agents are kept counted."""

Profiles: TypeAlias = int
"""A set of profiles, one bit for each: what two sets share is one operation."""


class Demand(NamedTuple):
    """Calls of one class that wait, and the profiles of agents able to take them."""

    queue: QueueName
    able: Profiles
    calls: int


class Ahead(NamedTuple):
    """Calls in the way, in parts of calls.

    Attributes:
        known: those of queues whose handling time is known.
        work_s: of the known ones, the handling that they will need.
    """

    calls: float
    known: float = 0.0
    work_s: float = 0.0


class Heads:
    """Agents in service. Counts of sets of profiles are kept: the same few are asked for."""

    def __init__(self, by_profile: Mapping[Profiles, int]) -> None:
        """`by_profile`: of sets of one."""
        self.by_profile = by_profile
        self._among: dict[Profiles, int] = {}

    def among(self, profiles: Profiles) -> int:
        """How many are of these profiles."""
        known = self._among.get(profiles)
        if known is None:
            if len(self._among) >= MOST_SETS:
                self._among.clear()
            known = sum(count for bit, count in self.by_profile.items() if bit & profiles)
            self._among[profiles] = known
        return known


class Competition:
    """What calls ask of agents, at one moment."""

    def __init__(
        self,
        demands: Iterable[Demand],
        heads: Heads,
        mean_handled_s: Callable[[QueueName], float | None],
    ) -> None:
        self._heads = heads
        self._of_one: list[tuple[Profiles, int, int, int]] = []
        """By class: who is able; calls, known, work of one agent, in UNIT."""
        for queue, able, calls in demands:
            agents = heads.among(able)
            if not agents or not calls:
                continue
            part, handled_s = calls * UNIT // agents, mean_handled_s(queue)
            known, work = (0, 0) if handled_s is None else (part, round(part * handled_s))
            self._of_one.append((able, part, known, work))

    def for_agents_of(self, able: Profiles) -> Ahead:
        """What all agents of these profiles together have to take."""
        calls = known = work = 0
        for others, part, part_known, part_work in self._of_one:
            if shared := self._heads.among(others & able):
                calls += part * shared
                known += part_known * shared
                work += part_work * shared
        return Ahead(calls / UNIT, known / UNIT, work / UNIT)
