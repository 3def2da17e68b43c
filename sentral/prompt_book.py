"""All that can be played, found and decoded before the first call."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from calls.settings import CallsSettings
from calls.sounds import SoundBook
from config.settings import Settings
from media.music import render_music
from media.prompts import PromptLibrary
from media.service import MediaService
from media.sounds import Sound


def library_of(settings: Settings) -> PromptLibrary:
    """Recordings from the prompts' folder, and what espeak-ng has spoken."""
    recorded = settings.prompts_folder()
    return PromptLibrary(
        Path(settings.calls.rendered_prompts),
        recorded=recorded if isinstance(recorded, Path) else None,
    )


def music_path(settings: CallsSettings) -> Path:
    return Path(settings.rendered_prompts) / f"{settings.music}.wav"


def names_of(settings: Settings, library: PromptLibrary, language: str) -> set[str]:
    """Every name that can be played in a language, music included."""
    return library.names(language) | {settings.calls.music} - {""}


async def load_book(settings: Settings, library: PromptLibrary, media: MediaService) -> SoundBook:
    """Decode everything; the music is composed at the first start.

    Raises:
        SoundError: a file cannot be played; the message names it.
    """
    sounds = {}
    for language in settings.languages:
        for name in sorted(library.names(language)):
            path = library.find(name, language)
            if path is not None:
                sounds[name, str(language)] = await media.load(path)
    if settings.calls.music:
        sounds |= await _music(settings.calls, settings.languages, media)
    return SoundBook(sounds, str(settings.languages[0]))


async def _music(
    settings: CallsSettings, languages: Sequence[str], media: MediaService
) -> dict[tuple[str, str], Sound]:
    path = music_path(settings)
    if not path.is_file():
        await asyncio.to_thread(render_music, path)
    music = await media.load(path)
    return {(settings.music, str(language)): music for language in languages}
