"""Whisper by faster-whisper (CTranslate2): many languages and free speech, at the cost of a model.

`SENTRAL_WHISPER_MODEL` names the folder of a converted model, such as `faster-whisper-small`;
nothing is ever downloaded. `SENTRAL_WHISPER_DEVICE` is `cpu` (the default), `cuda` or `auto`.
"""

import os
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

from media.recognisers import RecogniserError

MODEL_HZ: Final = 16_000
MOST_SECONDS: Final = 600.0
LEAST_LIKENESS: Final = 0.75
"""Of what was understood to a phrase, for the phrase to be meant."""
_NO_WORD: Final = re.compile(r"[\W_]+")


def recogniser() -> "FasterWhisper":
    """Raises RecogniserError when the package or the model is not there."""
    folder = os.environ.get("SENTRAL_WHISPER_MODEL", "")
    if not folder:
        raise RecogniserError("SENTRAL_WHISPER_MODEL must name the folder of a Whisper model")
    if not (Path(folder) / "model.bin").is_file():
        raise RecogniserError(f"there is no Whisper model in {folder}: model.bin is missing")
    try:
        return FasterWhisper(folder, os.environ.get("SENTRAL_WHISPER_DEVICE", "cpu"))
    except ImportError as error:
        raise RecogniserError("faster-whisper is not installed (extra: whisper)") from error
    except (RuntimeError, ValueError) as error:
        raise RecogniserError(f"the Whisper model in {folder} cannot be used: {error}") from error


class FasterWhisper:
    """One model, loaded."""

    def __init__(self, folder: str, device: str) -> None:
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(
            folder, device=device, compute_type="default", local_files_only=True
        )
        self.languages: tuple[str, ...] = tuple(self._model.supported_languages)

    def __call__(self, path: Path, language: str, phrases: Sequence[str]) -> str:
        from av import FFmpegError
        from faster_whisper import decode_audio

        if language not in self.languages:
            raise RecogniserError(f"no model of the language {language}")
        try:
            sound = decode_audio(str(path), sampling_rate=MODEL_HZ)
        except FFmpegError as error:
            raise RecogniserError("no sound file") from error
        segments, _ = self._model.transcribe(
            sound[: round(MOST_SECONDS * MODEL_HZ)],
            language=language,
            condition_on_previous_text=False,
            without_timestamps=True,
            hotwords=", ".join(phrases) or None,
        )
        text = " ".join(segment.text.strip() for segment in segments).strip()
        return nearest(text, phrases) if phrases else text


def nearest(text: str, phrases: Sequence[str]) -> str:
    """The phrase that was said, perhaps among other words; "" if none is like it."""
    said = _words(text)
    likeness = {phrase: _likeness(said, _words(phrase)) for phrase in phrases}
    best = max(likeness, key=lambda phrase: (likeness[phrase], len(phrase)), default="")
    return best if best and likeness[best] >= LEAST_LIKENESS else ""


def _words(text: str) -> list[str]:
    return _NO_WORD.sub(" ", text.casefold()).split()


def _likeness(said: Sequence[str], phrase: Sequence[str]) -> float:
    """Of the phrase to the stretch of as many words that is most like it."""
    stretches = range(max(1, len(said) - len(phrase) + 1)) if phrase else ()
    wanted = " ".join(phrase)
    found = (" ".join(said[at : at + len(phrase)]) for at in stretches)
    return max((SequenceMatcher(None, text, wanted).ratio() for text in found), default=0.0)
