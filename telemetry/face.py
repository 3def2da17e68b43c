"""What a file of `telemetry/series/` is, and what it is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from prometheus_client import CollectorRegistry

from events.event import Event
from telemetry.settings import TelemetrySettings

EventT = TypeVar("EventT", bound=Event)
Handler: TypeAlias = Callable[[Any, float], None]
"""The event and its steady instant in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTargets:
    """What a queue is measured against, METRICS.md's T and `short_abandon_s`."""

    service_level_s: float = 20.0
    short_abandon_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNow:
    """A queue at this moment.

    Attributes:
        longest_wait_s: age of the oldest waiting call, 0 when nobody waits.
        able: agents signed in who could take its calls.
        agents: those agents counted by state.
    """

    name: str
    waiting: int
    longest_wait_s: float
    able: int
    agents: Mapping[str, int] = field(default_factory=dict)


def _none() -> Mapping[str, int]:
    return {}


def _zero() -> int:
    return 0


def _no_queues() -> Sequence[QueueNow]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """How things are just now, asked at each scrape on the loop's thread. Each must be quick."""

    calls_active: Callable[[], Mapping[str, int]] = _none
    """By direction."""
    mailboxes: Callable[[], Mapping[str, tuple[int, int]]] = dict
    """(new, old) voice messages by mailbox."""
    queues: Callable[[], Sequence[QueueNow]] = _no_queues
    agents: Callable[[], Mapping[str, int]] = _none
    """By state."""
    sip_transactions: Callable[[], Mapping[str, int]] = _none
    """By kind."""
    sip_dialogs: Callable[[], int] = _zero
    sip_registrations: Callable[[], int] = _zero
    trunk_calls_active: Callable[[], Mapping[str, int]] = _none
    """By trunk."""
    rtp_packets: Callable[[], Mapping[str, int]] = _none
    """By direction ("in", "out"), counted since the start."""
    rtp_lost: Callable[[], int] = _zero
    speech_starved_s: Callable[[], float] = _zero
    """Counted since the start."""
    rtp_dropped: Callable[[], Mapping[str, int]] = _none
    """By reason, counted since the start."""
    media_ports: Callable[[], Mapping[str, int]] = _none
    """By state ("in_use", "quarantined")."""
    store_queue_length: Callable[[], int] = _zero
    store_lost: Callable[[], int] = _zero
    """Events that could not be kept, counted since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every series may use."""

    registry: CollectorRegistry
    steady: Callable[[], float]
    version: str = ""
    queues: Mapping[str, QueueTargets] = field(default_factory=dict)
    """Those configured now: others after each `ConfigurationReplaced`."""
    trunks: Sequence[str] = ()
    gauges: Gauges = field(default_factory=Gauges)
    settings: TelemetrySettings = field(default_factory=TelemetrySettings)

    def targets(self, queue: str) -> QueueTargets:
        return self.queues.get(queue) or QueueTargets()


class Series:
    """Some Prometheus series that belong together: counts events as they come."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self.handlers: dict[type[Event], Handler] = {}

    def on(self, kind: type[EventT], handle: Callable[[EventT, float], None]) -> None:
        """Call `handle(event, at)` for each event of this kind; `at` is its steady instant."""
        self.handlers[kind] = handle

    def refresh(self) -> None:
        """Bring what no event tells up to date; called before each scrape, on the loop."""
