"""Something to hear while work is done."""

import asyncio
from collections.abc import Sequence

import pytest

from ivr.caller import CallerGone
from ivr.filler import while_hearing
from ivr.names import PromptName
from ivr.spoken import Utterable
from tests.ivr.fake_caller import FakeCaller
from tests.virtual_time import in_virtual_time

MUSIC = [PromptName("music")]


class Listener(FakeCaller):
    """Hears a prompt for two seconds; hangs up after `patience_s`."""

    def __init__(self, patience_s: float = 1e9) -> None:
        super().__init__()
        self.stopped = 0
        self._gone_at = patience_s

    async def play(self, prompts: Sequence[Utterable], *, stop_on_digit: bool) -> None:
        self.heard += prompts
        try:
            await asyncio.sleep(2)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if asyncio.get_running_loop().time() >= self._gone_at:
            raise CallerGone


async def work(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


@in_virtual_time
async def test_short_work_is_waited_for_in_silence() -> None:
    caller = Listener()
    assert await while_hearing(caller, MUSIC, work(0.5), after_s=1.0) == "done"
    assert caller.heard == []


@in_virtual_time
async def test_long_work_is_filled_and_the_sound_ends_with_it() -> None:
    caller = Listener()
    assert await while_hearing(caller, MUSIC, work(6.0), after_s=1.0) == "done"
    assert (caller.heard, caller.stopped) == (["music"] * 3, 1)


@in_virtual_time
async def test_who_hangs_up_ends_the_work() -> None:
    finished: list[str] = []

    async def never() -> None:
        finished.append(await work(100))

    with pytest.raises(CallerGone):
        await while_hearing(Listener(patience_s=3), MUSIC, never())
    await asyncio.sleep(200)
    assert finished == []


@in_virtual_time
async def test_what_goes_wrong_in_the_work_is_told() -> None:
    async def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await while_hearing(Listener(), MUSIC, broken())
