"""What plays, under its listener's control: keys pause it, move about in it, change its volume."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from calls.call import Call
from ivr.controls import Controls

STEP_DB: Final = 4.0
MOST_DB: Final = 12.0
"""Louder or softer than it was recorded."""


class Player:
    """Of one thing that plays. Where it is, is counted from the beginning of `play`."""

    def __init__(self, call: Call, controls: Controls) -> None:
        self._call = call
        self._controls = controls
        self._position_s = 0.0
        self._runs_since: float | None = None
        self._volume_db = 0.0

    async def play(self, playing: Coroutine[Any, Any, None]) -> None:
        """To the end of what `playing` plays, or to a key without a meaning, which stays unread."""
        digits = self._call.digits
        self._runs_since = self._call.services.clock()
        task = asyncio.ensure_future(playing)
        try:
            while not task.done():
                pressed = asyncio.ensure_future(digits.any_pressed())
                await asyncio.wait({task, pressed}, return_when=asyncio.FIRST_COMPLETED)
                pressed.cancel()
                if task.done() or not self._moved(digits.next_key):
                    break
                await digits.read(at_most=1, first_within_s=0.0, between_s=0.0, terminator="")
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _moved(self, key: str) -> bool:
        """Whether it is a key that only moves about."""
        media, now = self._call.leg.media, self._call.services.clock()
        if self._runs_since is not None:
            self._position_s += now - self._runs_since
            self._runs_since = now
        match self._controls.meaning(key):
            case "pause":
                paused = self._runs_since is not None
                media.pause_playing(paused)
                self._runs_since = None if paused else now
            case "back" | "forward" as way:
                step_s = self._controls.step_s
                self._position_s += step_s if way == "forward" else -step_s
                self._position_s = max(0.0, self._position_s)
                media.seek(self._position_s)
            case "louder" | "softer" as way:
                self._volume_db += STEP_DB if way == "louder" else -STEP_DB
                self._volume_db = min(MOST_DB, max(-MOST_DB, self._volume_db))
                media.volume(self._volume_db)
            case _:
                return False
        return True
