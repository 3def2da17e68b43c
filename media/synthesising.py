"""Text to speech for callers who wait: `python -m media.synthesising ENGINE MOST_KEPT RATE_HZ`.

The first line that goes out is {}, or {"problem"} when the engine cannot be used. Then one JSON job
a line comes in: {"text", "voice", "path"}. Out go lines {"bytes"}, each followed by so many bytes
of 16-bit mono samples at that rate (8000 or 16000 Hz), and at last {"done"}, when `path` holds all
of it as a WAV, or {"problem"}. Of the files in that folder the `MOST_KEPT` last used are kept.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from media.levels import LOUDNESS_DB, PEAK_DB, QUIET_DB, segment, voiced_part
from media.sounds import RATE_HZ, SAMPLE_BYTES, write_wav
from media.speech import MARGIN_MS, Speak, SpeechError, find_voice_of, level, speak_to

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler

JUDGED_MS: Final = 200
"""Of speech that has to be heard before its loudness is known."""


class Evened:
    """Brings what an engine says to one rate and to the loudness of all prompts, piece by piece."""

    def __init__(self, out: Callable[[bytes], None], to_hz: int = RATE_HZ) -> None:
        self._out = out
        self._to_hz = to_hz
        self._ms_bytes = to_hz // 1000 * SAMPLE_BYTES
        self._resampler: AudioResampler | None = None
        self._rate_hz = to_hz
        self._held = b""
        self._louder_db: float | None = None
        self._whole = bytearray()

    def hear(self, samples: bytes, rate_hz: int) -> None:
        """A piece, as `media.speech.Heard`."""
        self._take(self._resampled(samples, rate_hz))

    def end(self) -> bytes:
        """All of it, evened as a whole.

        Raises:
            SpeechError: it is silence.
        """
        self._take(self._rest())
        whole = level(bytes(self._whole), self._to_hz)
        if not whole:
            raise SpeechError("nothing to hear")
        self._judge(least_ms=0)
        return whole

    def _take(self, samples: bytes) -> None:
        self._whole += samples
        if self._louder_db is not None:
            self._tell(samples)
            return
        self._held += samples
        self._judge(least_ms=JUDGED_MS)

    def _judge(self, *, least_ms: int) -> None:
        """How much louder it has to be, once enough of it is there; silence before it goes."""
        if self._louder_db is not None:
            return
        held = segment(self._held, self._to_hz)
        voiced = voiced_part(held)
        if voiced is None or len(voiced) < least_ms:
            return
        self._louder_db = LOUDNESS_DB - voiced.dBFS
        first_ms = next(at for at in range(0, len(held), 10) if held[at : at + 10].dBFS > QUIET_DB)
        self._out(bytes(MARGIN_MS * self._ms_bytes))
        self._tell(self._held[first_ms * self._ms_bytes :])
        self._held = b""

    def _tell(self, samples: bytes) -> None:
        """What turns out to be louder than its beginning gives way rather than clip."""
        if samples:
            piece = segment(samples, self._to_hz)
            assert self._louder_db is not None
            self._louder_db = min(self._louder_db, PEAK_DB - piece.max_dBFS)
            self._out(bytes(piece.apply_gain(self._louder_db).raw_data))

    def _resampled(self, samples: bytes, rate_hz: int) -> bytes:
        import av

        before = self._rest() if rate_hz != self._rate_hz else b""
        self._rate_hz = rate_hz
        if rate_hz == self._to_hz:
            return before + samples
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=self._to_hz)
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // SAMPLE_BYTES)
        frame.sample_rate = rate_hz
        frame.planes[0].update(samples)
        return before + _bytes_of(self._resampler, frame)

    def _rest(self) -> bytes:
        """What the filter still holds."""
        resampler, self._resampler = self._resampler, None
        return _bytes_of(resampler, None) if resampler is not None else b""


def _bytes_of(resampler: "AudioResampler", frame: "AudioFrame | None") -> bytes:
    parts = resampler.resample(frame)
    return b"".join(bytes(part.planes[0])[: part.samples * SAMPLE_BYTES] for part in parts)


def main() -> int:
    """Answer jobs until the input ends."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # an engine that prints garbles nothing
    os.umask(0o077)  # what is said to one caller is nobody else's business
    try:
        return _serve(out, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except BrokenPipeError:
        return 0  # whoever asked is gone


def _serve(out: BinaryIO, engine: str, most_kept: int, rate_hz: int) -> int:
    try:
        speak = find_voice_of(engine)
    except (SpeechError, ImportError, OSError) as error:
        _write(out, {"problem": str(error)})
        return 1
    _write(out, {})
    for line in sys.stdin:
        job = json.loads(line)
        try:
            _speak(out, speak, job, rate_hz)
            _keep(Path(job["path"]).parent, most_kept)
            _write(out, {"done": True})
        except BrokenPipeError:
            raise
        except (SpeechError, OSError) as error:
            _write(out, {"problem": str(error)})
    return 0


def _speak(out: BinaryIO, speak: Speak, job: Mapping[str, str], rate_hz: int) -> None:
    path = Path(job["path"])
    evened = Evened(lambda samples: _write(out, {"bytes": len(samples)}, samples), rate_hz)
    speak_to(speak, job["text"], job["voice"], evened.hear)
    whole = evened.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, whole, rate_hz)


def _keep(folder: Path, most: int) -> None:
    """Another process may remove files of the folder at the same time."""
    found = []
    for path in folder.glob("[!.]*.wav"):
        try:
            found.append((path.stat().st_mtime_ns, path))
        except OSError:
            continue
    for _, path in sorted(found)[: max(0, len(found) - most)]:
        path.unlink(missing_ok=True)


def _write(out: BinaryIO, line: dict[str, object], samples: bytes = b"") -> None:
    out.write(json.dumps(line).encode() + b"\n" + samples)
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
