"""INVITE client transaction: RFC 3261 §17.1.1, corrected by RFC 6026 §7.2.

    CALLING ──1xx──> PROCEEDING
       │ └──────2xx──────┼──> ACCEPTED ──M──┐
       └─────3xx-6xx─────┴──> COMPLETED ─D──┴─> TERMINATED

PROCEEDING has no deadline: how long a phone may ring is the transaction user's decision, §9.1.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from sip.errors import NoFinalResponse, SipError
from sip.message import Request, Response, ack_for_failure
from sip.timers import DEFAULT_TIMERS, TimerValues
from sip.transactions.effects import Deliver, Effect, Fail, Forget, Send
from sip.transactions.machine import Machine


class State(Enum):
    CALLING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Timer(StrEnum):
    A = "A"  # retransmit the INVITE
    B = "B"  # give up on an answer
    D = "D"  # stop re-acknowledging a failure
    M = "M"  # stop accepting further 2xx


class Input(Enum):
    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    TIMER_B = auto()
    TIMER_D = auto()
    TIMER_M = auto()
    TRANSPORT_ERROR = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.CALLING, Input.PROVISIONAL): State.PROCEEDING,
    (State.CALLING, Input.SUCCESS): State.ACCEPTED,
    (State.CALLING, Input.FAILURE): State.COMPLETED,
    (State.CALLING, Input.TIMER_B): State.TERMINATED,
    (State.CALLING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.PROCEEDING, Input.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Input.SUCCESS): State.ACCEPTED,
    (State.PROCEEDING, Input.FAILURE): State.COMPLETED,
    (State.PROCEEDING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.ACCEPTED, Input.SUCCESS): State.ACCEPTED,
    (State.ACCEPTED, Input.TIMER_M): State.TERMINATED,
    (State.COMPLETED, Input.FAILURE): State.COMPLETED,
    (State.COMPLETED, Input.TIMER_D): State.TERMINATED,
    (State.COMPLETED, Input.TRANSPORT_ERROR): State.TERMINATED,
}


class InviteClientTransaction(Machine[State, Input, Timer]):
    """One INVITE from its first transmission until its last possible response."""

    transitions = TRANSITIONS

    def __init__(
        self, invite: Request, *, reliable: bool, timers: TimerValues = DEFAULT_TIMERS
    ) -> None:
        assert invite.method == "INVITE"
        self.state = State.CALLING
        super().__init__(invite, reliable=reliable, timers=timers)

    def start(self, now: float) -> list[Effect]:
        """Send the INVITE. Call it once, before any other input."""
        self._timers.start(Timer.B, now + self._values.timeout_s)
        if not self._reliable:
            self._timers.start(Timer.A, now + self._retransmit_after_s)
        return [Send(self._request)]

    def receive(self, response: Response, now: float) -> list[Effect]:
        """Take a response already matched to this transaction by branch, §17.1.3."""
        event = _input_for(response.status)
        repeated_failure = self.state is State.COMPLETED
        if not self._advance(event, now):
            return []
        if event is not Input.FAILURE:
            return [Deliver(response)]
        ack = Send(ack_for_failure(self._request, response), repeated=repeated_failure)
        ended: list[Effect] = [] if repeated_failure else self.handle_timers(now)  # D of TCP is 0
        return [ack] if repeated_failure else [ack, Deliver(response), *ended]

    def transport_failed(self, error: SipError, now: float) -> list[Effect]:
        """Take the report that the last `Send` did not leave this host, §17.1.4."""
        unanswered = self.state in (State.CALLING, State.PROCEEDING)
        if not self._advance(Input.TRANSPORT_ERROR, now):
            return []
        return [Fail(error), Forget()] if unanswered else [Forget()]

    def _fire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.A:
            self._retransmit_after_s *= 2  # unbounded: T2 does not apply here, §17.1.1.2
            self._timers.start(Timer.A, now + self._retransmit_after_s)
            return [Send(self._request, repeated=True)]
        self._expire(Input[f"TIMER_{timer}"], now)
        if timer is Timer.B:
            return [Fail(NoFinalResponse("INVITE", self._values.timeout_s)), Forget()]
        return [Forget()]

    def _entered(self, state: State, now: float) -> None:
        if state is State.ACCEPTED:
            self._timers.start(Timer.M, now + self._values.timeout_s)
        elif state is State.COMPLETED:
            lingering_s = 0.0 if self._reliable else self._values.timeout_s
            self._timers.start(Timer.D, now + lingering_s)


def _input_for(status: int) -> Input:
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE
