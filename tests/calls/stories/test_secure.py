"""Secret digits through a whole centre: in no event, no checkpoint, and gone after a restart."""

from pathlib import Path

from events.calls import CallCheckpointed, NodeVisited
from events.codec import to_json
from tests.calls.house import House
from tests.virtual_time import in_virtual_time

CARD = "4111111111111111"
FLOW = """
languages: [en]
start: card
nodes:
  card: {kind: secure, prompt: number, into: card, max_digits: 19, next: known, otherwise: bye}
  known: {kind: branch, cases: [{when: card, then: wait}], otherwise: bye}
  wait: {kind: wait, seconds: 60, next: again}
  again: {kind: branch, cases: [{when: card, then: sorry}], otherwise: bye}
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
"""


@in_virtual_time
async def test_the_digits_are_written_nowhere(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallCheckpointed)
        house.press(house.call.leg, f"{CARD}#")
        await house.until(NodeVisited, where=lambda visit: visit.node == "known")
        visits = [(visit.node, visit.outcome) for visit in house.all(NodeVisited)]
        assert visits == [("card", "next"), ("known", "case_1")]
        house.call.checkpoint()
        assert not [each for each in house.recorded if CARD in str(to_json(each))]
        await house.crash()
        assert await house.restart() == 1
        await house.until(NodeVisited, where=lambda visit: visit.node == "bye")
