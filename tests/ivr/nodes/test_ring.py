"""ring: 180, and how long it rings before the flow goes on."""

import asyncio

from ivr.nodes.ring import Ring
from tests.ivr.fake_caller import FakeCaller
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_it_rings_as_long_as_the_flow_says() -> None:
    caller, loop = FakeCaller(), asyncio.get_running_loop()
    began = loop.time()
    left = await Ring.model_validate({"seconds": 4, "next": "n"}).run(caller)
    assert loop.time() - began == 4
    assert (caller.did, left.target) == (["ring"], "n")


@in_virtual_time
async def test_without_seconds_the_flow_goes_on_at_once() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await Ring.model_validate({"next": "n"}).run(FakeCaller())
    assert loop.time() == began
