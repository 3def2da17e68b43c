"""A phone that never registers, behind a proxy: `contact` and `route`, RFC 3261 §8.1.2."""

from pathlib import Path
from typing import Any

import pytest

from events.calls import CallEnded
from sip.address import Address
from sip.message import header, header_values
from tests.calls.house import House
from tests.calls.phone import CENTRE, sdp
from tests.sip.raw_peer import RawPeer
from tests.virtual_time import in_virtual_time

PROXY = Address("UDP", "192.0.2.90", 5060)
BEHIND = "sip:3002@10.1.2.3:5062"


@pytest.mark.parametrize(
    ("route", "written"),
    [
        (["sip:192.0.2.90"], ["<sip:192.0.2.90;lr>"]),
        (
            ["sip:192.0.2.90:5060;lr", "sip:10.1.2.1"],
            ["<sip:192.0.2.90:5060;lr>", "<sip:10.1.2.1;lr>"],
        ),
    ],
)
@in_virtual_time
async def test_its_calls_go_by_way_of_the_proxy(
    tmp_path: Path, route: list[str], written: list[str]
) -> None:
    changes: dict[str, Any] = {"phones": {"3002": {"contact": BEHIND, "route": route}}}
    async with House(tmp_path, changes=changes) as house:
        proxy = await RawPeer(Address("UDP", CENTRE, 5060)).open(house.network.open, PROXY)
        caller = await house.phone("3001")
        caller.dial("3002")
        invite = await proxy.next_request("INVITE")
        assert invite.uri == BEHIND
        assert header_values(invite, "Route") == written
        recorded = (("Record-Route", "<sip:192.0.2.90;lr;side=in>"),)
        proxy.respond(invite, 200, headers=recorded, body=sdp("10.1.2.3"))
        ack = await proxy.next_request("ACK")
        assert header_values(ack, "Route") == ["<sip:192.0.2.90;lr;side=in>"]
        await house.later(1.0)
        caller.hang_up()
        bye = await proxy.next_request("BYE")
        assert header(bye, "Route") == "<sip:192.0.2.90;lr;side=in>"
        proxy.respond(bye, 200)
        await house.until(CallEnded)
        await house.quiet()
