"""Every prompt that callers may hear: what its sound is made of, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from media.errors import SoundError
from media.levels import LOUDNESS_DB, Levels, levels_of
from media.prompts import PromptLibrary
from media.sounds import decode

LOUDER_DB: Final = 4.0
"""More than this above or below the common loudness is heard as a jump."""
LONGEST_SILENCE_S: Final = 0.6
"""Before or after a prompt: callers take more for a fault, or talk into it."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """`path` and `levels` are None where there is nothing to play; `text` may be empty."""

    language: str
    name: str
    text: str
    source: str
    """"recorded", "spoken" or "missing"."""
    path: Path | None
    levels: Levels | None
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        levels = self.levels
        return {
            "language": self.language,
            "prompt": self.name,
            "text": self.text,
            "source": self.source,
            "duration_s": levels and round(levels.duration_s, 3),
            "loudness_db": levels and levels.loudness_db,
            "peak_db": levels and levels.peak_db,
            "clipped": levels and levels.clipped,
            "problems": list(self.problems),
        }


def survey(texts: Mapping[str, Mapping[str, str]], library: PromptLibrary) -> Iterator[Surveyed]:
    """All that have a text or a sound, by language and name. Reads each file."""
    for language in sorted(texts):
        for name in sorted({*texts[language], *library.names(language)}):
            yield _one(language, name, texts[language].get(name, ""), library)


def _one(language: str, name: str, text: str, library: PromptLibrary) -> Surveyed:
    path = library.find(name, language)
    if path is None:
        problem = "missing: neither recorded nor spoken yet (sentral prompts render)"
        return Surveyed(language, name, text, "missing", None, None, (problem,))
    source = "recorded" if library.is_recorded(path) else "spoken"
    try:
        levels = levels_of(decode(path))
    except SoundError as error:
        return Surveyed(language, name, text, source, path, None, (str(error),))
    return Surveyed(language, name, text, source, path, levels, tuple(_complaints(levels)))


def _complaints(levels: Levels) -> Iterator[str]:
    if levels.loudness_db is None:
        yield "silent: nothing is heard"
        return
    if levels.clipped:
        yield f"clipped in {levels.clipped} places: record it again with less gain"
    off_db = levels.loudness_db - LOUDNESS_DB
    if abs(off_db) > LOUDER_DB:
        word = "louder" if off_db > 0 else "quieter"
        yield f"{abs(off_db):.1f} dB {word} than the others (they are at {LOUDNESS_DB:g} dB)"
    if levels.silence_s > LONGEST_SILENCE_S:
        yield f"{levels.silence_s:.1f} s of silence at one end: cut it"
