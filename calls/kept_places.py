"""Places of callers who hung up while waiting: who calls again soon has theirs back."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from events.calls import CallArrived, CallEnded
from events.event import Recorded
from events.ids import CallId, EntryId, PartyId, QueueName
from events.queues import CallAbandoned, CallFlowedOut, CallQueued, QueueAnswered

FOLLOWED: Final = (
    *(CallArrived, CallQueued, CallAbandoned, CallFlowedOut),
    *(QueueAnswered, CallEnded),
)
"""The events that `follow` heeds."""

MOST: Final = 10_000
"""Abandoned places kept; the oldest go first."""


class KeptPlaces:
    """One per process; all of it follows from the log. Instants are UTC seconds."""

    def __init__(self) -> None:
        self._callers: dict[CallId, PartyId] = {}
        self._began: dict[EntryId, float] = {}
        self._abandoned: OrderedDict[tuple[PartyId, QueueName], tuple[float, float]] = OrderedDict()

    def follow(self, recorded: Recorded) -> None:
        match recorded.event:
            case CallArrived(call, caller=caller):
                self._callers[call] = caller
            case CallQueued() as queued:
                self._began[queued.entry] = recorded.utc - queued.waited_s
                caller = self._callers.get(queued.call, PartyId(""))
                self._abandoned.pop((caller, queued.queue), None)
            case CallAbandoned(call, entry, queue):
                began, caller = self._began.pop(entry, None), self._callers.get(call, PartyId(""))
                if began is not None and caller:
                    self._abandoned[caller, queue] = (began, recorded.utc)
                    if len(self._abandoned) > MOST:
                        self._abandoned.popitem(last=False)
            case CallFlowedOut() | QueueAnswered() as left:
                self._began.pop(left.entry, None)
            case CallEnded(call):
                self._callers.pop(call, None)

    def age_s(self, caller: PartyId, queue: QueueName, utc: float, within_s: float) -> float:
        """Of the place that the caller left here not longer than `within_s` ago; else 0."""
        began, left = self._abandoned.get((caller, queue), (utc, 0.0))
        return max(0.0, utc - began) if utc - left <= within_s else 0.0

    def snapshot(self) -> list[Any]:
        abandoned = [[*key, *times] for key, times in self._abandoned.items()]
        return [dict(self._callers), dict(self._began), abandoned]

    def restore(self, data: Sequence[Any]) -> None:
        if not data:
            return
        callers, began, abandoned = data
        self._callers.update(callers)
        self._began.update(began)
        for caller, queue, since, left in abandoned:
            self._abandoned[PartyId(caller), QueueName(queue)] = (since, left)
