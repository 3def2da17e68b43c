"""Ready agents of one profile, in every order in which a strategy takes them.

All orders are free of time: an agent's place in them is fixed when they become ready.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias
from zlib import crc32

from acd.settings import Strategy
from events.ids import AgentId

TICKETS: Final = 1 << 32
_MASK: Final = (1 << 64) - 1

Key: TypeAlias = tuple[float, float, AgentId]
"""Smallest first: by the order, then idle since, then id."""


class Order(StrEnum):
    IDLE = "idle"
    OCCUPANCY = "occupancy"
    CALLS = "calls"
    TURN = "turn"
    TICKET = "ticket"


class Standing(NamedTuple):
    """By what an agent is taken. See `acd.model.Agent` for the figures."""

    idle_since: float
    occupancy: float = 0.0
    calls: int = 0
    turn: int = 0
    ticket: int = 0


_ORDERS: Final[Mapping[Strategy, Order]] = {
    Strategy.LEAST_OCCUPIED: Order.OCCUPANCY,
    Strategy.FEWEST_CALLS: Order.CALLS,
    Strategy.ROUND_ROBIN: Order.TURN,
    Strategy.RANDOM: Order.TICKET,
}
_KEYS: Final[Mapping[Order, Callable[[Standing, AgentId], Key]]] = {
    Order.IDLE: lambda standing, agent: (0.0, standing.idle_since, agent),
    Order.OCCUPANCY: lambda standing, agent: (standing.occupancy, standing.idle_since, agent),
    Order.CALLS: lambda standing, agent: (standing.calls, standing.idle_since, agent),
    Order.TURN: lambda standing, agent: (standing.turn, standing.idle_since, agent),
}


def order_of(strategy: Strategy) -> Order:
    return _ORDERS.get(strategy, Order.IDLE)


def key_of(order: Order, standing: Standing, agent: AgentId, arrival: int) -> Key:
    """`arrival`: number of the call; by chance, each call begins at another ticket."""
    if order is Order.TICKET:
        return ((standing.ticket - mixed(arrival)) % TICKETS, 0.0, agent)
    return _KEYS[order](standing, agent)


def mixed(number: int) -> int:
    """A ticket that shows nothing of the number: the finaliser of SplitMix64, cut to 32 bits."""
    z = (number + 1) * 0x9E3779B97F4A7C15 & _MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return (z ^ z >> 31) % TICKETS


def ticket(seed: int, agent: AgentId, turn: int) -> int:
    """Another one after each offer, so that nobody keeps good luck."""
    return mixed(mixed(seed ^ crc32(agent.encode())) + turn)


class _Line:
    """A heap with lazy deletion; the first is always live."""

    def __init__(self, order: Order) -> None:
        self.heap: list[Key] = []
        self._live: dict[AgentId, Key] = {}
        self._key = _KEYS[order]

    def add(self, agent: AgentId, standing: Standing) -> None:
        key = self._live[agent] = self._key(standing, agent)
        heapq.heappush(self.heap, key)

    def remove(self, agent: AgentId) -> None:
        heap, live = self.heap, self._live
        del live[agent]
        while heap and live.get(heap[0][2]) != heap[0]:
            heapq.heappop(heap)
        if len(heap) > 2 * len(live) + 64:
            heap[:] = live.values()
            heapq.heapify(heap)


class Ready:
    def __init__(self) -> None:
        self.agents: dict[AgentId, Standing] = {}
        self._lines = {Order.IDLE: _Line(Order.IDLE)}
        self._tickets: list[tuple[int, AgentId]] | None = None  # sorted, once somebody asks

    def __len__(self) -> int:
        return len(self.agents)

    def add(self, agent: AgentId, standing: Standing) -> None:
        self.agents[agent] = standing
        for line in self._lines.values():
            line.add(agent, standing)
        if self._tickets is not None:
            insort(self._tickets, (standing.ticket, agent))

    def remove(self, agent: AgentId) -> None:
        standing = self.agents.pop(agent)
        for line in self._lines.values():
            line.remove(agent)
        if self._tickets is not None:
            del self._tickets[bisect_left(self._tickets, (standing.ticket, agent))]

    def first(self, order: Order, arrival: int, refused: frozenset[AgentId]) -> Key | None:
        """Who is taken for a call, leaving out those who are not to have it."""
        if refused:
            willing = (
                key_of(order, standing, agent, arrival)
                for agent, standing in self.agents.items()
                if agent not in refused
            )
            return min(willing, default=None)
        if order is Order.TICKET:
            return self._by_ticket(arrival)
        line = self._lines.get(order) or self._new_line(order)
        return line.heap[0] if line.heap else None

    def _by_ticket(self, arrival: int) -> Key | None:
        if not self.agents:
            return None
        tickets = self._tickets
        if tickets is None:
            tickets = self._tickets = sorted(
                (standing.ticket, agent) for agent, standing in self.agents.items()
            )
        at = bisect_left(tickets, (mixed(arrival), AgentId("")))
        _, agent = tickets[at % len(tickets)]
        return key_of(Order.TICKET, self.agents[agent], agent, arrival)

    def _new_line(self, order: Order) -> _Line:
        line = self._lines[order] = _Line(order)
        for agent, standing in self.agents.items():
            line.add(agent, standing)
        return line
