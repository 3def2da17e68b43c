"""Ears for flows: the configured recogniser, loaded behind the first calls."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from calls.listening import FOLDER
from config.settings import Settings
from ivr.utterances import NotHeard
from media.recognition import Recognition, RecognitionError

_log = structlog.get_logger(__name__)

TRANSCRIBE_S: Final = 120.0
"""Nobody waits for a transcript on the line."""


class Recogniser:
    """`ivr.utterances.Ears`; understands nothing until its engine is loaded."""

    def __init__(self, settings: Settings) -> None:
        """Give it a `recognition.engine`."""
        self._settings = settings.recognition
        self._recognition = Recognition(self._settings.engine, workers=self._settings.workers)
        self._folder = Path(settings.media.recordings) / FOLDER
        self._languages: frozenset[str] = frozenset()
        self._loading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to load the engine; calls are served meanwhile."""
        self._loading = asyncio.create_task(self._load(), name="recogniser")

    async def stop(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait({self._loading})
        await self._recognition.stop()

    def know(self, language: str) -> bool:
        return language in self._languages

    async def understand(self, sound: Path, *, language: str, phrases: Sequence[str]) -> str:
        """Raises NotHeard."""
        return await self._recognise(sound, language, phrases, self._settings.within_s)

    async def transcribe(self, sound: Path, language: str) -> str | None:
        """What a voice message says; None when nothing is understood of it."""
        if not self.know(language):
            return None
        try:
            return await self._recognise(sound, language, (), TRANSCRIBE_S) or None
        except NotHeard as problem:
            _log.warning("message_not_transcribed", problem=str(problem))
            return None

    async def _recognise(
        self, sound: Path, language: str, phrases: Sequence[str], within_s: float
    ) -> str:
        try:
            return await self._recognition.recognise(
                sound, language=language, phrases=phrases, within_s=within_s
            )
        except RecognitionError as error:
            raise NotHeard(str(error)) from error

    async def _load(self) -> None:
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        try:
            self._languages = frozenset(await self._recognition.languages())
        except RecognitionError as error:
            _log.error("recogniser_away", engine=self._settings.engine, problem=str(error))
