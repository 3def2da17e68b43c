"""Who stands between a caller and the next free agent: everybody who waits for the same agents.

Of a call ahead that other agents than the caller's could take as well, only a part is in the way:
the share of its agents who are the caller's too. So a queue that shares all of its agents with
another waits behind both, and who needs one of a few specialists does not wait for everybody.
"""

from collections.abc import Callable, Iterable, Mapping
from math import fsum
from typing import NamedTuple

from acd.requirements import ProfileKey
from events.ids import QueueName


class Demand(NamedTuple):
    """Calls of one class that wait, and the profiles able to take them."""

    queue: QueueName
    able: tuple[ProfileKey, ...]
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
    """What calls ask of each agent, at one moment.

    Sums are rounded once, so that they come out the same in whatever order classes are kept: a
    restored distributor must decide as the one before it would have.
    """

    def __init__(
        self,
        demands: Iterable[Demand],
        heads: Mapping[ProfileKey, int],
        mean_handled_s: Callable[[QueueName], float | None],
    ) -> None:
        """`heads`: agents in service, by profile."""
        self._heads = heads
        asked: dict[ProfileKey, list[Ahead]] = {}
        for demand in demands:
            agents = sum(heads.get(profile, 0) for profile in demand.able)
            if agents and demand.calls:
                each = _part(demand.calls / agents, mean_handled_s(demand.queue))
                for profile in demand.able:
                    asked.setdefault(profile, []).append(each)
        self._of_one = {profile: _total(parts) for profile, parts in asked.items()}

    def for_agents_of(self, able: Iterable[ProfileKey]) -> Ahead:
        """What all agents of these profiles together have to take."""
        return _total(
            Ahead(*(each * self._heads.get(profile, 0) for each in self._of_one[profile]))
            for profile in able
            if profile in self._of_one
        )


def _part(calls: float, handled_s: float | None) -> Ahead:
    return Ahead(calls) if handled_s is None else Ahead(calls, calls, calls * handled_s)


def _total(parts: Iterable[Ahead]) -> Ahead:
    columns = list(zip(*parts, strict=True))
    return Ahead(*map(fsum, columns)) if columns else Ahead(0.0)
