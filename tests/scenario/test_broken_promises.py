"""A promise of our own that is broken ends the call that it is about, and no other."""

from pathlib import Path

import pytest

from calls.desk import Desk
from events.calls import CallBridged, CallEnded, Outcome
from events.queues import CallQueued, QueueAnswered
from sip.dialogs.leg_events import Rejected
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_a_leg_that_fails_ends_only_its_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with House(tmp_path) as house:
        called, caller = await house.phone("3001"), await house.phone("3002")
        called.on_ring = pick_up
        caller.dial("3001")
        await house.until(CallBridged)
        first = house.call
        outside = await house.caller()
        outside.dial("1001")
        await house.until(CallQueued)
        await house.later(0.1)

        def broken(offer: bytes) -> bytes:
            raise AssertionError("planted")

        monkeypatch.setattr(first.leg.media, "answer", broken)
        caller.hold()
        ended = await house.until(CallEnded)
        assert (ended.call, ended.outcome) == (first.id, Outcome.FAILED)
        await house.until(QueueAnswered)  # Ayu is free for the other one
        assert list(house.parts.centre.calls) == [house.the(CallQueued).call]
        outside.hang_up()
        await house.until(CallEnded, count=2)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_story_that_fails_ends_only_its_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with House(tmp_path) as house:
        caller = await house.phone("3002")

        def broken(desk: Desk, phone: str) -> bool:
            raise AssertionError("planted")

        monkeypatch.setattr(Desk, "is_busy", broken)
        caller.dial("3001")
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert rejected.status == 500
        assert (await house.until(CallEnded)).outcome is Outcome.FAILED
        monkeypatch.undo()
        called = await house.phone("3001")
        called.on_ring = pick_up
        caller.dial("3001")
        await house.until(CallBridged)
