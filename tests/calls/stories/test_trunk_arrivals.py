"""Calls in from trunks: known by password from anywhere, and not more of them than agreed."""

from pathlib import Path
from typing import Any

import pytest

from events.calls import CallArrived, CallEnded
from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, LegEvent, Rejected
from sip.digest import Algorithm, Credentials, ha1
from tests.calls.house import House
from tests.calls.phone import CENTRE, REALM, Phone, sdp
from tests.virtual_time import in_virtual_time


def by_password(**more: Any) -> dict[str, Any]:
    digest = ha1("partner", REALM, "right", Algorithm.MD5)
    trunk = {"username": "partner", "ha1": {"MD5": digest}, "probe_s": None, **more}
    return {"trunks": {"partner": trunk}}


@pytest.mark.parametrize(("password", "trunk"), [("right", "partner"), ("wrong", None)])
@in_virtual_time
async def test_a_trunk_proves_itself_from_anywhere(
    password: str, trunk: str | None, tmp_path: Path
) -> None:
    async with House(tmp_path, changes=by_password()) as house:
        stranger = await house.phone("3009")
        heard: list[LegEvent] = []
        leg = stranger.agent.invite(
            Target(f"sip:1000@{CENTRE}", Address("UDP", CENTRE, 5060)),
            from_user="0812",
            sdp=sdp(stranger.host),
            credentials=Credentials("partner", password),
            on_event=heard.append,
        )
        await house.later(5)
        assert [arrived.trunk for arrived in house.all(CallArrived)] == ([trunk] if trunk else [])
        if trunk is None:
            assert [each.status for each in heard if isinstance(each, Rejected)] == [403]
        leg.hang_up()
        await house.quiet()


@in_virtual_time
async def test_a_full_trunk_hears_486_and_one_call_less_makes_room(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"trunks": {"carrier": {"max_calls": 2}}}) as house:
        callers = [await house.caller(f"6281{n}", port=5060 + n) for n in range(3)]
        for caller in callers[:2]:
            caller.dial("1000")
            await caller.until(Answered)
        third: Phone = callers[2]
        third.dial("1000")
        refused = await third.until(Rejected)
        assert isinstance(refused, Rejected)
        assert refused.status == 486
        callers[0].hang_up()
        await house.until(CallEnded, count=2)
        third.dial("1000")
        await third.until(Answered)
        for caller in callers[1:]:
            caller.hang_up()
        await house.quiet()
