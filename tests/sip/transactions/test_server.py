"""Non-INVITE server transaction: what each input does, then any history at all."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sip.errors import TransportFailed
from sip.message import response_to
from sip.transactions.effects import Fail, Forget, Send
from sip.transactions.server import TRANSITIONS, ServerTransaction, State
from tests.sip.messages import request
from tests.sip.transactions.model import TransactionModel

REGISTER = request("REGISTER")
TRYING, OK, REFUSED = (response_to(REGISTER, status, to_tag="b") for status in (100, 200, 403))
BROKEN = TransportFailed("UDP 192.0.2.1:5060", "unreachable")


def test_a_repeated_request_gets_the_same_answer_and_never_reaches_the_user() -> None:
    transaction = ServerTransaction(REGISTER, reliable=False)
    assert transaction.start(0.0) == []
    assert transaction.receive(REGISTER, 0.1) == []
    assert transaction.respond(TRYING, 0.2) == [Send(TRYING)]
    assert transaction.receive(REGISTER, 0.3) == [Send(TRYING, repeated=True)]
    assert transaction.respond(OK, 0.4) == [Send(OK)]
    assert transaction.respond(REFUSED, 0.5) == []
    assert transaction.receive(REGISTER, 0.6) == [Send(OK, repeated=True)]
    assert transaction.handle_timers(32.4) == [Forget()]
    assert transaction.receive(REGISTER, 33.0) == []


def test_on_a_reliable_transport_the_answer_ends_it() -> None:
    transaction = ServerTransaction(REGISTER, reliable=True)
    assert transaction.respond(OK, 0.0) == [Send(OK), Forget()]


def test_a_transport_error_ends_it_and_is_told() -> None:
    transaction = ServerTransaction(REGISTER, reliable=False)
    transaction.respond(OK, 0.0)
    assert transaction.transport_failed(BROKEN, 0.0) == [Fail(BROKEN), Forget()]
    assert transaction.transport_failed(BROKEN, 0.0) == []


def test_every_state_but_the_last_can_be_left() -> None:
    left = {state for (state, _), target in TRANSITIONS.items() if target is not state}
    assert left == set(State) - {State.TERMINATED}


class ServerModel(TransactionModel):
    def make(self, *, reliable: bool) -> ServerTransaction:
        return ServerTransaction(REGISTER, reliable=reliable)

    @rule(status=st.sampled_from([100, 200, 403]))
    def user_responds(self, status: int) -> None:
        answer = response_to(REGISTER, status, f"Reason {len(self.sent)}", to_tag="b")
        self.obey(self.transaction.respond(answer, self.now))

    @rule()
    def request_is_repeated(self) -> None:
        effects = self.obey(self.transaction.receive(REGISTER, self.now))
        assert [effect.message for effect in effects if isinstance(effect, Send)] in (
            [],
            self.sent[-1:],
        )


TestServer = ServerModel.TestCase
TestServer.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
