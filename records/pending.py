"""Items on their way to the writer: put by the loop's thread, taken by the writer's."""

import threading
from collections import deque

from events.event import Recorded
from records.items import Item


class Pending:
    """A bounded queue whose producer never waits: what finds it full is counted as lost."""

    def __init__(self, limit: int) -> None:
        self._items: deque[Item] = deque()
        self._limit = limit
        self._filled = threading.Event()
        self.lost = 0
        self.newest_seq = 0
        """The highest sequence number ever put."""

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        if len(self._items) >= self._limit:
            self.lost += 1
            return
        self._items.append(item)
        if isinstance(item, Recorded):
            self.newest_seq = item.seq
        if len(self._items) == 1:  # nobody waits for more while there is one
            self._filled.set()

    def take(self, at_most: int) -> list[Item]:
        """The oldest items, without waiting."""
        count = min(at_most, len(self._items))
        return [self._items.popleft() for _ in range(count)]

    def wait(self, timeout_s: float) -> None:
        """Until there is something, or somebody knocks."""
        self._filled.wait(timeout_s)
        self._filled.clear()

    def knock(self) -> None:
        """End a wait."""
        self._filled.set()
