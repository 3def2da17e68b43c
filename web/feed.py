"""The event stream: each client has a bounded buffer, and one that falls behind is dropped."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from events.calls import CallCheckpointed
from events.codec import to_json
from events.event import Recorded

_log = structlog.get_logger(__name__)

Wanted = Callable[[Recorded], bool]


class Subscription:
    """One client's buffer. When it overflows it is emptied and stays so: the client must go."""

    def __init__(self, wanted: Wanted, limit: int) -> None:
        self._wanted = wanted
        self._limit = limit
        self._waiting: deque[str] = deque()
        self._filled = asyncio.Event()
        self._ended = asyncio.Event()
        self.overflowed = False

    def wants(self, recorded: Recorded) -> bool:
        return not self.overflowed and self._wanted(recorded)

    def put(self, text: str) -> None:
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self.overflowed = True
            self.end()
        else:
            self._waiting.append(text)
            self._filled.set()

    async def next(self) -> str:
        """The next event as JSON, in the order of the log; after an overflow nothing comes."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.popleft()

    def end(self) -> None:
        """The client shall go."""
        self._ended.set()

    async def ended(self) -> None:
        """Returns when the client has fallen behind, or the server stops."""
        await self._ended.wait()


class EventFeed:
    """Hands each event of the log to every client that wants it; encodes it once."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self.dropped = 0
        """Clients that were too slow."""

    def __len__(self) -> int:
        return len(self._subscriptions)

    def publish(self, recorded: Recorded) -> None:
        """A listener of the event log. Checkpoints, which hold all of a call, stay inside."""
        if not self._subscriptions or isinstance(recorded.event, CallCheckpointed):
            return
        wanting = [each for each in self._subscriptions if each.wants(recorded)]
        if not wanting:
            return
        try:
            text = to_json(recorded).encode("utf-8", "backslashreplace").decode("utf-8")
        except (TypeError, ValueError):
            _log.exception("event_has_no_json", seq=recorded.seq, kind=recorded.event.kind)
            return  # whoever appended it must not fail because somebody watches
        for subscription in wanting:
            subscription.put(text)
            self.dropped += subscription.overflowed

    def subscribe(self, wanted: Wanted, limit: int) -> Subscription:
        subscription = Subscription(wanted, limit)
        self._subscriptions.add(subscription)
        return subscription

    def close(self) -> None:
        """The server stops: every client shall go."""
        for subscription in self._subscriptions:
            subscription.end()

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)
