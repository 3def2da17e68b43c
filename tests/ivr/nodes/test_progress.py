"""progress: early media, unpaid."""

from ivr.node import Sound
from ivr.nodes.progress import Progress
from tests.ivr.fake_caller import FakeCaller


async def test_early_media_opens() -> None:
    caller = FakeCaller()
    node = Progress.model_validate({"next": "n"})
    left = await node.run(caller)
    assert (caller.did, caller.hears_us, left.target) == (["progress"], True, "n")
    assert node.sound() is Sound.NONE, "it must not answer"
