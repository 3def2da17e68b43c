"""log: notes in the call's story."""

from ivr.nodes.log import Log
from tests.ivr.fake_caller import FakeCaller


async def test_values_are_computed_and_written_down() -> None:
    log = Log.model_validate(
        {"event": "card.blocked", "values": {"tries": "{{ n + 1 }}", "why": "lost"}, "next": "a"}
    )
    caller = FakeCaller(n=2)
    assert (await log.run(caller)).target == "a"
    assert caller.world.noted == [("card.blocked", {"tries": 3, "why": "lost"})]
