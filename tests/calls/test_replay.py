"""What a centre logged is enough to tell its distributor's decisions again."""

from pathlib import Path

from acd.explanation import Decision
from acd.replay import replay
from events.calls import CallEnded
from events.ids import AgentId, QueueName
from events.queues import OfferClosed, QueueAnswered, QueueCallHandled
from tests.calls.house import House
from tests.calls.phone import pick_up, refuse
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_the_log_of_a_centre_replays_and_explains(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        agent.on_ring = refuse(486)
        caller = await house.caller()
        caller.dial("1001")
        await house.until(OfferClosed)
        agent.on_ring = pick_up
        answered = await house.until(QueueAnswered)
        caller.hang_up()
        await house.until(CallEnded)
        await house.until(QueueCallHandled)
        queues = {QueueName(name): each for name, each in house.settings.queues.items()}
        agents = {AgentId(name): each for name, each in house.settings.agents.items()}
        heard: list[Decision] = []
        done = replay(house.recorded, queues, agents, witness=heard.append)
        assert done.difference is None
        assert done.decisions > 5
        assert [decision.agent for decision in heard] == [answered.agent] * 2
        assert heard[0].because == "nobody else was free and able"
