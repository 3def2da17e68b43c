"""Prompts and music by name and language, decoded before anybody has to wait for them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from media.sounds import Sound

_log = structlog.get_logger(__name__)

Find = Callable[[str, str], Path | None]
"""(name, language) to a file, as `media.prompts.PromptLibrary.find`."""


class SoundBook:
    """Every prompt of every language, loaded at start: a call never waits for a disk."""

    def __init__(self, sounds: Mapping[tuple[str, str], Sound], default_language: str) -> None:
        self._sounds = sounds
        self._default_language = default_language

    def take(self, newer: "SoundBook") -> None:
        """Play those of `newer` from now on; prompts that only older flows name stay."""
        self._sounds = {**self._sounds, **newer._sounds}

    def find(self, name: str, language: str) -> Sound | None:
        """The prompt in this language, else in the default one, else None (and a word in the log).

        `name@language` asks for a language of its own.

        `welcome@es` is always the Spanish one. Dead air is the one thing that a missing prompt
        must not become: callers skip a None.
        """
        name, _, own_language = name.partition("@")
        sound = self._sounds.get((name, own_language or language))
        sound = sound or self._sounds.get((name, self._default_language))
        if sound is None:
            _log.error("prompt_missing", prompt=name, language=language)
        return sound

    def has(self, name: str, language: str) -> bool:
        """Whether `find` would find it."""
        return any((name, each) in self._sounds for each in (language, self._default_language))

    def all(self, names: Sequence[str], language: str) -> list[Sound]:
        found = (self.find(name, language) for name in names)
        return [sound for sound in found if sound is not None]
