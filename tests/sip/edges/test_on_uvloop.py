"""The loop that `serve` runs on has transports of its own making."""

import asyncio
from typing import Literal

import pytest
import uvloop

from sip.dialogs.leg_events import Confirmed, HungUp
from tests.sip.edges.test_real_sockets import parties, uri


async def call(kind: Literal["UDP", "TCP"]) -> None:
    async with parties(kind) as (alice, bob):
        leg = alice.call(uri(bob.address))
        await bob.until(Confirmed)
        leg.hang_up()
        await bob.until(HungUp)


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
def test_a_call_on_uvloop(kind: Literal["UDP", "TCP"]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(call(kind), 30))
