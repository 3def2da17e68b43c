"""A WAV file whose writer was killed: its header is made to say what is there."""

import struct
from pathlib import Path
from typing import Final

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
"""RIFF, size, WAVE, "fmt ", 16, format, channels, rate, bytes/s, frame bytes, bits, data, size."""

_LARGEST: Final = 2**32 - 1


class NoWav(ValueError):
    """Not a file that the engine began."""


def repair_wav(path: Path) -> float:
    """Cut half a frame off its end and set its sizes; the length in seconds. Does no harm twice.

    Raises:
        NoWav: it is none.
        OSError: it is away, or cannot be written.
    """
    with path.open("r+b") as file:
        start = file.read(_HEADER.size)
        fields = list(_HEADER.unpack(start)) if len(start) == _HEADER.size else []
        if not fields or (fields[0], fields[2], fields[11]) != (b"RIFF", b"WAVE", b"data"):
            raise NoWav(f"{path} does not begin as a recording does")
        frame_bytes, bytes_per_s = fields[9], fields[8]
        if not frame_bytes or not bytes_per_s:
            raise NoWav(f"{path} has no frames")
        room = min(path.stat().st_size, _LARGEST) - _HEADER.size
        data_bytes = room - room % frame_bytes
        fields[1], fields[12] = data_bytes + _HEADER.size - 8, data_bytes
        file.truncate(_HEADER.size + data_bytes)
        file.seek(0)
        file.write(_HEADER.pack(*fields))
    return float(data_bytes / bytes_per_s)
