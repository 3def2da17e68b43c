"""Keys by SIP INFO on a bridge: to phones that take nothing else, and from those that send them."""

from pathlib import Path
from typing import Any

import pytest

from events.queues import QueueAnswered
from events.secure_entry import SecureEntryBegan
from sip.dialogs.leg_events import KeyByInfo
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.virtual_time import in_virtual_time


def centre(tmp_path: Path, **changes: Any) -> House:
    """The agent's phone takes keys by INFO."""
    return House(tmp_path, changes={"phones": {"3001": {"keys": "info"}}, **changes})


async def talking(house: House) -> tuple[Phone, Phone]:
    agent = await house.phone("3001")
    agent.on_ring = pick_up
    caller = await house.caller()
    caller.dial("1001")
    await house.until(QueueAnswered)
    await house.later(5)
    return caller, agent


def pressed(phone: Phone) -> str:
    return "".join(event.key for event in phone.heard if isinstance(event, KeyByInfo))


@in_virtual_time
async def test_a_callers_keys_reach_the_agents_phone_by_info(tmp_path: Path) -> None:
    async with centre(tmp_path) as house:
        caller, agent = await talking(house)
        caller.leg.send_key("7", 100)
        await house.later(1)
        assert pressed(agent) == "7", "a caller's INFO too"
        house.press(house.call.leg, "5*")
        await house.later(1)
        assert (pressed(agent), pressed(caller)) == ("75*", "")
        caller.leg.send_key("8", 100)
        await house.later(1)
        assert pressed(agent) == "75*", "who sends telephone-events is heard by those alone"
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_without_the_setting_nobody_gets_info(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await talking(house)
        house.press(house.call.leg, "5")
        house.press(house.other, "6")
        await house.later(1)
        assert (pressed(agent), pressed(caller)) == ("", "")


@in_virtual_time
async def test_a_trunk_that_takes_info_gets_the_agents_keys_but_no_codes(tmp_path: Path) -> None:
    secure = {"code": "*7", "url": "https://vault.example/cards", "token_env": "VAULT"}
    changes = {"trunks": {"carrier": {"keys": "info"}}, "calls": {"secure_entry": secure}}
    async with House(tmp_path, changes=changes) as house:
        caller, _ = await talking(house)
        house.press(house.other, "1")
        await house.later(1)
        assert pressed(caller) == "1"
        house.press(house.other, "*7")
        await house.until(SecureEntryBegan)
        await house.later(1)
        assert pressed(caller) == "1"


@pytest.mark.parametrize("by_info", [False, True])
@in_virtual_time
async def test_secret_digits_leave_by_no_way(by_info: bool, tmp_path: Path) -> None:
    secure = {"code": "*7", "url": "https://vault.example/cards", "token_env": "VAULT"}
    async with centre(tmp_path, calls={"secure_entry": secure}) as house:
        caller, agent = await talking(house)
        house.parts.centre.secure_entries.begin(house.call.id, "api")
        await house.later(2)
        if by_info:
            for key in "4111":
                caller.leg.send_key(key, 100)
        else:
            house.press(house.call.leg, "4111")
        await house.later(1)
        assert pressed(agent) == ""


@in_virtual_time
async def test_a_restart_does_not_forget_how_a_phone_takes_keys(tmp_path: Path) -> None:
    async with centre(tmp_path) as house:
        _, agent = await talking(house)
        house.keep()
        await house.crash()
        await house.restart()
        await house.later(1)
        house.press(house.call.leg, "9")
        await house.later(1)
        assert pressed(agent) == "9"
