"""The events of each call that is going on, so that its row can be folded when it ends."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from events.callbacks import CallBackLeft
from events.calls import CallArrived, CallCheckpointed
from events.event import Recorded
from events.ids import CallId

Log: TypeAlias = tuple[Recorded, ...]
"""Events of one call, in the order of the log."""

KEPT_AFTER_END: Final = 500
"""Ended calls kept in memory for what still comes: wrap-up and the sound's statistics. A
call-back that left its place counts as one: often nobody ever arrived."""


class Stories:
    """Open calls and the newest ended ones. Changes hold only after `commit`."""

    def __init__(self) -> None:
        self._logs: dict[CallId, Log] = {}
        self._ended: OrderedDict[CallId, None] = OrderedDict()
        """Those that have ended, the longest unchanged first."""
        self._changed: dict[CallId, Log] = {}

    def add(
        self, call: CallId, recorded: Sequence[Recorded], earlier: Callable[[CallId], Log]
    ) -> Log:
        """The call's whole log with these events; `earlier` reads what memory does not hold.

        Events that the log already has are not added again.
        """
        log = self._changed.get(call) or self._logs.get(call)
        if log is None:
            log = () if isinstance(recorded[0].event, CallArrived) else earlier(call)
        last = log[-1].seq if log else 0
        log += tuple(each for each in recorded if each.seq > last and _is_told(each))
        self._changed[call] = log
        return log

    def commit(self) -> None:
        """The transaction stands."""
        for call, log in self._changed.items():
            self._logs[call] = log
            if has_ended(log) or any(isinstance(each.event, CallBackLeft) for each in log):
                self._ended[call] = None
                self._ended.move_to_end(call)
        self._changed.clear()
        self._forget()

    def roll_back(self) -> None:
        """It does not: the same items will come again."""
        self._changed.clear()

    def _forget(self) -> None:
        while len(self._ended) > KEPT_AFTER_END:
            call, _ = self._ended.popitem(last=False)
            del self._logs[call]


def _is_told(recorded: Recorded) -> bool:
    """Checkpoints are large and no story tells them."""
    return not isinstance(recorded.event, CallCheckpointed)


def has_ended(log: Log) -> bool:
    return any(recorded.event.kind == "CallEnded" for recorded in log)
