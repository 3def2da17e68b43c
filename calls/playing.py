"""Sounds played to the caller, each to its end unless somebody has heard enough.

What plays can be paused, moved about in, and made louder or softer, by the caller's keys
(`calls.player`) and by others (`calls.play_control`): where it is, is known here alone.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from calls.leg import Leg
from media.sounds import Sound

MOST_DB: Final = 12.0
"""Louder or softer than it was recorded."""


class Playing:
    """Of one leg."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._position_s = 0.0
        self._runs_since: float | None = None
        self._volume_db = 0.0
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
        loop = asyncio.get_running_loop()
        heard = loop.create_future()
        self._ends[playback] = heard
        self._position_s, self._runs_since, self._volume_db = 0.0, loop.time(), 0.0
        try:
            await heard
        finally:
            ours = self._ends.pop(playback, None) is not None
            if ours and heard.cancelled() and not self._leg.closed:
                self._leg.media.stop()
            self._continue_beneath()

    @property
    def plays(self) -> bool:
        """Whether something plays that has an end."""
        return bool(self._ends)

    @property
    def paused(self) -> bool:
        return self.plays and self._runs_since is None

    def pause(self, on: bool) -> None:
        """Silence in its place, during which it stays where it is."""
        self._count()
        self._runs_since = None if on else _now()
        self._leg.media.pause_playing(on)

    def seek(self, position_s: float) -> None:
        """Go on so far from its beginning; past its end it is over."""
        self._count()
        self._position_s = max(0.0, position_s)
        self._leg.media.seek(self._position_s)

    def skip(self, by_s: float) -> None:
        """Go on, or (less than 0) back."""
        self._count()
        self.seek(self._position_s + by_s)

    def set_volume(self, decibels: float) -> None:
        """Against how it was recorded, within `MOST_DB` either way."""
        self._volume_db = min(MOST_DB, max(-MOST_DB, decibels))
        self._leg.media.volume(self._volume_db)

    def change_volume(self, by_db: float) -> None:
        self.set_volume(self._volume_db + by_db)

    def _count(self) -> None:
        """Bring the position up to now."""
        if self._runs_since is not None:
            now = _now()
            self._position_s += now - self._runs_since
            self._runs_since = now

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


def _now() -> float:
    return asyncio.get_running_loop().time()
