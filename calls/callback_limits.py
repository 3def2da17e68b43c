"""Who asked to be called back lately, and who must not be: it follows from events."""

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final

from events.callbacks import CallBackRequested, NumberAllowed, NumberBarred
from events.event import Recorded
from events.ids import PartyId

FOLLOWED: Final = (CallBackRequested, NumberBarred, NumberAllowed)
"""The events that `follow` heeds."""

DAY_S: Final = 86_400.0

MOST: Final = 100_000
"""Wishes of a day that are remembered; the oldest go first."""


class CallBackLimits:
    """Feed it the log. Instants are UTC seconds."""

    def __init__(self) -> None:
        self.barred: set[PartyId] = set()
        self._asked: deque[tuple[float, PartyId]] = deque()
        self._times: Counter[PartyId] = Counter()

    def follow(self, recorded: Recorded) -> None:
        match recorded.event:
            case CallBackRequested(customer=customer) if customer:
                self._note(recorded.utc, customer)
            case NumberBarred(customer):
                self.barred.add(customer)
            case NumberAllowed(customer):
                self.barred.discard(customer)

    def asked_within_a_day(self, customer: PartyId, utc: float) -> int:
        """How many call-backs they were promised in the last 24 h."""
        self._forget(utc)
        return self._times[customer]

    def snapshot(self) -> dict[str, Any]:
        return {"barred": sorted(self.barred), "asked": [list(each) for each in self._asked]}

    def restore(self, data: Mapping[str, Any]) -> None:
        if not data:
            return
        self.barred = {PartyId(customer) for customer in data["barred"]}
        for utc, customer in data["asked"]:
            self._note(utc, PartyId(customer))

    def _note(self, utc: float, customer: PartyId) -> None:
        self._asked.append((utc, customer))
        self._times[customer] += 1
        if len(self._asked) > MOST:
            self._drop_oldest()

    def _forget(self, utc: float) -> None:
        while self._asked and self._asked[0][0] <= utc - DAY_S:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, customer = self._asked.popleft()
        self._times[customer] -= 1
        if not self._times[customer]:
            del self._times[customer]
