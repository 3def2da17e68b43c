"""Text to speech by espeak-ng, in a process of its own: `python -m media.speech`.

One JSON job a line comes in: {"text", "voice", "path", "rate_hz"}; one JSON reply a line goes out:
{} when the mono WAV of that rate is written, or {"problem"}. A process of its own, because a C
library that crashes must not take calls with it, and because espeak-ng is under the GPL (version
3): Sentral runs it as a separate program and is not linked with it. See docs/licences.md.

espeak-ng comes as the wheel `espeakng-loader`, which needs no root to install; where that is
missing, a program `espeak-ng` in the search path does as well.
"""

import ctypes
import io
import json
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias, cast

from media.levels import LOUDNESS_DB, PEAK_DB, edges, segment, voiced_part
from media.sounds import RATE_HZ, SAMPLE_BYTES, write_wav

WORDS_PER_MINUTE: Final = 150
"""Slower than espeak-ng's own 175: a caller hears it once, over a telephone."""
MARGIN_MS: Final = 40
"""Silence kept before and after."""

PIECE_BYTES: Final = 8192
"""Read at once from a program, at most."""

ESPEAK: Final = ("any", "wheel", "program")
GROUP: Final = "sentral.speech"
"""Entry points of other engines."""

Speak: TypeAlias = Callable[[str, str], tuple[bytes, int]]
"""(text, voice) to 16-bit mono samples and their rate in Hz."""
Heard: TypeAlias = Callable[[bytes, int], None]
"""Told a piece of what is said: 16-bit mono samples, and their rate in Hz."""
Stream: TypeAlias = Callable[[str, str, Heard], None]
"""(text, voice, heard): what a `Speak` may have as its attribute `stream`."""


class SpeechError(Exception):
    """Nothing was said; the message tells why."""


def main() -> int:
    """Answer jobs until the input ends."""
    speak: Speak | None = None
    for line in sys.stdin:
        job = json.loads(line)
        try:
            speak = speak or find_voice_of(sys.argv[1] if len(sys.argv) > 1 else "any")
            render(job["text"], job["voice"], Path(job["path"]), speak, job["rate_hz"])
            reply = {}
        except (SpeechError, OSError, ImportError) as error:
            reply = {"problem": str(error)}
        print(json.dumps(reply), flush=True)
    return 0


def render(text: str, voice: str, path: Path, speak: Speak, rate_hz: int = RATE_HZ) -> None:
    """Speak a text into a file of 8000 or 16000 Hz.

    Raises:
        SpeechError: there is no such voice, or nothing to say.
        OSError: the file cannot be written.
    """
    samples, spoken_hz = speak(text, voice)
    spoken = level(resample(samples, spoken_hz, rate_hz), rate_hz)
    if not spoken:
        raise SpeechError(f"nothing to hear in {text!r}")
    write_wav(path, spoken, rate_hz)


def speak_to(speak: Speak, text: str, voice: str, heard: Heard) -> None:
    """Speak, telling each piece as soon as it is said; who cannot tell pieces tells all at the end.

    Raises:
        SpeechError: there is no such voice, or it fails, perhaps after some pieces.
    """
    stream: Stream | None = getattr(speak, "stream", None)
    if stream is not None:
        stream(text, voice, heard)
    else:
        heard(*speak(text, voice))


def collected(stream: Stream, text: str, voice: str) -> tuple[bytes, int]:
    """All pieces at once."""
    said, rates = bytearray(), [RATE_HZ]

    def heard(samples: bytes, rate_hz: int) -> None:
        said.extend(samples)
        rates.append(rate_hz)

    stream(text, voice, heard)
    return bytes(said), rates[-1]


def resample(samples: bytes, rate_hz: int, to_hz: int) -> bytes:
    """To another rate, with the low-pass filter that this needs."""
    import av

    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // SAMPLE_BYTES)
    frame.sample_rate = rate_hz
    frame.planes[0].update(samples)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=to_hz)
    resampled = [*resampler.resample(frame), *resampler.resample(None)]
    return b"".join(bytes(part.planes[0])[: part.samples * SAMPLE_BYTES] for part in resampled)


def level(samples: bytes, rate_hz: int = RATE_HZ) -> bytes:
    """Without the silence around it, and as loud as every other prompt; b"" if all is silence."""
    whole = segment(samples, rate_hz)
    start, end = edges(whole)
    speech = whole[start : len(whole) - end]
    voiced = voiced_part(speech)
    if voiced is None:
        return b""
    louder_db = min(LOUDNESS_DB - voiced.dBFS, PEAK_DB - speech.max_dBFS)
    margin = type(whole).silent(MARGIN_MS, frame_rate=rate_hz)
    finished = margin + speech.apply_gain(louder_db).fade_in(5).fade_out(10) + margin
    return bytes(finished.raw_data)


