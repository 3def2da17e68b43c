"""What the store still knows when a process begins, and what it is given for the next one."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Final, Protocol

import structlog

from calls.past import Kept, Past
from calls.resumption import keep
from events.agents import PhoneLost, PhoneReached
from events.callbacks import CallBackRequested
from events.event import Recorded
from records.past import DatabaseAway
from records.store import Store
from sentral.composition import Parts

_log = structlog.get_logger(__name__)

NAME: Final = "centre"
"""Under which the store keeps the snapshot."""

WAIT_S: Final = 5.0
"""How long a start waits for the database. Without it calls go on all the same, but queues and
agents begin anew."""

EVERY_S: Final = 60.0
SOON_S: Final = 1.0
"""After a phone came, went, moved or subscribed: that stands in the snapshot alone."""


def read_past(store: Store) -> Past:
    """Everything since the last snapshot. Blocks: call it in a thread."""
    if not store.wait_ready(WAIT_S):
        _log.warning("past_unknown", problem=store.problem)
        return Past()
    reader = store.reader
    try:
        snapshot = reader.snapshot(NAME)
        kept = _kept(snapshot.body) if snapshot else None
        events = tuple(reader.events(after_seq=kept.seq if kept else 0))
        called_back = {one["party"] for one in kept.callbacks} if kept else set()
        called_back |= {
            recorded.event.party
            for recorded in events
            if isinstance(recorded.event, CallBackRequested)
        }
        return Past(
            kept,
            events,
            reader.events_of_open_calls(),
            reader.parties_of_open_calls() | reader.parties_named(called_back),
        )
    except DatabaseAway as error:
        _log.warning("past_unknown", problem=str(error))
        return Past()


def _kept(body: object) -> Kept | None:
    """None if another version wrote it: then the events are read from the beginning."""
    try:
        return Kept.from_json(body)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        _log.warning("snapshot_of_another_version", problem=str(error))
        return None


class Snapshots(Protocol):
    """`records.store.Store`."""

    def keep_snapshot(self, name: str, seq: int, utc: float, body: Mapping[str, Any]) -> None: ...


class Keeper:
    """Gives the store a snapshot now and then, so that a start reads a minute of events."""

    def __init__(self, parts: Parts, store: Snapshots) -> None:
        self._parts = parts
        self._store = store
        self._task: asyncio.Task[None] | None = None
        self._phones_moved = asyncio.Event()
        parts.log.listen(self._heard, PhoneReached, PhoneLost)
        parts.user_agent.location.on_move = self._phones_moved.set
        parts.user_agent.subscriptions.on_subscribe = self._phones_moved.set

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_on(), name="keeper")

    def stop(self) -> None:
        """Take the last one. After the calls have ended, before the log is closed."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.keep()

    async def _keep_on(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._phones_moved.wait()
                    await asyncio.sleep(SOON_S)  # a whole floor registers at a time
            self._phones_moved.clear()
            self.keep()

    def _heard(self, _: Recorded) -> None:
        self._phones_moved.set()

    def keep(self) -> None:
        """Take one now. Not while an effect is performed."""
        parts, world = self._parts, self._parts.world
        parts.centre.services.feed.settle()  # what has happened is in the log, and decided
        seq, utc = parts.log.last_seq, world.utc()
        body = keep(
            parts.centre, parts.user_agent, parts.lamps, seq=seq, utc=utc, steady=world.steady()
        )
        self._store.keep_snapshot(NAME, seq, utc, body)
