"""sentral status"""

from pathlib import Path

from tests.sentral.running import beside
from tests.web.routes.test_calls import live
from tests.web.serving import House


async def test_queues_agents_and_calls_on_one_page(tmp_path: Path) -> None:
    house = House(live=[live("c-1", stage="in_flow")])
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("status")
    assert result.exit_code == 0, result.output
    assert "The centre is ready." in result.output
    for word in ("support", "0:12", "Agent 71", "available", "0:30", "2001", "c-1", "in flow"):
        assert word in result.output


async def test_why_it_is_not_ready(tmp_path: Path) -> None:
    async with beside(House(not_ready=["stopping", "SIP is down"]), tmp_path) as terminal:
        result = await terminal.run("status")
        assert "The centre is not ready: stopping; SIP is down." in result.output
        assert "No call is going on." in result.output
        found = await terminal.json("status")
    assert found["ready"] is False
    assert [queue["name"] for queue in found["queues"]] == ["support"]
    assert found["calls"] == []
