"""echo: the caller's own sound, for a while."""

from ivr.node import Sound
from ivr.nodes.echo import Echo
from tests.ivr.fake_caller import FakeCaller


async def test_sound_is_sent_back_for_so_long() -> None:
    caller = FakeCaller()
    node = Echo.model_validate({"at_most_s": 7, "next": "n"})
    left = await node.run(caller)
    assert (caller.did, left.target, node.sound()) == (["echo 7"], "n", Sound.TWO_WAY)
