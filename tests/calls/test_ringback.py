"""What a caller hears while the other side is rung: provisional responses, and sound or none."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from events.calls import CallAnswered, CallEnded, CallRang, LegRang
from sip.dialogs.leg_events import Answered, Ringing
from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone, ignore, sdp
from tests.virtual_time import in_virtual_time

CALLED = 2  # the engine's number of the leg that is rung
RINGBACK = "ringback"

Step = Callable[[House, Phone], Awaitable[None]]


async def says_180(house: House, called: Phone) -> None:
    called.leg.ring()
    await house.later(0.05)


async def says_183(house: House, called: Phone) -> None:
    called.leg.progress(sdp(called.host))
    await house.later(0.05)


async def sounds(house: House, called: Phone) -> None:
    house.media.sound_begins(CALLED)
    await house.later(0.05)


async def waits(house: House, called: Phone) -> None:
    await house.later(0.4)


async def two_phones(house: House) -> tuple[Phone, Phone]:
    """Who calls through the carrier and who is called there: 183 with what the test says."""
    called = await house.gateway()
    called.on_ring = ignore
    caller = await house.phone("3002")
    caller.dial("0900")
    await called._until(lambda: bool(called.legs))
    return caller, called


def told(phone: Phone) -> list[int]:
    return [event.status for event in phone.heard if isinstance(event, Ringing)]


@pytest.mark.parametrize(
    ("steps", "statuses", "hears"),
    [
        ([says_180], [180], "nothing"),
        ([says_183], [], "nothing"),
        ([says_183, waits], [180], "nothing"),
        ([says_183, sounds], [183], "leg 2"),
        ([says_183, sounds, says_180, waits], [183], "leg 2"),
        ([says_183, says_180], [], "nothing"),
        ([says_183, says_180, waits], [180], "nothing"),
        ([says_183, says_180, sounds], [183], "leg 2"),
        ([says_180, says_183, waits], [180], "nothing"),
        ([says_180, says_183, sounds], [180, 183], "leg 2"),
        ([says_183, waits, sounds], [180, 183], "leg 2"),
        ([says_180, says_180, says_180], [180], "nothing"),
    ],
)
@in_virtual_time
async def test_who_is_not_answered_yet(
    tmp_path: Path, steps: list[Step], statuses: list[int], hears: str
) -> None:
    async with House(tmp_path) as house:
        caller, called = await two_phones(house)
        for step in steps:
            await step(house, called)
        assert told(caller) == statuses
        assert house.hears(house.call.leg) == hears
        assert house.count(LegRang) == 1
        assert house.count(CallAnswered) == 0
        assert house.count(CallRang) == len(statuses)
        called.answer()
        await caller.until(Answered)
        assert house.talk_to_each_other
        await house.later(1.0)
        assert house.talk_to_each_other, "nothing of the ringing is left"
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@pytest.mark.parametrize(
    ("steps", "hears"),
    [
        ([says_180], RINGBACK),
        ([says_183, waits], RINGBACK),
        ([says_183, waits, sounds], "leg 2"),
    ],
)
@in_virtual_time
async def test_where_ringing_is_always_ours(tmp_path: Path, steps: list[Step], hears: str) -> None:
    changes: dict[str, Any] = {"calls": {"early_media": "always"}}
    async with House(tmp_path, changes=changes) as house:
        caller, called = await two_phones(house)
        for step in steps:
            await step(house, called)
        assert told(caller) == [183]
        assert hears in house.hears(house.call.leg)


@pytest.mark.parametrize(
    ("steps", "hears"),
    [
        ([says_180], RINGBACK),
        ([says_180, says_180], RINGBACK),
        ([says_183, waits], RINGBACK),
        ([says_183, sounds], "leg 2"),
        ([says_180, says_183, sounds], "leg 2"),
    ],
)
@in_virtual_time
async def test_who_was_answered_by_a_flow_hears_the_countrys_ringback(
    tmp_path: Path, steps: list[Step], hears: str
) -> None:
    async with House(tmp_path) as house:
        called = await house.gateway()
        called.on_ring = ignore
        caller = await house.caller()
        caller.dial("1000")
        await caller.until(Answered)
        await house.later(1.5)
        house.press(house.call.leg, "3")
        await called._until(lambda: bool(called.legs))
        for step in steps:
            await step(house, called)
        assert hears in house.hears(house.call.leg)
        called.leg.reject(486)
        await house.later(0.1)
        assert RINGBACK not in house.hears(house.call.leg)


@in_virtual_time
async def test_a_caller_who_gives_up_before_the_promised_sound(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, called = await two_phones(house)
        await says_183(house, called)
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()
        assert told(caller) == []


@in_virtual_time
async def test_a_promise_is_forgotten_when_the_leg_fails(tmp_path: Path) -> None:
    def promise_and_refuse(phone: Phone, leg: SipLeg) -> None:
        leg.progress(sdp(phone.host))
        leg.reject(486)

    async with House(tmp_path) as house:
        called = await house.gateway()
        called.on_ring = promise_and_refuse
        caller = await house.phone("3002")
        caller.dial("0900")
        await house.until(CallEnded)
        await house.later(1.0)
        assert house.count(CallRang) == 0
