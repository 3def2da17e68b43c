"""What plays, under its listener's control: keys pause it, move about in it, change its volume."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from calls.call import Call
from ivr.controls import Controls

STEP_DB: Final = 4.0


class Player:
    """Of one thing that plays."""

    def __init__(self, call: Call, controls: Controls) -> None:
        self._call = call
        self._controls = controls

    async def play(self, playing: Coroutine[Any, Any, None]) -> None:
        """To the end of what `playing` plays, or to a key without a meaning, which stays unread."""
        digits = self._call.digits
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
        playing, step_s = self._call.playing, self._controls.step_s
        match self._controls.meaning(key):
            case "pause":
                playing.pause(not playing.paused)
            case "back":
                playing.skip(-step_s)
            case "forward":
                playing.skip(step_s)
            case "louder":
                playing.change_volume(STEP_DB)
            case "softer":
                playing.change_volume(-STEP_DB)
            case _:
                return False
        return True
