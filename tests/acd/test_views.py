"""What others see of the distributor."""

from acd.model import AgentView, Place, QueueView, WaitingView
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentEngaged, AgentMadeNotAvailable, AgentState, PhoneLost
from events.ids import CallId, EntryId, OfferId, QueueName
from events.queues import OfferOutcome
from tests.acd.driver import ANN, BOB, PHONES, QUEUE, Driver


def test_an_agent_through_a_call() -> None:
    d = Driver(QueueSettings(wrap_up_s=20))
    assert d.view(ANN) == AgentView(
        id=ANN,
        state=AgentState.SIGNED_OUT,
        reason="",
        since=0.0,
        phone=None,
        reachable=False,
        call=None,
        offer=None,
        queue=None,
        idle_since=None,
        rests_until=None,
        pending=None,
    )
    d.now = 5.0
    d.signs_in(ANN)
    assert (d.view(ANN).since, d.view(ANN).idle_since) == (5.0, 5.0)
    d.calls("c", at=9)
    offered = d.view(ANN)
    assert (offered.state, offered.offer, offered.queue) == (AgentState.OFFERED, 1, QUEUE)
    assert (offered.call, offered.idle_since, offered.phone) == (None, 5.0, PHONES[ANN])
    d.talks("c", ANN, 1, seconds=30)
    wrapping = d.view(ANN)
    assert (wrapping.state, wrapping.call, wrapping.queue) == (AgentState.WRAP_UP, "c", QUEUE)
    assert (wrapping.offer, wrapping.idle_since, wrapping.since) == (None, None, 39.0)


def test_agents_are_listed_by_name() -> None:
    d = Driver(agents={BOB: AgentProfile(), ANN: AgentProfile()})
    assert [view.id for view in d.acd.agents()] == [ANN, BOB]


def test_a_queue_counts_callers_and_able_agents() -> None:
    sales, help_ = QueueName("sales"), QueueName("help")
    d = Driver(
        {sales: QueueSettings(skills={"sales": 2}), help_: QueueSettings()},
        {ANN: AgentProfile(skills={"sales": 5}), BOB: AgentProfile(skills={"sales": 1})},
    )
    d.signs_in(ANN, BOB)
    d.calls("a", at=10, queue=sales)
    d.calls("b", at=12, queue=sales)
    assert d.acd.queues() == [
        QueueView(sales, waiting=2, offered=1, oldest_queued_at=10, able=1, able_available=0),
        QueueView(help_, waiting=0, offered=0, oldest_queued_at=None, able=2, able_available=1),
    ]
    assert d.acd.queues()[0].longest_wait_s(25.0) == 15.0
    assert d.acd.queues()[1].longest_wait_s(25.0) == 0.0
    d.happens(AgentEngaged(BOB, CallId("x")))
    assert (d.acd.queues()[1].able, d.acd.queues()[1].able_available) == (2, 0)
    d.happens(AgentMadeNotAvailable(ANN), PhoneLost(PHONES[BOB], "expired"))
    assert [queue.able for queue in d.acd.queues()] == [0, 0]


def test_the_waiting_are_listed_as_they_will_be_served() -> None:
    d = Driver(QueueSettings(max_wait_s=50))
    d.calls("old", at=0)
    d.calls("first", at=10)
    d.calls("urgent", at=20, priority=3, waited_s=7)
    d.passes(50)
    d.signs_in(ANN)
    assert d.acd.waiting(QUEUE) == [
        WaitingView(
            call=CallId("urgent"),
            entry=EntryId("urgent"),
            queue=QUEUE,
            place=Place.OFFERED,
            position=1,
            queued_at=20,
            waited_s=7,
            priority=3,
            offers=(OfferId(1),),
            agents=(ANN,),
        ),
        WaitingView(CallId("first"), EntryId("first"), QUEUE, Place.WAITING, 2, 10, 0, 0, (), ()),
        WaitingView(CallId("old"), EntryId("old"), QUEUE, Place.LEAVING, None, 0, 0, 0, (), ()),
    ]
    d.answers(1)
    assert d.acd.waiting(QUEUE)[0].place is Place.CONNECTING


def test_a_resting_agent_says_until_when() -> None:
    d = Driver(QueueSettings(back_off_s=5))
    d.signs_in(ANN)
    d.calls("c", at=3)
    d.fails(1, OfferOutcome.BUSY)
    assert d.view(ANN).rests_until == 8
    assert d.acd.queues()[0].able == 1
