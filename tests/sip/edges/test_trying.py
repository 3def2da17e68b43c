"""Whose 100 is a sign of life: the phone's own, never a proxy's."""

import asyncio

import pytest

from sip.address import Target
from sip.dialogs.leg_events import Trying
from tests.sip.memory_network import MemoryNetwork
from tests.sip.scenes import RAW, RAW_URI, party_and_raw
from tests.virtual_time import in_virtual_time


@pytest.mark.parametrize(("route", "told"), [((), 1), (("<sip:127.0.0.3;lr>",), 0)])
@in_virtual_time
async def test_a_100_is_told_once_unless_it_may_be_a_proxys(
    route: tuple[str, ...], told: int
) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        party.call_target(Target(RAW_URI, RAW, route=route))
        invite = await raw.next_request("INVITE")
        raw.respond(invite, 100)
        raw.respond(invite, 100)
        await asyncio.sleep(0.1)
        assert [type(each) for each in party.events] == [Trying] * told
