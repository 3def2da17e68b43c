"""INVITE server transaction: what each input does, then any history at all."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sip.errors import NoAcknowledgement, TransportFailed
from sip.message import Response, response_to
from sip.transactions.effects import DeliverAck, Fail, Forget, Send
from sip.transactions.invite_server import TRANSITIONS, InviteServerTransaction, State
from tests.sip.messages import request
from tests.sip.transactions.model import TransactionModel

INVITE = request()
ACK = request("ACK")
TRYING = response_to(INVITE, 100)
RINGING, OK, BUSY = (response_to(INVITE, status, to_tag="b") for status in (180, 200, 486))
BROKEN = TransportFailed("UDP 192.0.2.1:5060", "unreachable")


def started(*, reliable: bool = False) -> InviteServerTransaction:
    transaction = InviteServerTransaction(INVITE, reliable=reliable)
    assert transaction.start(0.0) == []
    return transaction


def answered(response: Response, *, reliable: bool = False) -> InviteServerTransaction:
    transaction = started(reliable=reliable)
    assert transaction.respond(response, 0.1) == [Send(response)]
    return transaction


def test_it_says_trying_only_if_its_user_was_silent_for_200_ms() -> None:
    silent = started()
    assert silent.receive(INVITE, 0.1) == []
    assert silent.next_deadline() == 0.2
    assert silent.handle_timers(0.2) == [Send(TRYING)]
    assert silent.receive(INVITE, 0.5) == [Send(TRYING, repeated=True)]
    assert answered(RINGING).next_deadline() is None


def test_a_repeated_invite_gets_the_latest_response() -> None:
    transaction = answered(RINGING)
    assert transaction.receive(INVITE, 0.5) == [Send(RINGING, repeated=True)]
    transaction.respond(BUSY, 1.0)
    assert transaction.receive(INVITE, 1.1) == [Send(BUSY, repeated=True)]


def test_a_failure_is_repeated_until_its_ack_and_repeated_acks_are_absorbed() -> None:
    transaction = answered(BUSY)
    times = []
    while (deadline := transaction.next_deadline()) is not None and deadline < 10:
        assert transaction.handle_timers(deadline) == [Send(BUSY, repeated=True)]
        times.append(round(deadline, 6))
    assert times == [0.6, 1.6, 3.6, 7.6]
    assert transaction.receive(ACK, 10.0) == []
    assert transaction.state is State.CONFIRMED
    assert transaction.receive(ACK, 11.0) == []
    assert transaction.receive(INVITE, 11.0) == []
    assert transaction.handle_timers(15.0) == [Forget()]


def test_a_failure_never_acknowledged_is_reported_by_timer_h() -> None:
    transaction = answered(BUSY, reliable=True)
    assert transaction.next_deadline() == 32.1
    failed, forget = transaction.handle_timers(32.1)
    assert isinstance(failed, Fail)
    assert isinstance(failed.error, NoAcknowledgement)
    assert failed.error.sent_status == 486
    assert forget == Forget()


def test_on_a_reliable_transport_the_ack_ends_it() -> None:
    assert answered(BUSY, reliable=True).receive(ACK, 1.0) == [Forget()]


def test_after_a_2xx_it_absorbs_invites_passes_acks_and_sends_what_the_dialog_repeats() -> None:
    transaction = answered(OK)
    assert transaction.receive(INVITE, 1.0) == []
    assert transaction.respond(OK, 1.5) == [Send(OK)]
    assert transaction.receive(ACK, 2.0) == [DeliverAck(ACK)]
    assert transaction.respond(BUSY, 3.0) == []
    assert transaction.handle_timers(32.1) == [Forget()]


def test_a_response_that_could_not_leave_is_told_but_may_be_repeated() -> None:
    transaction = answered(BUSY)
    assert transaction.transport_failed(BROKEN, 0.1) == [Fail(BROKEN)]
    assert transaction.receive(INVITE, 0.2) == [Send(BUSY, repeated=True)]


def test_the_first_final_response_wins() -> None:
    transaction = answered(BUSY)
    assert transaction.respond(OK, 1.0) == []
    assert transaction.respond(RINGING, 1.0) == []


def test_every_state_but_the_last_can_be_left() -> None:
    left = {state for (state, _), target in TRANSITIONS.items() if target is not state}
    assert left == set(State) - {State.TERMINATED}


class InviteServerModel(TransactionModel):
    def make(self, *, reliable: bool) -> InviteServerTransaction:
        return InviteServerTransaction(INVITE, reliable=reliable)

    @rule(status=st.sampled_from([180, 183, 200, 486, 487]))
    def user_responds(self, status: int) -> None:
        final_before = self.transaction.state is not State.PROCEEDING
        answer = response_to(INVITE, status, f"Reason {len(self.sent)}", to_tag="b")
        effects = self.obey(self.transaction.respond(answer, self.now))
        if final_before:
            assert effects in ([], [Send(answer)])
            assert not effects or 200 <= status < 300

    @rule()
    def invite_is_repeated(self) -> None:
        effects = self.obey(self.transaction.receive(INVITE, self.now))
        assert [effect.message for effect in effects if isinstance(effect, Send)] in (
            [],
            self.sent[-1:],
        )

    @rule()
    def ack_arrives(self) -> None:
        accepted = self.transaction.state is State.ACCEPTED
        effects = self.obey(self.transaction.receive(ACK, self.now))
        assert any(isinstance(effect, DeliverAck) for effect in effects) == accepted


TestInviteServer = InviteServerModel.TestCase
TestInviteServer.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
