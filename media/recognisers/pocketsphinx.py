"""PocketSphinx with the English model of its wheel: small and quick, for choosing a few phrases.

It takes the nearest phrase for whatever is said, so what it heard has to be confirmed. Its model is
of wideband speech; telephone sound is brought to its rate. Without phrases it understands little.
"""

import re
import wave
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Final

from media.recognisers import RecogniserError
from media.sounds import RATE_HZ, SAMPLE_BYTES

MODEL_HZ: Final = 16_000
MARGIN_S: Final = 0.2
"""Of silence around what is said: without it the last word is not heard to its end."""
HISS: Final = 4.0
"""Standard deviation of the noise under what is said, of 32 768. In sound without any (digital
silence, made speech, nothing above 4 kHz) every fourth phrase was taken for another."""
MOST_SECONDS: Final = 60.0
MOST_PHRASES: Final = 200
_PHRASE: Final = re.compile(r"[a-z']+(?: [a-z']+)*")


def recogniser() -> "PocketSphinx":
    """Raises RecogniserError when the wheel is not installed."""
    try:
        return PocketSphinx()
    except ImportError as error:
        raise RecogniserError("pocketsphinx is not installed (extra: speech)") from error


class PocketSphinx:
    languages: Final = ("en",)

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        # "batch": what one caller said does not change how the next one is heard
        self._decoder: Any = Decoder(samprate=MODEL_HZ, cmn="batch", loglevel="FATAL")
        self._open = self._decoder.current_search()
        self._grammars: dict[tuple[str, ...], str] = {}

    def __call__(self, path: Path, language: str, phrases: Sequence[str]) -> str:
        if language not in self.languages:
            raise RecogniserError(f"no model of the language {language}")
        search = self._grammar(tuple(dict.fromkeys(phrases))) if phrases else self._open
        samples = _samples(path)
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.start_utt()
        decoder.process_raw(samples, no_search=False, full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        said = heard.hypstr if heard is not None else ""
        return said if not phrases or said in phrases else ""  # a phrase may be broken off

    def _grammar(self, phrases: tuple[str, ...]) -> str:
        """The name of a search for these phrases; made once."""
        if phrases in self._grammars:
            return self._grammars[phrases]
        if len(phrases) > MOST_PHRASES:
            raise RecogniserError(f"more than {MOST_PHRASES} phrases")
        for phrase in phrases:
            if not _PHRASE.fullmatch(phrase):
                raise RecogniserError(f"a phrase is words in small letters: {phrase!r}")
            for word in phrase.split():
                if self._decoder.lookup_word(word) is None:
                    raise RecogniserError(f"the dictionary does not have the word {word!r}")
        if len(self._grammars) >= MOST_PHRASES:
            self._decoder.remove_search(self._grammars.pop(next(iter(self._grammars))))
        name = f"grammar-{len(self._grammars)}-{abs(hash(phrases))}"
        choices = " | ".join(phrases)
        self._decoder.add_jsgf_string(
            name, f"#JSGF V1.0; grammar choices; public <choices> = {choices} ;"
        )
        self._grammars[phrases] = name
        return name


def _samples(path: Path) -> bytes:
    """What a file says, at the model's rate, with silence around it."""
    import av

    try:
        with wave.open(str(path)) as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE_HZ):
                raise RecogniserError("the sound is not mono of 16 bit and 8000 Hz")
            said = file.readframes(round(MOST_SECONDS * RATE_HZ))
    except (wave.Error, EOFError) as error:
        raise RecogniserError(f"not a WAV file: {error}") from error
    margin = bytes(round(MARGIN_S * RATE_HZ) * SAMPLE_BYTES)
    whole = margin + said + margin
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(whole) // SAMPLE_BYTES)
    frame.sample_rate = RATE_HZ
    frame.planes[0].update(whole)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=MODEL_HZ)
    resampled = [*resampler.resample(frame), *resampler.resample(None)]
    said = b"".join(bytes(part.planes[0])[: part.samples * SAMPLE_BYTES] for part in resampled)
    return _with_hiss(array("h", said)).tobytes()


def _with_hiss(said: "array[int]") -> "array[int]":
    """The same for the same sound, so that it is heard as the same."""
    summed = zip(said, cycle(_hiss()), strict=False)
    return array("h", [max(-32768, min(32767, a + b)) for a, b in summed])


@cache
def _hiss() -> tuple[int, ...]:
    noise = Random(0)
    return tuple(round(noise.gauss(0, HISS)) for _ in range(MODEL_HZ))
