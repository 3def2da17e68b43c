"""Sounds played to the caller, each to its end unless somebody has heard enough."""

import asyncio
from collections.abc import Callable, Sequence

from calls.leg import Leg
from media.sounds import Sound


class Playing:
    """Of one leg."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._ends: dict[int, asyncio.Future[None]] = {}
        self._beneath: Callable[[], object] | None = None

    async def play(self, sounds: Sequence[Sound]) -> None:
        """Return when they have been heard; stopped when cancelled."""
        if sounds and not self._leg.closed:
            await self._to_its_end(self._leg.media.play(sounds))

    async def beep(self) -> None:
        """The tone after which one speaks, to its end."""
        if not self._leg.closed:
            await self._to_its_end(self._leg.media.tone("beep"))

    async def _to_its_end(self, playback: int) -> None:
        heard = asyncio.get_running_loop().create_future()
        self._ends[playback] = heard
        try:
            await heard
        finally:
            ours = self._ends.pop(playback, None) is not None
            if ours and heard.cancelled() and not self._leg.closed:
                self._leg.media.stop()
            self._continue_beneath()

    def beneath(self, begin: Callable[[], object]) -> None:
        """Have something without an end heard whenever nothing else is; `begin` plays it."""
        self._beneath = begin
        self._continue_beneath()

    def give_way(self) -> None:
        """Something else is heard from now on: whoever is cancelled later stops nothing."""
        self._ends.clear()
        self._beneath = None

    def _continue_beneath(self) -> None:
        if self._beneath is not None and not self._ends and not self._leg.closed:
            self._beneath()

    def move(self, leg: Leg) -> None:
        """Another leg is listened for from now on; what played counts as heard."""
        self._leg = leg
        for playback in tuple(self._ends):
            self.finished(playback)
        self._continue_beneath()

    def finished(self, playback: int) -> None:
        """The engine has played it to its end."""
        heard = self._ends.get(playback)
        if heard is not None and not heard.done():
            heard.set_result(None)
