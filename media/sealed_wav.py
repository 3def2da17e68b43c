"""Recordings as the engine writes them under a key: WAV in sealed chunks, never plain on a disk.

A file is `WRITTEN`, a salt, and chunks: the length of the rest as 32 bits (little-endian), the
text, and a tag of 16 bytes. The nonce of a chunk is its number; `WRITTEN` and the salt go into
every tag. The first chunk is a WAV header without its sizes, the others are samples. No chunk can
be changed, moved or left out unnoticed; the end can, for a process that is killed cuts it off, too.
"""

import os
import struct
from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from media.sealing import NotOurs, file_key

WRITTEN: Final = b"SENTRAL\x02"

_SALT_BYTES: Final = 16
_TAG_BYTES: Final = 16
_HEAD_BYTES: Final = len(WRITTEN) + _SALT_BYTES
_LENGTH: Final = struct.Struct("<I")
_SIZES: Final = (4, 40)
_HEADER_BYTES: Final = 44
_INFO: Final = b"sentral recording being written"
_PIECE_BYTES: Final = 65_536


class Seal(NamedTuple):
    """What the engine needs to seal a file."""

    head: bytes
    key: bytes


def new_seal(key: bytes) -> Seal:
    """For one file; no other has its key."""
    salt = os.urandom(_SALT_BYTES)
    return Seal(WRITTEN + salt, file_key(key, salt, _INFO))


def is_sealed(path: Path) -> bool:
    """Raises OSError: it is away."""
    with path.open("rb") as file:
        return file.read(len(WRITTEN)) == WRITTEN


def pieces(path: Path, key: bytes | None) -> Iterator[bytes]:
    """The WAV file that a recording is until it has its final form, whether sealed or not.

    Raises:
        NotOurs: it was sealed, with another key or with one that is not given, or changed.
        OSError: it is away.
    """
    if not is_sealed(path):
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
        return
    if key is None:
        raise NotOurs("it is encrypted, and no key is set (recording.key_file)")
    with path.open("rb") as file:
        lengths = list(_lengths(file))
        texts = _texts(file, lengths, key, path.name)
        header = bytearray(next(texts, b""))
        if len(header) != _HEADER_BYTES:
            raise NotOurs(f"{path.name} has no beginning")
        data_bytes = _data_bytes(lengths)
        for at, size in zip(_SIZES, (data_bytes + _HEADER_BYTES - 8, data_bytes), strict=True):
            header[at : at + 4] = _LENGTH.pack(size)
        yield bytes(header)
        yield from texts


def repair(path: Path, key: bytes) -> float:
    """Cut a chunk off that is not whole; the length in seconds. Does no harm twice.

    Raises:
        NotOurs: another key, or changed.
        OSError: it is away, or cannot be written.
    """
    with path.open("r+b") as file:
        lengths = list(_lengths(file))
        header = next(_texts(file, lengths[:1], key, path.name), b"")
        if len(header) != _HEADER_BYTES:
            raise NotOurs(f"{path.name} has no beginning")
        try:
            next(_texts(file, lengths, key, path.name, first=len(lengths) - 1))
        except NotOurs:
            del lengths[-1]  # its place was kept, and never filled
        file.truncate(_end(lengths))
    bytes_per_s = int.from_bytes(header[28:32], "little")
    return _data_bytes(lengths) / max(1, bytes_per_s)


def reader(path: Path, key: bytes | None) -> BinaryIO:
    """`pieces` as a file that is read from its beginning to its end."""
    return BufferedReader(_Joined(pieces(path, key)))


class _Joined(RawIOBase):
    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _lengths(file: BinaryIO) -> Iterator[int]:
    """Of the chunks that are there as a whole, tags included."""
    end = file.seek(0, os.SEEK_END)
    at = _HEAD_BYTES
    while at + _LENGTH.size <= end:
        file.seek(at)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        at += _LENGTH.size + length
        if length < _TAG_BYTES or at > end:
            return
        yield length


def _end(lengths: list[int]) -> int:
    """Where these chunks end in the file."""
    return _HEAD_BYTES + sum(lengths) + _LENGTH.size * len(lengths)


def _data_bytes(lengths: list[int]) -> int:
    """Of samples in these chunks, of which the first is the header."""
    return sum(lengths[1:]) - _TAG_BYTES * (len(lengths) - 1)


def _texts(
    file: BinaryIO, lengths: list[int], key: bytes, name: str, *, first: int = 0
) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    file.seek(0)
    head = file.read(_HEAD_BYTES)
    cipher = AESGCM(file_key(key, head[len(WRITTEN) :], _INFO))
    file.seek(_end(lengths[:first]))
    for number, length in enumerate(lengths[first:], first):
        file.seek(_LENGTH.size, os.SEEK_CUR)
        try:
            yield cipher.decrypt(number.to_bytes(12), file.read(length), head)
        except InvalidTag as error:
            raise NotOurs(f"{name} was sealed with another key, or changed") from error
