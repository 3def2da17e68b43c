"""The time in which a story may run."""

import asyncio

import pytest

from calls.scope import Scope, within
from ivr.caller import CallerGone
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_a_story_runs_to_its_end() -> None:
    told = []

    async def story() -> None:
        await asyncio.sleep(1.0)
        told.append("the end")

    await Scope().run(story())
    assert told == ["the end"]


@in_virtual_time
async def test_a_caller_who_leaves_ends_it_and_what_it_opened_is_closed_first() -> None:
    scope, told = Scope(), []

    async def story() -> None:
        try:
            await asyncio.sleep(100.0)
        finally:
            told.append("closed")

    asyncio.get_running_loop().call_later(1.0, scope.leave)
    with pytest.raises(CallerGone):
        await scope.run(story())
    assert told == ["closed"]
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)
    scope.leave()  # a second time does no harm


@in_virtual_time
async def test_a_mistake_of_the_story_is_its_own() -> None:
    async def story() -> None:
        raise AssertionError("planted")

    with pytest.raises(AssertionError, match="planted"):
        await Scope().run(story())


@in_virtual_time
async def test_a_story_may_find_out_by_itself() -> None:
    async def story() -> None:
        raise CallerGone

    with pytest.raises(CallerGone):
        await Scope().run(story())


@in_virtual_time
async def test_what_is_left_to_do_has_its_time() -> None:
    assert await within(5.0, lambda: asyncio.sleep(4.0))
    assert not await within(5.0, lambda: asyncio.sleep(6.0))
    assert asyncio.get_running_loop().time() == pytest.approx(9.0)
