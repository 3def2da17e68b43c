"""Sounds to their end, or until somebody has heard enough."""

import asyncio

from calls.playing import Playing
from tests.calls.scripted import Rig, sound
from tests.virtual_time import in_virtual_time


class Player:
    def __init__(self) -> None:
        self.rig = Rig()
        self.playing = Playing(self.rig.leg)

    @property
    def did(self) -> list[str]:
        return self.rig.media.did

    async def begins(self, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self.playing.play([sound(name)]))
        await asyncio.sleep(0.01)
        return task


@in_virtual_time
async def test_it_returns_when_the_sound_was_heard() -> None:
    player = Player()
    task = await player.begins("hello")
    player.playing.finished(99)
    await asyncio.sleep(1.0)
    assert not task.done()
    player.playing.finished(1)
    await task
    assert player.did == ["play hello"]


@in_virtual_time
async def test_who_is_cancelled_stops_the_sound() -> None:
    player = Player()
    task = await player.begins("hello")
    task.cancel()
    await asyncio.wait({task})
    assert player.did == ["play hello", "stop"]


@in_virtual_time
async def test_who_gave_way_stops_nothing() -> None:
    player = Player()
    task = await player.begins("comfort")
    player.playing.give_way()
    task.cancel()
    await asyncio.wait({task})
    assert player.did == ["play comfort"]


@in_virtual_time
async def test_nothing_is_played_to_nobody() -> None:
    player = Player()
    player.rig.leg.hang_up()
    await player.playing.play([sound("hello")])
    await player.playing.play([])
    assert player.did == ["close"]
