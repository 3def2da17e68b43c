"""hang_up: a last word and the end."""

from ivr.node import Sound
from ivr.nodes.hang_up import HangUp
from tests.ivr.fake_caller import FakeCaller


async def test_goodbye_is_said_to_its_end() -> None:
    caller = FakeCaller(typed="1")
    node = HangUp.model_validate({"prompt": ["thanks", "goodbye"]})
    left = await node.run(caller)
    assert (caller.heard, caller.ended) == (["thanks", "goodbye"], "normal")
    assert left.outcome == "hung_up"
    assert node.ends_flow()


async def test_a_refusal_needs_no_sound() -> None:
    caller = FakeCaller()
    node = HangUp.model_validate({"cause": "busy"})
    await node.run(caller)
    assert (caller.heard, caller.ended, node.sound()) == ([], "busy", Sound.NONE)