def find_voice_of(engine: str) -> Speak:
    """How to speak: by the "wheel", the "program", or "any" of espeak-ng that is there.

    Every other name is an entry point of the group `sentral.speech`: see `media.speakers`.

    Raises:
        SpeechError: there is no such engine, or it cannot be used.
    """
    if engine not in ESPEAK:
        return _plugged(engine)
    if engine in ("any", "wheel"):
        try:
            return _Wheel()
        except (ImportError, OSError) as error:
            if engine == "wheel":
                raise SpeechError(f"espeakng-loader cannot be used: {error}") from error
    program = shutil.which("espeak-ng")
    if program is None:
        raise SpeechError("neither the wheel espeakng-loader nor a program espeak-ng is installed")
    return _Program(program)


def _plugged(engine: str) -> Speak:
    known = {found.name: found for found in entry_points(group=GROUP)}
    if engine not in known:
        raise SpeechError(f"there is no speech engine {engine}; known: {', '.join(sorted(known))}")
    speaker: Callable[[], Speak] = known[engine].load()
    return speaker()


class _Program:
    """espeak-ng, which writes a WAV while it speaks."""

    _HEADER_BYTES: Final = 44
    _RATE_AT: Final = 24

    def __init__(self, program: str) -> None:
        self._program = program

    def __call__(self, text: str, voice: str) -> tuple[bytes, int]:
        return collected(self.stream, text, voice)

    def stream(self, text: str, voice: str, heard: Heard) -> None:
        command = [self._program, "-v", voice, "-s", str(WORDS_PER_MINUTE), "--stdout"]
        with output_of(command, text, "espeak-ng") as sound:
            header = sound.read(self._HEADER_BYTES)
            if len(header) < self._HEADER_BYTES:
                raise SpeechError(f"espeak-ng: voice {voice}: no sound")
            (rate_hz,) = struct.unpack_from("<I", header, self._RATE_AT)
            for samples in pieces(sound):
                heard(samples, rate_hz)


@contextmanager
def output_of(command: Sequence[str], text: str, who: str) -> Iterator[BinaryIO]:
    """What a program writes that is given a text; ended with the block.

    Raises:
        SpeechError: it fails; the last line of its complaint tells why.
    """
    with (
        tempfile.TemporaryFile() as complaint,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaint
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        problem: SpeechError | None = None
        try:
            with suppress(BrokenPipeError):  # it says why it does not listen
                child.stdin.write(text.encode())
                child.stdin.close()
            yield cast(BinaryIO, child.stdout)
        except SpeechError as error:
            problem = error
        except BaseException:
            child.kill()
            raise
        if child.wait() or problem is not None:
            complaint.seek(0)
            said = complaint.read().decode(errors="replace").strip().splitlines()
            why = said[-1] if said else str(problem or f"ended with {child.returncode}")
            raise SpeechError(f"{who}: {why}")


def pieces(sound: BinaryIO) -> Iterator[bytes]:
    """Whole 16-bit samples, as soon as they are written."""
    half = b""
    while more := cast(io.BufferedReader, sound).read1(PIECE_BYTES):
        samples = half + more
        whole = len(samples) // SAMPLE_BYTES * SAMPLE_BYTES
        half = samples[whole:]
        yield samples[:whole]


def _to_nobody(samples: bytes, rate_hz: int) -> None:
    """Nothing is being said."""


class _Wheel:
    """The library of the wheel, by its C interface (speak_lib.h)."""

    _SYNCHRONOUS: Final = 2
    _RATE_PARAMETER: Final = 1
    _BY_CHARACTER: Final = 1
    _UTF8: Final = 1

    def __init__(self) -> None:
        import espeakng_loader

        self._heard: Heard = _to_nobody
        self._problem: Exception | None = None
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate_hz = self._library.espeak_Initialize(self._SYNCHRONOUS, 0, data, 0)
        if self._rate_hz <= 0:
            raise OSError("espeak_Initialize failed")
        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        self._callback = callback(self._said)  # C keeps no reference to it
        self._library.espeak_SetSynthCallback(self._callback)

    def __call__(self, text: str, voice: str) -> tuple[bytes, int]:
        return collected(self.stream, text, voice)

    def stream(self, text: str, voice: str, heard: Heard) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SpeechError(f"espeak-ng: no voice {voice}")
        self._library.espeak_SetParameter(self._RATE_PARAMETER, WORDS_PER_MINUTE, 0)
        self._heard, self._problem = heard, None
        data = text.encode()
        size = ctypes.c_size_t(len(data) + 1)
        failed = self._library.espeak_Synth(
            data, size, 0, self._BY_CHARACTER, 0, self._UTF8, None, None
        )
        if self._problem is not None:
            raise self._problem
        if failed:
            raise SpeechError(f"espeak-ng: error {failed} on {text!r}")

    def _said(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            try:
                self._heard(ctypes.string_at(samples, count * SAMPLE_BYTES), self._rate_hz)
            except Exception as error:  # C cannot carry it
                self._problem = error
                return 1  # no more of it
        return 0  # go on


if __name__ == "__main__":
    from media.speech import main as answer_jobs  # its SpeechError is the one that plug-ins raise

    sys.exit(answer_jobs())
