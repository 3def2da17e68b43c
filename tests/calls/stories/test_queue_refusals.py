"""What a caller hears of a queue that turns them away: RFC 3326 and 6432, Retry-After."""

from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from calls.feed import GIVE_WAY_AFTER_S
from events.calls import CallAnswered, CallEnded, Outcome, Side
from events.ids import AgentId, QueueName
from events.queues import CallFlowedOut, CallQueued, QueueClosed
from sip.dialogs.leg_events import Answered, HungUp, Rejected
from sip.message import Headers
from tests.calls.house import House
from tests.calls.test_opening import open_from
from tests.virtual_time import in_virtual_time

FULL = {"max_waiting": 0}
NOBODY = {"nobody": "leave"}
OPENS_LATER = {"hours": open_from(30, 60)}


def why(cause: int, text: str) -> tuple[str, str]:
    return "Reason", f'Q.850;cause={cause};text="{text}"'


def told(headers: Headers) -> dict[str, str]:
    return {name: value for name, value in headers if name in ("Reason", "Retry-After")}


async def deserted(house: House) -> None:
    """The only agent who is there goes home."""
    house.parts.desk.sign_out(AgentId("1"))
    await house.later(0.1)


def starve(house: House) -> None:
    """On a machine so slow that each step of a decision takes a turn of the loop."""
    readings = count(step=GIVE_WAY_AFTER_S)
    house.parts.centre.services.feed._clock = lambda: float(next(readings))


@pytest.mark.parametrize("starved", [False, True])
@pytest.mark.parametrize(
    ("queue", "reason", "status", "cause"),
    [(FULL, "full", 486, 17), (NOBODY, "nobody", 480, 18), (OPENS_LATER, "closed", 480, 18)],
)
@in_virtual_time
async def test_who_is_turned_away_at_once_is_not_answered(
    tmp_path: Path, queue: dict[str, Any], reason: str, status: int, cause: int, starved: bool
) -> None:
    async with House(tmp_path, changes={"queues": {"support": queue}}) as house:
        await deserted(house)
        if starved:
            starve(house)
        began = house.utc()
        caller = await house.caller()
        caller.dial("1001")
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert rejected.status == status
        heard = told(rejected.headers)
        assert ("Reason", heard.pop("Reason")) == why(cause, reason)
        if reason == "closed":
            wait_s = int(heard.pop("Retry-After"))
            assert 28 * 60 < wait_s <= 30 * 60
            assert (began + wait_s) % 60 == pytest.approx(0, abs=1)
        assert heard == {}
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.cause, ended.status) == (Outcome.REJECTED, reason, status)
        assert house.the(CallFlowedOut).reason == reason
        assert house.count(CallAnswered) == 0
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_nobody_says_when_a_queue_opens_that_was_closed_by_hand(tmp_path: Path) -> None:
    changes = {"queues": {"support": OPENS_LATER}}
    async with House(tmp_path, changes=changes) as house:
        await house.until(QueueClosed)
        house.parts.centre.services.opening.close(QueueName("support"), "fire", "eva", "leave")
        caller = await house.caller()
        caller.dial("1001")
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert told(rejected.headers) == dict([why(18, "closed")])
        await house.quiet()


@in_virtual_time
async def test_the_queue_that_takes_over_answers(tmp_path: Path) -> None:
    queues = {"support": {**FULL, "overflow_to": {"full": "second"}}, "second": {}}
    async with House(tmp_path, changes={"queues": queues}) as house:
        await deserted(house)
        caller = await house.caller()
        caller.dial("1001")
        await caller.until(Answered)
        assert [each.queue for each in house.all(CallQueued)] == ["support", "second"]
        assert house.hears(house.call.leg) == "music.wav"
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_the_last_of_several_full_queues_refuses(tmp_path: Path) -> None:
    queues = {"support": {**FULL, "overflow_to": {"full": "second"}}, "second": FULL}
    async with House(tmp_path, changes={"queues": queues}) as house:
        await deserted(house)
        caller = await house.caller()
        caller.dial("1001")
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert rejected.status == 486
        assert house.count(CallFlowedOut) == 2
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_who_has_waited_in_vain_is_told_why_in_the_bye(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"queues": {"support": {"max_wait_s": 30}}}) as house:
        caller = await house.caller()
        caller.dial("1001")
        over = await caller.until(HungUp)
        assert isinstance(over, HungUp)
        assert told(over.headers) == dict([why(18, "timeout")])
        assert house.the(CallEnded).outcome is Outcome.UNSERVED
        await house.quiet()


@pytest.mark.parametrize("waiting", [False, True])
@in_virtual_time
async def test_an_emergency_is_told_to_who_came_by_number(tmp_path: Path, waiting: bool) -> None:
    """Unanswered to who calls later; the caller who waits already hears it too."""
    changes = {"queues": {"support": {"turned_away": {"closed": "sorry"}}}}
    async with House(tmp_path, changes=changes, lengths_s={"sorry": 4.0}) as house:
        await deserted(house)
        close = partial(house.parts.centre.services.opening.close, QueueName("support"))
        caller = await house.caller()
        if waiting:
            caller.dial("1001")
            await house.until(CallQueued)
            close("fire", "eva", "leave")
        else:
            close("fire", "eva", "leave")
            caller.dial("1001")
        flowed = await house.until(CallFlowedOut)
        assert flowed.reason == "closed"
        await house.later(1)
        assert house.hears(house.call.leg) == "sorry.wav"
        assert house.count(CallAnswered) == waiting
        over = await caller.until(HungUp if waiting else Rejected)
        assert isinstance(over, HungUp | Rejected)
        assert told(over.headers) == dict([why(18, "closed")])
        await house.until(CallEnded)
        assert house.at(CallEnded) - house.at(CallFlowedOut) == pytest.approx(4, abs=0.1)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_who_hangs_up_on_the_announcement_is_gone(tmp_path: Path) -> None:
    changes = {"queues": {"support": {**FULL, "turned_away": {"full": "sorry"}}}}
    async with House(tmp_path, changes=changes) as house:
        await deserted(house)
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallFlowedOut)
        caller.hang_up()
        assert (await house.until(CallEnded)).hung_up_by is Side.CALLER
        await house.quiet()
        house.assert_counts_balance()
