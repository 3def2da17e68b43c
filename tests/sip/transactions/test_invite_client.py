"""INVITE client transaction: what each input does, then any history at all."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sip.errors import NoFinalResponse, TransportFailed
from sip.message import Response, header
from sip.timers import TimerValues
from sip.transactions.effects import Deliver, Fail, Forget, Send
from sip.transactions.invite_client import TRANSITIONS, InviteClientTransaction, State
from tests.sip.messages import request, response
from tests.sip.transactions.model import TransactionModel

INVITE = request()
RINGING, OK, BUSY = (response(status, INVITE) for status in (180, 200, 486))
BROKEN = TransportFailed("UDP 192.0.2.2:5060", "unreachable")


def started(*, reliable: bool = False) -> InviteClientTransaction:
    transaction = InviteClientTransaction(INVITE, reliable=reliable)
    assert transaction.start(0.0) == [Send(INVITE)]
    return transaction


def test_retransmissions_double_without_bound_until_timer_b() -> None:
    transaction, sent = started(), []
    while (deadline := transaction.next_deadline()) is not None:
        effects = transaction.handle_timers(deadline)
        sent.append(deadline)
    assert sent == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 32.0]
    assert isinstance(effects[0], Fail)
    assert isinstance(effects[0].error, NoFinalResponse)
    assert effects[1:] == [Forget()]
    assert transaction.state is State.TERMINATED


def test_a_reliable_transport_never_retransmits() -> None:
    transaction = started(reliable=True)
    assert transaction.next_deadline() == 32.0


def test_ringing_stops_every_timer() -> None:
    transaction = started()
    assert transaction.receive(RINGING, 0.1) == [Deliver(RINGING)]
    assert transaction.next_deadline() is None
    assert transaction.receive(RINGING, 60.0) == [Deliver(RINGING)]


def test_every_2xx_is_delivered_until_timer_m() -> None:
    transaction = started()
    other_fork = response(200, INVITE, to_tag="c")
    assert transaction.receive(OK, 1.0) == [Deliver(OK)]
    assert transaction.receive(other_fork, 2.0) == [Deliver(other_fork)]
    assert transaction.receive(BUSY, 3.0) == []
    assert transaction.receive(RINGING, 3.0) == []
    assert transaction.handle_timers(32.9) == []
    assert transaction.handle_timers(33.0) == [Forget()]


def test_a_failure_is_acknowledged_each_time_and_delivered_once() -> None:
    transaction = started()
    first = transaction.receive(BUSY, 1.0)
    assert isinstance(first[0], Send)
    assert header(first[0].message, "CSeq") == "1 ACK"
    assert header(first[0].message, "To").endswith(";tag=b")
    assert first[1:] == [Deliver(BUSY)]
    again = transaction.receive(BUSY, 2.0)
    assert again == [Send(first[0].message, repeated=True)]
    assert transaction.receive(OK, 2.0) == []
    assert transaction.handle_timers(33.0) == [Forget()]  # Timer D, from the first 486


def test_on_a_reliable_transport_a_failure_ends_it_at_once() -> None:
    effects = started(reliable=True).receive(BUSY, 1.0)
    assert [type(effect) for effect in effects] == [Send, Deliver, Forget]


def test_a_transport_error_is_told_only_while_there_is_no_answer() -> None:
    assert started().transport_failed(BROKEN, 0.0) == [Fail(BROKEN), Forget()]
    answered = started()
    answered.receive(BUSY, 1.0)
    assert answered.transport_failed(BROKEN, 1.0) == [Forget()]
    accepted = started()
    accepted.receive(OK, 1.0)
    assert accepted.transport_failed(BROKEN, 1.0) == []


def test_timers_scale_with_t1() -> None:
    transaction = InviteClientTransaction(INVITE, reliable=False, timers=TimerValues(t1_s=0.05))
    transaction.start(10.0)
    assert transaction.next_deadline() == pytest.approx(10.05)


def test_every_state_but_the_last_can_be_left() -> None:
    left = {state for (state, _), target in TRANSITIONS.items() if target is not state}
    assert left == set(State) - {State.TERMINATED}


class InviteClientModel(TransactionModel):
    final_effects_allowed = 40  # forks: every 2xx goes up

    def make(self, *, reliable: bool) -> InviteClientTransaction:
        return InviteClientTransaction(INVITE, reliable=reliable)

    @rule(message=st.sampled_from([RINGING, OK, BUSY]))
    def answer_arrives(self, message: Response) -> None:
        failed_before = self.transaction.state is State.COMPLETED
        effects = self.obey(self.transaction.receive(message, self.now))
        if failed_before:
            assert not any(isinstance(effect, Deliver) for effect in effects)


TestInviteClient = InviteClientModel.TestCase
TestInviteClient.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
