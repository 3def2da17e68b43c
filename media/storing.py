"""A recording's final form: encoded, sealed if there is a key, whole or not there at all.

Runs as a process of its own, `python -m media.storing FILE FORM`, so that no call feels it: its
standard input is the key, or empty; it prints the new file's name and size.
"""

import json
import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TypeAlias, cast

from media.sealed_wav import reader
from media.sealing import read_key, seal

Form: TypeAlias = Literal["wav", "opus", "mp3"]

SEALED: Final = ".sealed"
"""The last ending of an encrypted file."""

_NICENESS: Final = 15
_CODECS: Final[dict[str, tuple[str, str, int, int]]] = {
    "opus": ("ogg", "libopus", 48_000, 32_000),
    "mp3": ("mp3", "libmp3lame", 16_000, 48_000),
}
"""Container, encoder, rate in Hz, bits per second."""


def store(source: Path, form: Form, key: bytes | None) -> Path:
    """Make the final file beside the WAV, and remove that; the new one's path.

    Raises:
        OSError: no room, or the WAV is away; what was there stays.
        ValueError: it is no sound.
    """
    target = source.with_suffix(f".{form}")
    if key is None and form == "wav":
        return target
    final = target.with_name(target.name + SEALED) if key is not None else target
    part = final.with_name(f".{final.name}.part")
    try:
        with reader(source, key) as sound, open(part, "wb", opener=_owner_only) as file:
            _write(sound, file, form, key)
    except (ValueError, OSError):
        part.unlink(missing_ok=True)
        raise
    _settle(part, final)
    source.unlink()
    return final


def _write(sound: BinaryIO, file: BinaryIO, form: Form, key: bytes | None) -> None:
    """What is to be sealed goes through memory, never plain onto a disk."""
    if key is None:
        _encode(sound, file, form)
        return
    if form != "wav":
        encoded = BytesIO()
        _encode(sound, encoded, form)
        encoded.seek(0)
        sound = encoded
    seal(sound, file, key)


def _encode(source: BinaryIO, target: BinaryIO, form: str) -> None:
    import av

    container, encoder, rate_hz, bits_per_s = _CODECS[form]
    try:
        with (
            av.open(cast(Any, source), format="wav") as wav,
            av.open(cast(Any, target), "w", format=container) as out,
        ):
            sound = wav.streams.audio[0]
            layout = "mono" if sound.channels == 1 else "stereo"
            stream = cast(Any, out.add_stream(encoder, rate=rate_hz))
            stream.layout, stream.bit_rate = layout, bits_per_s
            stream.codec_context.open()  # chooses the format of its samples
            resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate_hz)
            for frame in (*wav.decode(sound), None):
                for resampled in resampler.resample(frame):
                    out.mux(stream.encode(resampled))
            out.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise ValueError(error.strerror or "cannot be encoded") from error


def _settle(part: Path, target: Path) -> None:
    """On the disk first, then under its name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def main() -> None:
    source, form = Path(sys.argv[1]), cast(Form, sys.argv[2])
    os.nice(_NICENESS)
    text = sys.stdin.read()
    try:
        stored = store(source, form, read_key(text) if text else None)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(json.dumps({"name": stored.name, "size_bytes": stored.stat().st_size}))


if __name__ == "__main__":
    main()
