"""Flows that change while calls are in them."""

from pathlib import Path

from events.calls import FlowEntered, NodeVisited
from ivr.loader import load_flows
from tests.calls.house import House
from tests.calls.plan import PROMPTS
from tests.virtual_time import in_virtual_time

OLD = """\
languages: [en]
start: ask
nodes:
  ask: {kind: menu, prompt: menu, choices: {1: old}, otherwise: end}
  old: {kind: hang_up}
"""


@in_virtual_time
async def test_calls_end_on_the_flow_that_they_began_and_new_ones_take_the_new(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, flows={"main": OLD}) as house:
        first = await house.caller()
        first.dial("1000")
        await house.until(FlowEntered)
        await house.later(0.1)
        folder = tmp_path / "flows"
        (folder / "main.yaml").write_text(OLD.replace("old", "new"))
        flows = load_flows(folder, prompts=lambda _: PROMPTS, queues=house.settings.queues)
        assert house.parts.centre.services.flows.replace(flows) == ("main",)
        house.press(house.call.leg, "1")
        assert (await house.until(NodeVisited)).node == "ask"
        await house.later(0.1)
        assert [visit.node for visit in house.all(NodeVisited)] == ["ask", "old"]
        second = await house.caller("62812", port=5070)
        second.dial("1000")
        await house.until(FlowEntered)
        await house.later(0.1)
        house.press(house.call.leg, "1")
        await house.later(0.1)
        assert [visit.node for visit in house.all(NodeVisited)][2:] == ["ask", "new"]
        one, two = house.all(FlowEntered)
        assert one.version != two.version
        await house.quiet()
