"""Queues at this moment: who waits, for how long, and who could help."""

from prometheus_client import Gauge

from events.agents import AgentState
from telemetry.face import QueueNow, Series, Surroundings
from telemetry.labels import Children


class QueueNowSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        registry = surroundings.registry
        self._waiting = Children(
            Gauge("sentral_queue_calls_waiting", "Calls waiting now.", ["queue"], registry=registry)
        )
        self._longest = Children(
            Gauge(
                "sentral_queue_longest_wait_seconds",
                "Age of the oldest waiting call, 0 if nobody waits.",
                ["queue"],
                registry=registry,
            )
        )
        self._able = Children(
            Gauge(
                "sentral_agents_able",
                "Agents signed in who could take the queue's calls.",
                ["queue"],
                registry=registry,
            )
        )
        self._agents = Children(
            Gauge(
                "sentral_queue_agents",
                "Agents of the queue by state.",
                ["queue", "state"],
                registry=registry,
            )
        )
        self._shown: set[str] = set()
        for queue in surroundings.queues:
            self._set(_empty(queue))

    def refresh(self) -> None:
        """Queues that are configured no longer are empty."""
        there = self._around.gauges.queues()
        gone = self._shown - {queue.name for queue in there}
        for queue in (*there, *map(_empty, gone)):
            self._set(queue)

    def _set(self, queue: QueueNow) -> None:
        self._shown.add(queue.name)
        self._waiting(queue.name).set(queue.waiting)
        self._longest(queue.name).set(queue.longest_wait_s)
        self._able(queue.name).set(queue.able)
        for state in AgentState:
            self._agents(queue.name, state).set(queue.agents.get(state, 0))


def _empty(queue: str) -> QueueNow:
    return QueueNow(name=queue, waiting=0, longest_wait_s=0.0, able=0)
