"""What the caller alone says, recorded: a voicemail message, an utterance."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from calls.digits import DigitBuffer
from calls.leg import Leg
from calls.recording.recordings import Recordings, Take
from calls.state import CallState
from events.ids import RecordingId
from events.recordings import Purpose, RecordingStarted
from ivr.caller import Recorded

_TOLD_WITHIN_S: Final = 2.0
"""How long the end of a file may take to be told."""


class Message:
    """One recording of the caller's leg; stopped by whatever ends `listen`."""

    def __init__(
        self,
        recordings: Recordings,
        leg: Leg,
        state: Callable[[], CallState],
        *,
        silence_s: float,
        label: str,
        purpose: Purpose = Purpose.MESSAGE,
    ) -> None:
        self._recordings = recordings
        self._leg = leg
        self._state = state
        self._silence_s = silence_s
        self._label = label
        self._purpose = purpose

    async def listen(self, digits: DigitBuffer, *, at_most_s: float, stop_keys: str) -> Recorded:
        """Until a key of `stop_keys`, the silence, or the time; other keys are let pass."""
        take = self._begin()
        if take is None:
            return Recorded("", 0.0, "failed")
        try:
            take.file.assign(left=self._leg.media)
            ended_by = await self._end_of(take, digits, at_most_s, stop_keys)
        finally:
            take.file.stop()
        try:
            async with asyncio.timeout(_TOLD_WITHIN_S):
                seconds = await asyncio.shield(take.ended)
        except TimeoutError:
            seconds = None
        if seconds is None:
            return Recorded("", 0.0, "failed")
        return Recorded(take.recording, seconds, ended_by)

    def _begin(self) -> Take | None:
        state = self._state()

        def started(recording: RecordingId, file: str) -> RecordingStarted:
            return RecordingStarted(
                state.call,
                recording,
                self._purpose,
                file,
                "flow",
                agent=state.agent,
                label=self._label,
                caller=state.caller,
            )

        return self._recordings.begin(
            state.recording,
            started,
            state.call,
            mono=True,
            silence_s=self._silence_s,
            rate_hz=self._leg.media.recorded_hz,
        )

    async def _end_of(
        self, take: Take, digits: DigitBuffer, at_most_s: float, stop_keys: str
    ) -> str:
        key = asyncio.ensure_future(_pressed(digits, stop_keys))
        silent = asyncio.ensure_future(take.silent.wait())
        try:
            waits: set[asyncio.Future[Any]] = {key, silent, take.ended}
            done, _ = await asyncio.wait(
                waits,
                timeout=at_most_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for task in (key, silent):
                task.cancel()
            await asyncio.gather(key, silent, return_exceptions=True)
        if key in done:
            return "key"
        return "silence" if silent in done else "limit"


async def _pressed(digits: DigitBuffer, stop_keys: str) -> None:
    while True:
        await digits.any_pressed()
        read = await digits.read(at_most=1, first_within_s=0.0, between_s=0.0, terminator="")
        if read and read in stop_keys:
            return
