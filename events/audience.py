"""Who is told of which events: most of those who listen care for a few kinds only."""

from collections.abc import Callable
from typing import TypeAlias

from events.event import Event, Recorded

Listener: TypeAlias = Callable[[Recorded], None]


class Audience:
    """Listeners in the order in which they joined."""

    def __init__(self) -> None:
        self._joined: list[tuple[Listener, frozenset[type[Event]]]] = []
        self._of: dict[type[Event], tuple[Listener, ...]] = {}

    def join(self, listener: Listener, *kinds: type[Event]) -> None:
        """`kinds`: what it is told of; everything if there are none."""
        self._joined.append((listener, frozenset(kinds)))
        self._of.clear()

    def of(self, event: Event) -> tuple[Listener, ...]:
        """Those who are told of it."""
        kind = type(event)
        found = self._of.get(kind)
        if found is None:
            wanted = (each for each, kinds in self._joined if not kinds or kind in kinds)
            found = self._of[kind] = tuple(wanted)
        return found
