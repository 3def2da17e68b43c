"""Texts that are said at run time: spoken once, heard while they are still spoken, then kept."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from media.errors import SoundError
from media.growing import GrowingSound
from media.prompts import VOICES, made_of
from media.sounds import RATE_HZ, SAMPLE_BYTES, Sound
from media.speech import SpeechError
from media.synthesis import Synthesiser

AHEAD_S: Final = 0.2
"""Of speech that is there before it is heard, so that an engine may hesitate a little."""


class Sounds(Protocol):
    """`media.service.MediaService`."""

    def grow(self, name: str, rate_hz: int = ...) -> GrowingSound: ...
    async def load_wav(self, content: bytes, name: str) -> Sound: ...
    def unload(self, sound: Sound) -> None: ...


@dataclass(slots=True)
class Spoken:
    """A text on its way to a listener. `problem`: why it broke off, once that is known."""

    sound: Sound
    problem: str = ""


@dataclass(slots=True, eq=False)
class _Stream:
    """One text that is being spoken, for all who want it meanwhile."""

    growing: GrowingSound
    task: asyncio.Task[None]
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    spoken: Spoken = field(init=False)
    listeners: int = 0
    samples: int = 0

    def __post_init__(self) -> None:
        self.spoken = Spoken(self.growing.sound)


class SpokenTexts:
    """One per process. Use it from the event loop only."""

    def __init__(
        self,
        synthesis: Synthesiser,
        sounds: Sounds,
        folder: Path,
        *,
        engine: str,
        voices: Mapping[str, str] = VOICES,
        rate_hz: int = RATE_HZ,
    ) -> None:
        """`folder`: where texts are kept, by content; `engine` as for `media.prompts.render`;
        `rate_hz`: 8000 or 16000, as `synthesis` has it."""
        self._synthesis = synthesis
        self._sounds = sounds
        self._folder = folder
        self._engine = engine
        self._voices = voices
        self._rate_hz = rate_hz
        self._streams: dict[Path, _Stream] = {}

    @asynccontextmanager
    async def said(self, text: str, language: str, *, at_once: bool) -> AsyncIterator[Spoken]:
        """A sound to be played inside of the block. Who leaves it last ends the speaking.

        Args:
            at_once: it is the first that is played: wait until it can be heard. Without it the
                sound is there at once, and is spoken while something else plays.

        Raises:
            SpeechError: it cannot be spoken at all; never without `at_once`.
        """
        voice = self._voices.get(language, language)
        path = self._folder / f"{made_of(text, voice, self._engine, self._rate_hz)}.wav"
        kept = None if path in self._streams else await self._kept(path)
        if kept is not None:
            try:
                yield Spoken(kept)
            finally:
                self._sounds.unload(kept)
            return
        stream = self._streams.get(path) or self._begin(text, voice, path)
        stream.listeners += 1
        try:
            if at_once:
                await stream.begun.wait()
                if not stream.samples:
                    raise SpeechError(stream.spoken.problem)
            yield stream.spoken
        finally:
            stream.listeners -= 1
            if not stream.listeners:
                self._drop(path, stream)

    def prepare(self) -> None:
        """Something will be said sooner or later."""
        self._synthesis.prepare()

    async def stop(self) -> None:
        """End all speaking."""
        await self._synthesis.stop()  # what it was saying fails
        tasks = [stream.task for stream in self._streams.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _kept(self, path: Path) -> Sound | None:
        try:
            content = await asyncio.to_thread(_used, path)
            return await self._sounds.load_wav(content, path.name)
        except (OSError, SoundError):
            return None  # not there, or damaged: it is spoken anew

    def _begin(self, text: str, voice: str, path: Path) -> _Stream:
        growing = self._sounds.grow(path.name, self._rate_hz)
        task = asyncio.create_task(self._speak(text, voice, path), name="speech")
        stream = self._streams[path] = _Stream(growing, task)
        return stream

    async def _speak(self, text: str, voice: str, path: Path) -> None:
        stream = self._streams[path]

        def heard(samples: bytes) -> None:
            stream.growing.extend(samples)
            stream.samples += len(samples) // SAMPLE_BYTES
            if stream.samples >= AHEAD_S * self._rate_hz:
                stream.begun.set()

        try:
            await self._synthesis.say(text, voice, path, heard)
        except (SpeechError, ValueError) as error:
            stream.spoken.problem = str(error) or "no sound"
        finally:
            stream.growing.end()
            stream.begun.set()

    def _drop(self, path: Path, stream: _Stream) -> None:
        stream.task.cancel()
        stream.growing.release()
        if self._streams.get(path) is stream:
            del self._streams[path]


def _used(path: Path) -> bytes:
    """A file's content; those that were used last are kept."""
    content = path.read_bytes()
    with suppress(OSError):
        path.touch()
    return content
