"""A queue call that nobody took is told to the agent whose phone rang, in every place they look."""

from pathlib import Path
from typing import Any

from events.agents import AgentState, AgentStateChanged
from events.calls import LegRang
from events.event import Recorded
from events.ids import AgentId
from events.queues import OfferClosed, OfferOutcome, QueueAnswered
from events.story import tell
from sip.dialogs.leg_events import HungUp
from tests.calls.house import House
from tests.virtual_time import in_virtual_time

AYU, BUDI = AgentId("1"), AgentId("2")


def support(**settings: Any) -> dict[str, Any]:
    return {"queues": {"support": {"ring_s": 20, "wrap_up_s": 0, **settings}}}


def of_the_call(house: House) -> list[Recorded]:
    call = house.all(OfferClosed)[0].call
    return [recorded for recorded in house.recorded if getattr(recorded.event, "call", "") == call]


@in_virtual_time
async def test_who_does_not_answer_is_told_everywhere(tmp_path: Path) -> None:
    async with House(tmp_path, changes=support()) as house:
        ayu = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1001")
        closed = await house.until(OfferClosed)
        assert (closed.agent, closed.outcome) == (AYU, OfferOutcome.NO_ANSWER)
        told = await ayu.until(HungUp)
        assert isinstance(told, HungUp)
        assert told.cancelled
        assert told.cause != "Call completed elsewhere", "their phone would not list it"
        (view,) = (each for each in house.parts.distributor.agents() if each.id == AYU)
        assert (view.state, view.reason) == (AgentState.NOT_ANSWERING, "no_answer")
        change = house.all(AgentStateChanged)[-1]
        assert (change.agent, change.state, change.reason) == (AYU, view.state, "no_answer")
        caller.hang_up()
        await house.quiet()
        (visit,) = tell(of_the_call(house)).queues
        assert [(each.agent, each.outcome) for each in visit.offers] == [
            (AYU, OfferOutcome.NO_ANSWER)
        ]
        await house.later(3600.0)
        assert house.state(AYU) is AgentState.NOT_ANSWERING, "until they act, it stays to be seen"
        house.parts.desk.make_available(AYU)
        assert house.state(AYU) is AgentState.AVAILABLE


@in_virtual_time
async def test_what_a_colleague_took_was_not_missed(tmp_path: Path) -> None:
    async with House(tmp_path, changes=support(ring_at_once=2)) as house:
        ayu, budi = await house.phone("3001"), await house.phone("3003")
        await budi.register()
        caller = await house.caller()
        caller.dial("1001")
        await house.until(LegRang, count=2)
        budi.answer()
        await house.until(QueueAnswered)
        told = await ayu.until(HungUp)
        assert isinstance(told, HungUp)
        assert (told.cancelled, told.cause) == (True, "Call completed elsewhere")
        caller.hang_up()
        await house.quiet()
        (visit,) = tell(of_the_call(house)).queues
        assert {each.agent: each.outcome for each in visit.offers} == {
            AYU: OfferOutcome.WITHDRAWN,
            BUDI: OfferOutcome.ANSWERED,
        }
