"""Any engine that speaks over HTTP: a GET of a URL with the text in it, answered with a sound.

`SENTRAL_SPEECH_URL` is the template, e.g. `http://127.0.0.1:5002/api/tts?text={text}&voice={voice}`.
"""

import io
import os
import urllib.error
import urllib.request
from typing import Final
from urllib.parse import quote, urlsplit

from media.sounds import SAMPLE_BYTES
from media.speech import Speak, SpeechError

PATIENCE_S: Final = 30.0
MOST_BYTES: Final = 20_000_000
RATE_HZ: Final = 16_000
"""To which the answer is brought, whatever it is."""


def speaker() -> Speak:
    """Raises SpeechError when the template is missing or names neither http nor text."""
    template = os.environ.get("SENTRAL_SPEECH_URL", "")
    if urlsplit(template).scheme not in ("http", "https") or "{text}" not in template:
        raise SpeechError("SENTRAL_SPEECH_URL must be an http URL with {text} in it")

    def speak(text: str, voice: str) -> tuple[bytes, int]:
        url = template.replace("{voice}", quote(voice, safe=""))
        url = url.replace("{text}", quote(text, safe=""))
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                sound = answer.read(MOST_BYTES + 1)
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise SpeechError(f"the HTTP speaker: {error}") from error
        if len(sound) > MOST_BYTES:
            raise SpeechError(f"the HTTP speaker: more than {MOST_BYTES} bytes")
        return _samples(sound), RATE_HZ

    return speak


def _samples(sound: bytes) -> bytes:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    samples = bytearray()
    try:
        with av.open(io.BytesIO(sound), "r") as container:
            for frame in (*container.decode(container.streams.audio[0]), None):
                for part in resampler.resample(frame):
                    samples += bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]
    except (av.FFmpegError, IndexError) as error:
        raise SpeechError("the HTTP speaker: its answer is no sound") from error
    return bytes(samples)
