"""INVITE server transaction: RFC 3261 §17.2.1, corrected by RFC 6026 §7.1.

    PROCEEDING ──2xx──> ACCEPTED ──────────────L──┐
        └──3xx-6xx──> COMPLETED ──ACK──> CONFIRMED ─I──> TERMINATED
                          └───────────────H──────────┘

It sends 100 by itself when its user stays silent for 200 ms. Repeating a 2xx until its ACK comes
is the dialog's work, §13.3.1.4; this machine only absorbs repeated INVITEs meanwhile.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from sip.errors import NoAcknowledgement, SipError
from sip.message import Request, Response, response_to
from sip.timers import DEFAULT_TIMERS, TRYING_AFTER_S, TimerValues
from sip.transactions.effects import DeliverAck, Effect, Fail, Forget, Send
from sip.transactions.machine import Machine


class State(Enum):
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Timer(StrEnum):
    G = "G"  # repeat the failure response
    H = "H"  # give up on the ACK
    I = "I"  # stop absorbing repeated ACKs  # noqa: E741
    L = "L"  # stop absorbing repeated INVITEs after a 2xx
    TRYING = "Trying"  # say 100


class Input(Enum):
    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    ACK = auto()
    TIMER_H = auto()
    TIMER_I = auto()
    TIMER_L = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.PROCEEDING, Input.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Input.SUCCESS): State.ACCEPTED,
    (State.PROCEEDING, Input.FAILURE): State.COMPLETED,
    (State.ACCEPTED, Input.SUCCESS): State.ACCEPTED,
    (State.ACCEPTED, Input.ACK): State.ACCEPTED,
    (State.ACCEPTED, Input.TIMER_L): State.TERMINATED,
    (State.COMPLETED, Input.ACK): State.CONFIRMED,
    (State.COMPLETED, Input.TIMER_H): State.TERMINATED,
    (State.CONFIRMED, Input.TIMER_I): State.TERMINATED,
}


class InviteServerTransaction(Machine[State, Input, Timer]):
    """One INVITE from its arrival until nothing more of it can come."""

    transitions = TRANSITIONS

    def __init__(
        self, invite: Request, *, reliable: bool, timers: TimerValues = DEFAULT_TIMERS
    ) -> None:
        """Its owner hands `invite` to the transaction user itself, once."""
        assert invite.method == "INVITE"
        self.state = State.PROCEEDING
        super().__init__(invite, reliable=reliable, timers=timers)
        self._last: Response | None = None

    def start(self, now: float) -> list[Effect]:
        """Call it once, before any other input."""
        self._timers.start(Timer.TRYING, now + TRYING_AFTER_S)
        return []

    def respond(self, response: Response, now: float) -> list[Effect]:
        """Send a response of the transaction user. A late one is dropped: the first final wins."""
        event = _input_for(response.status)
        if not self._advance(event, now):
            return []
        self._timers.stop(Timer.TRYING)
        self._last = response
        return [Send(response)]

    def receive(self, request: Request, now: float) -> list[Effect]:
        """Take a repeated INVITE, or the ACK, matched by `sip.transactions.matching`."""
        if request.method == "ACK":
            accepted = self.state is State.ACCEPTED
            if not self._advance(Input.ACK, now):
                return []
            return [DeliverAck(request)] if accepted else self.handle_timers(now)
        repeats = self.state in (State.PROCEEDING, State.COMPLETED)
        if request.method != "INVITE" or not repeats or self._last is None:
            return []
        return [Send(self._last, repeated=True)]

    def transport_failed(self, error: SipError, now: float) -> list[Effect]:
        """Take the report that a response did not leave this host: a repeated one may, so the
        transaction lives on until Timer H or L, RFC 6026 §7.1."""
        answering = self.state in (State.PROCEEDING, State.ACCEPTED, State.COMPLETED)
        return [Fail(error)] if answering else []

    def _fire(self, timer: Timer, now: float) -> list[Effect]:
        if timer is Timer.TRYING:
            return self.respond(response_to(self._request, 100), now)
        if timer is Timer.G:
            assert self._last is not None
            self._retransmit_after_s = min(2 * self._retransmit_after_s, self._values.t2_s)
            self._timers.start(Timer.G, now + self._retransmit_after_s)
            return [Send(self._last, repeated=True)]
        self._expire(Input[f"TIMER_{timer}"], now)
        if timer is Timer.H:
            assert self._last is not None
            return [Fail(NoAcknowledgement(self._last.status, self._values.timeout_s)), Forget()]
        return [Forget()]

    def _entered(self, state: State, now: float) -> None:
        if state is State.ACCEPTED:
            self._timers.start(Timer.L, now + self._values.timeout_s)
        elif state is State.COMPLETED:
            self._timers.start(Timer.H, now + self._values.timeout_s)
            if not self._reliable:
                self._timers.start(Timer.G, now + self._retransmit_after_s)
        elif state is State.CONFIRMED:
            self._timers.start(Timer.I, now + (0.0 if self._reliable else self._values.t4_s))


def _input_for(status: int) -> Input:
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE
