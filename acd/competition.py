"""Who stands between a caller and the next free agent: everybody who waits for the same agents.

Of a call ahead that other agents than the caller's could take as well, only a part is in the way:
the share of its agents who are the caller's too. So a queue that shares all of its agents with
another waits behind both, and who needs one of a few specialists does not wait for everybody.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Final, NamedTuple

from events.ids import QueueName

UNIT: Final = 720_720 * 2**20
"""Parts of a call are whole numbers of this, so that their sum is the same in whatever order
classes are kept: a restored distributor must decide as the one before it would have."""


class Demand(NamedTuple):
    """Calls of one class that wait, and the profiles of agents able to take them."""

    queue: QueueName
    able: Collection[Hashable]
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


class Competition:
    """What calls ask of each agent, at one moment."""

    def __init__(
        self,
        demands: Iterable[Demand],
        heads: Mapping[Hashable, int],
        mean_handled_s: Callable[[QueueName], float | None],
    ) -> None:
        """`heads`: agents in service, by profile."""
        self._heads = heads
        self._of_one: dict[Hashable, list[int]] = {}  # calls, known, work of one agent, in UNIT
        for queue, able, calls in demands:
            there = [profile for profile in able if profile in heads]
            agents = sum(map(heads.__getitem__, there))
            if not agents or not calls:
                continue
            part, handled_s = calls * UNIT // agents, mean_handled_s(queue)
            known, work = (0, 0) if handled_s is None else (part, round(part * handled_s))
            for profile in there:
                asked = self._of_one.setdefault(profile, [0, 0, 0])
                asked[0] += part
                asked[1] += known
                asked[2] += work

    def for_agents_of(self, able: Iterable[Hashable]) -> Ahead:
        """What all agents of these profiles together have to take."""
        total = [0, 0, 0]
        for profile in able:
            for place, asked in enumerate(self._of_one.get(profile, ())):
                total[place] += asked * self._heads[profile]
        return Ahead(*(each / UNIT for each in total))
