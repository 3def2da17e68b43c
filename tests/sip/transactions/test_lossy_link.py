"""RFC 3261 §17 end to end in virtual time: both machines of a transaction and a bad link.

Each test reads as a ladder diagram: set up the link, let virtual time pass, compare what each
side saw and when.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from sip.message import Message, Request, Response, response_to
from sip.transactions.client import ClientTransaction
from sip.transactions.effects import Deliver, DeliverAck, Effect, Fail, Forget, Send
from sip.transactions.invite_client import InviteClientTransaction
from sip.transactions.invite_server import InviteServerTransaction
from sip.transactions.server import ServerTransaction
from tests.simulation import Simulation
from tests.sip.messages import request

LATENCY_S = 0.05
MACHINES: dict[str, tuple[Any, Any]] = {
    "INVITE": (InviteClientTransaction, InviteServerTransaction),
    "BYE": (ClientTransaction, ServerTransaction),
}


class Side:
    """One end: a transaction, and the wire that its effects go to."""

    def __init__(self, sim: Simulation, transmit: Callable[[Message], None]) -> None:
        self.log: list[tuple[float, str]] = []
        self.ended_at: float | None = None
        self.transaction: Any = None
        self._sim, self._transmit = sim, transmit

    def run(self, action: Callable[[], list[Effect]]) -> None:
        for effect in action():
            match effect:
                case Send(message):
                    self._transmit(message)
                case Deliver(response):
                    self.note(str(response.status))
                case DeliverAck():
                    self.note("ACK")
                case Fail(error):
                    self.note(str(error))
                case Forget():
                    self.ended_at = round(self._sim.now, 3)
        deadline = self.transaction.next_deadline()
        if deadline is not None:
            self._sim.after(deadline - self._sim.now, self._wake)

    def note(self, what: str) -> None:
        self.log.append((round(self._sim.now, 3), what))

    def _wake(self) -> None:  # may be early or spare: the transaction knows what is due
        deadline = self.transaction.next_deadline()
        if deadline is not None and deadline <= self._sim.now:
            self.run(lambda: self.transaction.handle_timers(self._sim.now))


class Link:
    """Caller and callee. Datagrams numbered (from 0, both ways) in `lost` never arrive; those in
    `doubled` arrive twice; those in `late` arrive after 0.3 s, past the ones sent after them."""

    def __init__(
        self,
        method: str,
        answers: Iterable[tuple[float, int]],
        *,
        lost: Iterable[int] = (),
        doubled: Iterable[int] = (),
        late: Iterable[int] = (),
    ) -> None:
        self.sim = Simulation()
        self.wire: list[tuple[float, str]] = []
        self._lost, self._doubled, self._late = set(lost), set(doubled), set(late)
        self._answers = list(answers)
        client, self._server = MACHINES[method]
        self.caller = Side(self.sim, lambda message: self._carry(message, self._to_callee))
        self.callee = Side(self.sim, lambda message: self._carry(message, self._to_caller))
        self.caller.transaction = client(request(method), reliable=False)
        self.caller.run(lambda: self.caller.transaction.start(self.sim.now))

    def _carry(self, message: Message, deliver: Callable[[Message], None]) -> None:
        number = len(self.wire)
        what = message.method if isinstance(message, Request) else str(message.status)
        self.wire.append((round(self.sim.now, 3), what))
        delay_s = 0.3 if number in self._late else LATENCY_S
        copies = 0 if number in self._lost else 2 if number in self._doubled else 1
        for _ in range(copies):
            self.sim.after(delay_s, lambda: deliver(message))

    def _to_callee(self, message: Message) -> None:
        assert isinstance(message, Request)
        now = self.sim.now
        if self.callee.transaction is None:
            if message.method == "ACK":
                return
            self.callee.note(message.method)
            transaction = self.callee.transaction = self._server(message, reliable=False)
            self.callee.run(lambda: transaction.start(now))
            for delay_s, status in self._answers:
                self.sim.after(delay_s, partial(self._answer, message, status))
        else:
            self.callee.run(lambda: self.callee.transaction.receive(message, now))

    def _answer(self, message: Request, status: int) -> None:
        answer = response_to(message, status, to_tag="b")
        self.callee.run(lambda: self.callee.transaction.respond(answer, self.sim.now))

    def _to_caller(self, message: Message) -> None:
        assert isinstance(message, Response)
        self.caller.run(lambda: self.caller.transaction.receive(message, self.sim.now))


def test_lost_invites_are_repeated_until_the_callee_rings() -> None:
    link = Link("INVITE", [(0.0, 180), (3.0, 486)], lost={0, 1})
    link.sim.run(until=100)
    assert link.wire == [
        (0.0, "INVITE"),
        (0.5, "INVITE"),  # T1
        (1.5, "INVITE"),  # T1 + 2*T1: this one arrives
        (1.55, "180"),  # and no more INVITEs
        (4.55, "486"),
        (4.6, "ACK"),
    ]
    assert link.caller.log == [(1.6, "180"), (4.6, "486")]
    assert (link.caller.ended_at, link.callee.ended_at) == (36.6, 9.65)  # D, I


def test_silence_is_reported_when_timer_b_fires() -> None:
    link = Link("INVITE", [], lost=range(100))
    link.sim.run(until=100)
    assert [at for at, _ in link.wire] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert link.caller.log == [(32.0, "no final response to INVITE after 32 s")]


def test_a_lost_ack_is_sent_again_for_the_repeated_failure() -> None:
    link = Link("INVITE", [(0.0, 486)], lost={2})
    link.sim.run(until=100)
    assert [what for _, what in link.wire] == ["INVITE", "486", "ACK", "486", "ACK"]
    assert link.caller.log == [(0.1, "486")]


def test_a_callee_that_thinks_longer_than_200_ms_says_trying() -> None:
    link = Link("INVITE", [(1.0, 486)])
    link.sim.run(until=100)
    assert [what for _, what in link.wire] == ["INVITE", "100", "486", "ACK"]


FAULTS = [
    pytest.param({kind: {number}}, id=f"{kind}-{number}")
    for kind in ("lost", "doubled", "late")
    for number in range(6)
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("method", "answers"),
    [("INVITE", [(0.1, 180), (0.6, 486)]), ("BYE", [(0.1, 200)]), ("BYE", [(0.6, 481)])],
)
def test_one_bad_datagram_changes_nothing_that_the_users_see(
    method: str, answers: list[tuple[float, int]], fault: dict[str, set[int]]
) -> None:
    link = Link(method, answers, **fault)
    link.sim.run(until=200)
    assert [what for _, what in link.callee.log] == [method]
    finals = [what for _, what in link.caller.log if what not in ("100", "180")]
    assert finals == [str(answers[-1][1])]
    assert link.caller.ended_at is not None
    assert link.callee.ended_at is not None
