"""Effects are performed one after the other, never inside one another.

Performing one may call a user, who calls us back, which makes more effects: those wait for the
ones before them. So nobody ever sees a half-performed list.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

EffectT = TypeVar("EffectT")

_log = logging.getLogger(__name__)


class EffectFifo:
    """One for the whole user agent."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._busy = False

    def run(self, perform: Callable[[EffectT], None], effects: Iterable[EffectT]) -> None:
        """Perform in order; returns at once when called by an effect being performed.

        What `perform` raises is our own bug: it is logged, and costs that effect, not the rest.
        """
        for effect in effects:
            self._waiting.append((perform, effect))
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting:
                performer, effect = self._waiting.popleft()
                try:
                    performer(effect)
                except Exception:
                    _log.exception("performing %s", type(effect).__name__)
        finally:
            self._busy = False
