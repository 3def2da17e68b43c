"""Non-INVITE client transaction: RFC 3261 §17.1.2.

    TRYING ──1xx──> PROCEEDING
       └──200-699──────┴──> COMPLETED ──K──> TERMINATED

Timer F also runs in PROCEEDING: a request other than INVITE is answered soon or never.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from sip.errors import NoFinalResponse, SipError
from sip.message import Request, Response
from sip.timers import DEFAULT_TIMERS, TimerValues
from sip.transactions.effects import Deliver, Effect, Fail, Forget, Send
from sip.transactions.machine import Machine


class State(Enum):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Timer(StrEnum):
    E = "E"  # retransmit the request
    F = "F"  # give up on an answer
    K = "K"  # stop absorbing repeated answers


class Input(Enum):
    PROVISIONAL = auto()
    FINAL = auto()
    TIMER_F = auto()
    TIMER_K = auto()
    TRANSPORT_ERROR = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.TRYING, Input.PROVISIONAL): State.PROCEEDING,
    (State.TRYING, Input.FINAL): State.COMPLETED,
    (State.TRYING, Input.TIMER_F): State.TERMINATED,
    (State.TRYING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.PROCEEDING, Input.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Input.FINAL): State.COMPLETED,
    (State.PROCEEDING, Input.TIMER_F): State.TERMINATED,
    (State.PROCEEDING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.COMPLETED, Input.TIMER_K): State.TERMINATED,
}


class ClientTransaction(Machine[State, Input, Timer]):
    """One request other than INVITE and ACK, until repeated answers have died out."""

    transitions = TRANSITIONS
    timers_run_on_in = frozenset({State.PROCEEDING})  # E and F, §17.1.2.2

    def __init__(
        self, request: Request, *, reliable: bool, timers: TimerValues = DEFAULT_TIMERS
    ) -> None:
        assert request.method not in ("INVITE", "ACK")
        self.state = State.TRYING
        super().__init__(request, reliable=reliable, timers=timers)

    def start(self, now: float) -> list[Effect]:
        """Send the request. Call it once, before any other input."""
        self._timers.start(Timer.F, now + self._values.timeout_s)
        if not self._reliable:
            self._timers.start(Timer.E, now + self._retransmit_after_s)
        return [Send(self._request)]

    def receive(self, response: Response, now: float) -> list[Effect]:
        """Take a response already matched to this transaction, §17.1.3."""
        event = Input.PROVISIONAL if response.status < 200 else Input.FINAL
        if not self._advance(event, now):
            return []
        return [Deliver(response), *self.handle_timers(now)]  # Timer K of TCP is 0

    def transport_failed(self, error: SipError, now: float) -> list[Effect]:
        """Take the report that the last `Send` did not leave this host, §17.1.4."""
        return [Fail(error), Forget()] if self._advance(Input.TRANSPORT_ERROR, now) else []

    def _fire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.E:
            doubled_s = min(2 * self._retransmit_after_s, self._values.t2_s)
            proceeding = self.state is State.PROCEEDING
            self._retransmit_after_s = self._values.t2_s if proceeding else doubled_s
            self._timers.start(Timer.E, now + self._retransmit_after_s)
            return [Send(self._request, repeated=True)]
        self._expire(Input[f"TIMER_{timer}"], now)
        if timer is Timer.F:
            return [Fail(NoFinalResponse(self._request.method, self._values.timeout_s)), Forget()]
        return [Forget()]

    def _entered(self, state: State, now: float) -> None:
        if state is State.COMPLETED:
            self._timers.start(Timer.K, now + (0.0 if self._reliable else self._values.t4_s))
