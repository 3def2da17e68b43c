"""What must hold of every transaction, whatever happens: Hypothesis plays the network and time."""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sip.errors import SipError, TransportFailed
from sip.message import Request
from sip.transactions.effects import Deliver, Effect, Fail, Forget, Send

BROKEN = TransportFailed("UDP 192.0.2.2:5060", "unreachable")
_MAX_LIFE_S = 1000.0  # far longer than any timer: nothing outlives it once it is answered


class TransactionModel(RuleBasedStateMachine):
    """Subclasses make the machine and add what its user and its peer can do.

    Invariants: after `Forget` no effect ever follows; no deadline lies in the past; a client is
    told a final result once (`final_effects_allowed`); a retransmission says that it is one.
    """

    final_effects_allowed: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.forgotten = False
        self.finals = 0
        self.sent: list[object] = []
        self.transaction: Any = None

    def make(self, *, reliable: bool) -> Any:
        raise NotImplementedError

    @initialize(reliable=st.booleans())
    def begin(self, reliable: bool) -> None:
        self.reliable = reliable
        self.transaction = self.make(reliable=reliable)
        self.obey(self.transaction.start(self.now))

    def obey(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            assert not self.forgotten, f"{effect} after Forget"
            match effect:
                case Send(message, repeated):
                    assert repeated == (message in self.sent), "a repetition must say so"
                    self.sent.append(message)
                    if isinstance(message, Request) and self.reliable:
                        assert not repeated or message.method == "ACK"
                case Deliver(response):
                    self.finals += response.status >= 200
                case Fail(error):
                    assert isinstance(error, SipError)
                case Forget():
                    self.forgotten = True
        assert self.finals <= self.final_effects_allowed
        return effects

    @rule(seconds=st.floats(0.01, 40.0))
    def time_passes(self, seconds: float) -> None:
        self.advance_to(self.now + seconds)

    @rule()
    def a_send_fails(self) -> None:
        self.obey(self.transaction.transport_failed(BROKEN, self.now))

    def advance_to(self, end: float) -> None:
        while (deadline := self.transaction.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.obey(self.transaction.handle_timers(self.now))
            assert self.transaction.next_deadline() != deadline, "a due timer must not stay due"
        self.now = end

    @invariant()
    def deadlines_are_never_in_the_past(self) -> None:
        if self.transaction is not None:
            deadline = self.transaction.next_deadline()
            assert deadline is None or deadline >= self.now
            assert not self.forgotten or deadline is None

    @invariant()
    def forget_comes_exactly_with_the_terminated_state(self) -> None:
        if self.transaction is not None:
            assert self.forgotten == (self.transaction.state.name == "TERMINATED")

    def teardown(self) -> None:
        """Left alone, a machine that runs any timer comes to its end."""
        if self.transaction is not None and self.transaction.next_deadline() is not None:
            self.advance_to(self.now + _MAX_LIFE_S)
            assert self.forgotten or self.transaction.state.name == "PROCEEDING"
