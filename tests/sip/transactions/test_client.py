"""Non-INVITE client transaction: what each input does, then any history at all."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sip.errors import NoFinalResponse, TransportFailed
from sip.transactions.client import TRANSITIONS, ClientTransaction, State
from sip.transactions.effects import Deliver, Fail, Forget, Send
from tests.sip.messages import request, response
from tests.sip.transactions.model import TransactionModel

BYE = request("BYE")
TRYING, OK = response(100, BYE), response(200, BYE)
BROKEN = TransportFailed("UDP 192.0.2.2:5060", "unreachable")


def started(*, reliable: bool = False) -> ClientTransaction:
    transaction = ClientTransaction(BYE, reliable=reliable)
    assert transaction.start(0.0) == [Send(BYE)]
    return transaction


def drained(transaction: ClientTransaction) -> list[float]:
    times = []
    while (deadline := transaction.next_deadline()) is not None:
        transaction.handle_timers(deadline)
        times.append(deadline)
    return times


def test_retransmissions_double_up_to_t2_until_timer_f() -> None:
    times = drained(started())
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32.0]


def test_after_a_provisional_it_repeats_every_t2_and_still_gives_up() -> None:
    transaction = started()
    assert transaction.receive(TRYING, 0.1) == [Deliver(TRYING)]
    assert drained(transaction) == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 32.0]


def test_silence_is_reported_with_method_and_time() -> None:
    transaction = started(reliable=True)
    failed, forget = transaction.handle_timers(32.0)
    assert isinstance(failed, Fail)
    assert isinstance(failed.error, NoFinalResponse)
    assert (failed.error.method, failed.error.waited_s) == ("BYE", 32.0)
    assert forget == Forget()


def test_a_final_answer_is_delivered_once_and_repetitions_absorbed_until_timer_k() -> None:
    transaction = started()
    assert transaction.receive(OK, 1.0) == [Deliver(OK)]
    assert transaction.receive(OK, 2.0) == []
    assert transaction.receive(TRYING, 2.0) == []
    assert transaction.transport_failed(BROKEN, 2.0) == []
    assert transaction.handle_timers(6.0) == [Forget()]
    assert transaction.receive(OK, 7.0) == []


def test_on_a_reliable_transport_the_answer_ends_it() -> None:
    assert started(reliable=True).receive(OK, 1.0) == [Deliver(OK), Forget()]


def test_a_transport_error_is_told() -> None:
    assert started().transport_failed(BROKEN, 0.0) == [Fail(BROKEN), Forget()]


def test_every_state_but_the_last_can_be_left() -> None:
    left = {state for (state, _), target in TRANSITIONS.items() if target is not state}
    assert left == set(State) - {State.TERMINATED}


class ClientModel(TransactionModel):
    def make(self, *, reliable: bool) -> ClientTransaction:
        return ClientTransaction(BYE, reliable=reliable)

    @rule(status=st.sampled_from([100, 200, 481]))
    def answer_arrives(self, status: int) -> None:
        self.obey(self.transaction.receive(response(status, BYE), self.now))


TestClient = ClientModel.TestCase
TestClient.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
