"""What a caller says to a question: recorded up to their pause, understood, and thrown away."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from calls.digits import DigitBuffer
from calls.first_of import first_of
from calls.leg import Leg
from calls.recording.recordings import Files, SoundFile
from ivr.utterances import Ears, NotHeard, Utterance
from media.errors import RecordingError
from media.events import Cue, RecordingEvent, RecordingFinished, SpeechBegan, SpeechEnded

_log = structlog.get_logger(__name__)

FOLDER: Final = "utterances"
"""Within the folder for recordings; what a crash leaves there is removed at the next start."""
PAUSE_S: Final = 0.8
"""A silence so long ends an answer."""
_WRITTEN_S: Final = 2.0


class Listening:
    """One utterance of one leg."""

    def __init__(self, leg: Leg, digits: DigitBuffer, files: Files, ears: Ears) -> None:
        self._leg = leg
        self._digits = digits
        self._files = files
        self._ears = ears
        self._began = asyncio.Event()
        self._ended = asyncio.Event()
        self._written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def listen(
        self, *, language: str, phrases: Sequence[str], first_within_s: float, at_most_s: float
    ) -> Utterance:
        """A key that is pressed meanwhile stays unread, and is all that counts."""
        file = self._record()
        if file is None:
            return Utterance()
        path = file.path
        try:
            await self._until_said(file, first_within_s, at_most_s)
            if self._digits.waiting or not self._began.is_set():
                return Utterance()
            return Utterance(text=await self._understood(path, language, phrases), spoke=True)
        finally:
            path.unlink(missing_ok=True)

    def _record(self) -> SoundFile | None:
        name = f"{FOLDER}/{secrets.token_hex(8)}"
        try:
            return self._files.record(
                name, left=self._leg.media, mono=True, plain=True, on_event=self._told
            )
        except RecordingError as error:
            _log.error("utterance_not_heard", leg=self._leg.name, problem=error.problem)
            return None

    async def _until_said(self, file: SoundFile, first_within_s: float, at_most_s: float) -> None:
        self._leg.on_cue = self._cue
        self._leg.media.hear_speech(PAUSE_S)
        try:
            await self._first(self._began, first_within_s)
            if self._began.is_set() and not self._digits.waiting:
                await self._first(self._ended, at_most_s)
        finally:
            self._leg.on_cue = _ignore
            if not self._leg.closed:
                self._leg.media.hear_speech(0.0)
            file.stop()

    async def _first(self, event: asyncio.Event, within_s: float) -> None:
        await first_of(_until(event), self._digits.any_pressed(), asyncio.sleep(within_s))

    async def _understood(self, path: Path, language: str, phrases: Sequence[str]) -> str:
        try:
            async with asyncio.timeout(_WRITTEN_S):
                if not await asyncio.shield(self._written):
                    return ""
            return await self._ears.understand(path, language=language, phrases=phrases)
        except (TimeoutError, NotHeard) as error:
            _log.warning("utterance_not_understood", leg=self._leg.name, problem=str(error))
            return ""

    def _cue(self, cue: Cue) -> None:
        match cue:
            case SpeechBegan():
                self._began.set()
            case SpeechEnded():
                self._ended.set()
            case _:
                pass

    def _told(self, news: RecordingEvent) -> None:
        if not self._written.done():
            self._written.set_result(isinstance(news, RecordingFinished))


async def _until(event: asyncio.Event) -> None:
    await event.wait()


_ignore: Callable[[Cue], None] = lambda _: None  # noqa: E731  shared, so that legs stay small
