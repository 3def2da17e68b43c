"""Non-INVITE server transaction: RFC 3261 §17.2.2.

    TRYING ──1xx──> PROCEEDING
       └──200-699──────┴──> COMPLETED ──J──> TERMINATED

It repeats its last response whenever the request is repeated; nothing else.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from sip.errors import SipError
from sip.message import Request, Response
from sip.timers import DEFAULT_TIMERS, TimerValues
from sip.transactions.effects import Effect, Fail, Forget, Send
from sip.transactions.machine import Machine


class State(Enum):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Timer(StrEnum):
    J = "J"  # stop absorbing repeated requests


class Input(Enum):
    PROVISIONAL = auto()
    FINAL = auto()
    TIMER_J = auto()
    TRANSPORT_ERROR = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.TRYING, Input.PROVISIONAL): State.PROCEEDING,
    (State.TRYING, Input.FINAL): State.COMPLETED,
    (State.PROCEEDING, Input.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Input.FINAL): State.COMPLETED,
    (State.PROCEEDING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.COMPLETED, Input.TIMER_J): State.TERMINATED,
    (State.COMPLETED, Input.TRANSPORT_ERROR): State.TERMINATED,
}


class ServerTransaction(Machine[State, Input, Timer]):
    """One request other than INVITE and ACK. Its user must answer: TRYING has no deadline."""

    transitions = TRANSITIONS

    def __init__(
        self, request: Request, *, reliable: bool, timers: TimerValues = DEFAULT_TIMERS
    ) -> None:
        """Its owner hands `request` to the transaction user itself, once."""
        assert request.method not in ("INVITE", "ACK")
        self.state = State.TRYING
        super().__init__(request, reliable=reliable, timers=timers)
        self._last: Response | None = None

    def start(self, now: float) -> list[Effect]:
        """Nothing happens until the user responds; it is here so that all four start alike."""
        return []

    def respond(self, response: Response, now: float) -> list[Effect]:
        """Send a response of the transaction user; after a final one the rest is dropped."""
        event = Input.PROVISIONAL if response.status < 200 else Input.FINAL
        if not self._advance(event, now):
            return []
        self._last = response
        return [Send(response), *self.handle_timers(now)]  # Timer J of TCP is 0

    def receive(self, request: Request, now: float) -> list[Effect]:
        """Take a repetition of the request."""
        if self._last is None or self.state is State.TERMINATED:
            return []
        return [Send(self._last, repeated=True)]

    def transport_failed(self, error: SipError, now: float) -> list[Effect]:
        """Take the report that a response did not leave this host, §17.2.4."""
        return [Fail(error), Forget()] if self._advance(Input.TRANSPORT_ERROR, now) else []

    def _fire(self, timer: Timer, now: float) -> list[Effect]:
        self._expire(Input[f"TIMER_{timer}"], now)
        return [Forget()]

    def _entered(self, state: State, now: float) -> None:
        if state is State.COMPLETED:
            lingering_s = 0.0 if self._reliable else self._values.timeout_s
            self._timers.start(Timer.J, now + lingering_s)
