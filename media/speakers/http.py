"""Any engine that speaks over HTTP: a GET of a URL with the text in it, answered with a sound.

`SENTRAL_SPEECH_URL` is the template, e.g. `http://127.0.0.1:5002/api/tts?text={text}&voice={voice}`.
"""

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import chain
from typing import Final
from urllib.parse import quote, urlsplit

from media.sounds import SAMPLE_BYTES
from media.speech import Heard, Speak, SpeechError, collected

PATIENCE_S: Final = 30.0
MOST_BYTES: Final = 20_000_000
READ_BYTES: Final = 4096
"""Waited for before anything is decoded, at most."""
RATE_HZ: Final = 16_000
"""To which the answer is brought, whatever it is."""


def speaker() -> Speak:
    """Raises SpeechError when the template is missing or names neither http nor text."""
    template = os.environ.get("SENTRAL_SPEECH_URL", "")
    if urlsplit(template).scheme not in ("http", "https") or "{text}" not in template:
        raise SpeechError("SENTRAL_SPEECH_URL must be an http URL with {text} in it")

    return _Http(template)


class _Http:
    def __init__(self, template: str) -> None:
        self._template = template

    def __call__(self, text: str, voice: str) -> tuple[bytes, int]:
        return collected(self.stream, text, voice)

    def stream(self, text: str, voice: str, heard: Heard) -> None:
        """As it comes: an engine that answers in chunks is heard while it speaks."""
        url = self._template.replace("{voice}", quote(voice, safe=""))
        url = url.replace("{text}", quote(text, safe=""))
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                for samples in _samples(_Bounded(answer)):
                    heard(samples, RATE_HZ)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise SpeechError(f"the HTTP speaker: {error}") from error


class _Bounded:
    """The answer as PyAV reads it: what is there, and not without end."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer
        self._left = MOST_BYTES

    def read(self, most: int) -> bytes:
        more = self._answer.read1(most)
        self._left -= len(more)
        if self._left < 0:
            raise SpeechError(f"the HTTP speaker: more than {MOST_BYTES} bytes")
        return more


def _samples(sound: _Bounded) -> Iterator[bytes]:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    try:
        with av.open(sound, "r", buffer_size=READ_BYTES) as container:
            for frame in chain(container.decode(container.streams.audio[0]), (None,)):
                for part in resampler.resample(frame):
                    yield bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]
    except (av.FFmpegError, IndexError) as error:
        raise SpeechError("the HTTP speaker: its answer is no sound") from error
