"""What the four transactions have in common: a table of transitions, and timers by state.

A pair that a table lacks is not an error: the input is late or stray, so it is dropped.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from sip.message import Request
from sip.timers import DEFAULT_TIMERS, TimerTable, TimerValues
from sip.transactions.effects import Effect

StateT = TypeVar("StateT", bound=Enum)
InputT = TypeVar("InputT", bound=Enum)
TimerT = TypeVar("TimerT", bound=StrEnum)


class Machine(ABC, Generic[StateT, InputT, TimerT]):
    """Does no I/O: every input takes `now` and returns the effects its owner must perform."""

    transitions: ClassVar[Mapping[Any, Any]]
    """(state, input) to state; a class variable cannot name the type variables."""

    timers_run_on_in: ClassVar[frozenset[Any]] = frozenset()
    """States that are entered without stopping timers: elsewhere none outlives its state."""

    state: StateT

    def __init__(
        self, request: Request, *, reliable: bool, timers: TimerValues = DEFAULT_TIMERS
    ) -> None:
        """`reliable` is true for TCP, TLS and WebSocket: they never retransmit."""
        self._request = request
        self._reliable = reliable
        self._values = timers
        self._retransmit_after_s = timers.t1_s
        self._timers: TimerTable[TimerT] = TimerTable()

    @property
    def request(self) -> Request:
        return self._request

    def handle_timers(self, now: float) -> list[Effect]:
        """Fire every timer whose deadline has come."""
        effects: list[Effect] = []
        while timer := self._timers.pop_due(now):
            effects += self._fire(timer, now)
        return effects

    def next_deadline(self) -> float | None:
        """When to come back if nothing else happens; None if nothing ever will."""
        return self._timers.next_deadline()

    @abstractmethod
    def _fire(self, timer: TimerT, now: float) -> list[Effect]:
        """A timer's deadline has come; it runs no more."""

    @abstractmethod
    def _entered(self, state: StateT, now: float) -> None:
        """Start the timers of a state."""

    def _advance(self, event: InputT, now: float) -> bool:
        """Follow `transitions`; false if the current state does not expect the input."""
        target: StateT | None = self.transitions.get((self.state, event))
        if target is None:
            return False
        if target is not self.state:
            self.state = target
            if target not in self.timers_run_on_in:
                self._timers.clear()
            self._entered(target, now)
        return True

    def _expire(self, event: InputT, now: float) -> None:
        """Advance by a timer, which its state has started itself."""
        advanced = self._advance(event, now)
        assert advanced, f"{event} in {self.state}"
