"""INVITE client transaction: RFC 3261 §17.1.1, corrected by RFC 6026 §7.2.

    CALLING ──1xx──> PROCEEDING
       │ └──────2xx──────┼──> ACCEPTED ──M──┐
       └─────3xx-6xx─────┴──> COMPLETED ─D──┴─> TERMINATED

The machine does no I/O. Every input takes `now` (seconds, any monotonic clock)
and returns the effects its owner must perform; `next_deadline` says when to
come back if nothing else happens. PROCEEDING has no deadline: how long a phone
may ring is the transaction user's decision, §9.1.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from sip.errors import NoFinalResponse, SipError
from sip.message import Request, Response, ack_for_failure
from sip.timers import DEFAULT_TIMERS, TimerTable, TimerValues
from sip.transactions.effects import Deliver, Effect, Fail, Forget, Send


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


# A pair that is absent is not an error: the input is late or stray, so it is dropped.
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


class InviteClientTransaction:
    """One INVITE from its first transmission until its last possible response."""

    def __init__(
        self, invite: Request, *, reliable: bool, timers: TimerValues = DEFAULT_TIMERS
    ) -> None:
        """`reliable` is true for TCP, TLS and WebSocket: they never retransmit."""
        assert invite.method == "INVITE"
        self.state = State.CALLING
        self._invite = invite
        self._reliable = reliable
        self._values = timers
        self._retransmit_after_s = timers.t1_s
        self._timers: TimerTable[Timer] = TimerTable()

    @property
    def request(self) -> Request:
        return self._invite

    def start(self, now: float) -> list[Effect]:
        """Send the INVITE. Call it once, before any other input."""
        self._timers.start(Timer.B, now + self._values.timeout_s)
        if not self._reliable:
            self._timers.start(Timer.A, now + self._retransmit_after_s)
        return [Send(self._invite)]

    def receive(self, response: Response, now: float) -> list[Effect]:
        """Take a response already matched to this transaction by branch, §17.1.3."""
        event = _input_for(response.status)
        repeated_failure = self.state is State.COMPLETED
        if not self._advance(event, now):
            return []
        if event is not Input.FAILURE:
            return [Deliver(response)]
        ack = Send(ack_for_failure(self._invite, response), repeated=repeated_failure)
        ended: list[Effect] = [] if repeated_failure else self.handle_timers(now)  # D of TCP is 0
        return [ack] if repeated_failure else [ack, Deliver(response), *ended]

    def transport_failed(self, error: SipError, now: float) -> list[Effect]:
        """Take the report that the last `Send` did not leave this host, §17.1.4."""
        unanswered = self.state in (State.CALLING, State.PROCEEDING)
        if not self._advance(Input.TRANSPORT_ERROR, now):
            return []
        return [Fail(error), Forget()] if unanswered else [Forget()]

    def handle_timers(self, now: float) -> list[Effect]:
        """Fire every timer whose deadline has come."""
        effects: list[Effect] = []
        while timer := self._timers.pop_due(now):
            effects += self._fire(timer, now)
        return effects

    def next_deadline(self) -> float | None:
        return self._timers.next_deadline()

    def _fire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.A:
            self._retransmit_after_s *= 2  # unbounded: T2 does not apply here, §17.1.1.2
            self._timers.start(Timer.A, now + self._retransmit_after_s)
            return [Send(self._invite, repeated=True)]
        advanced = self._advance(Input[f"TIMER_{timer}"], now)
        assert advanced, f"timer {timer} ran in {self.state}"
        if timer is Timer.B:
            return [Fail(NoFinalResponse("INVITE", self._values.timeout_s)), Forget()]
        return [Forget()]

    def _advance(self, event: Input, now: float) -> bool:
        """Follow `TRANSITIONS`; false if the current state does not expect the input."""
        target = TRANSITIONS.get((self.state, event))
        if target is None:
            return False
        if target is not self.state:
            self.state = target
            self._timers.clear()  # no timer outlives the state that started it
            if target is State.ACCEPTED:
                self._timers.start(Timer.M, now + self._values.timeout_s)
            elif target is State.COMPLETED:
                lingering_s = 0.0 if self._reliable else self._values.timeout_s
                self._timers.start(Timer.D, now + lingering_s)
        return True


def _input_for(status: int) -> Input:
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE
