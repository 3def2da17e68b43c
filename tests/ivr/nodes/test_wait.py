"""wait: in silence or not."""

import asyncio

from ivr.node import Sound
from ivr.nodes.wait import Wait
from tests.ivr.fake_caller import FakeCaller
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_seconds_pass() -> None:
    wait = Wait.model_validate({"seconds": 30, "next": "a"})
    caller = FakeCaller()
    assert (await wait.run(caller)).target == "a"
    assert (asyncio.get_running_loop().time(), caller.heard) == (30, [])
    assert wait.sound() is Sound.NONE


@in_virtual_time
async def test_something_is_heard_over_and_over() -> None:
    wait = Wait.model_validate({"seconds": 0.9, "prompt": "tick", "next": "a"})
    caller = FakeCaller()
    await wait.run(caller)
    assert caller.heard == ["tick"] * 5
    assert wait.sound() is Sound.ONE_WAY
