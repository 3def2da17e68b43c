"""A database with some days of calls in it, local time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.queues import CallAbandoned, CallQueued, QueueAnswered, QueueCallHandled
from records.settings import StoreSettings
from records.store import Store


@dataclass(frozen=True, slots=True)
class Visit:
    """A caller: answered after `wait_s` and talked with, or gone after it (`talk_s` None)."""

    at: str
    wait_s: float
    talk_s: float | None
    queue: str = "help"
    waited_s: float = 0.0


def store_with(folder: Path, visits: Iterable[Visit]) -> dict[str, Any]:
    """The `store` section of a configuration."""
    section = {"url": f"sqlite:///{folder / 'past.db'}"}
    happened = sorted(
        (each for number, visit in enumerate(visits) for each in _events(number, visit)),
        key=lambda each: each[0],
    )
    store = Store(StoreSettings(url=section["url"]))
    store.open()
    for seq, (utc, event) in enumerate(happened, 1):
        store.append(Recorded(seq, utc, utc, event))
    store.close(30)
    return section


def _events(number: int, visit: Visit) -> list[tuple[float, Event]]:
    call, entry, queue = CallId(f"c-{number}"), EntryId(f"e-{number}"), QueueName(visit.queue)
    utc = datetime.fromisoformat(visit.at).timestamp()
    found: list[tuple[float, Event]] = [
        (utc, CallQueued(call, entry, queue, waited_s=visit.waited_s))
    ]
    ends = utc + visit.wait_s
    if visit.talk_s is None:
        return [*found, (ends, CallAbandoned(call, entry, queue, visit.wait_s))]
    agent = AgentId("1")
    answered = QueueAnswered(call, entry, queue, agent, OfferId(number), visit.wait_s)
    handled = QueueCallHandled(call, entry, queue, agent, visit.talk_s, 0.0, 10.0)
    return [*found, (ends, answered), (ends + visit.talk_s + 10.0, handled)]
