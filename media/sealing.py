"""Recordings in their final form, encrypted: AES-256-GCM in chunks, each file under its own key.

A file is `MAGIC`, a salt, and chunks of `CHUNK_BYTES` of text, each with its tag of 16 bytes. The
file's key comes from ours and the salt (HKDF-SHA256, RFC 5869); a chunk's nonce is its number and
whether it is the last, so that no chunk can be changed, moved, left out or cut off unnoticed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

MAGIC: Final = b"SENTRAL\x01"
KEY_BYTES: Final = 32
CHUNK_BYTES: Final = 65_536

_SALT_BYTES: Final = 16
_TAG_BYTES: Final = 16
_INFO: Final = b"sentral recording"


class NotOurs(ValueError):
    """It was sealed with another key, or somebody has changed it."""


def read_key(text: str) -> bytes:
    """A key as 64 hexadecimal digits.

    Raises:
        ValueError: it is none; the message does not say what was read.
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {2 * KEY_BYTES} hexadecimal digits")
    return key


def seal(source: BinaryIO, target: BinaryIO, key: bytes) -> None:
    """Write all of the source, encrypted."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = os.urandom(_SALT_BYTES)
    cipher = AESGCM(file_key(key, salt))
    target.write(MAGIC + salt)
    number, chunk = 0, source.read(CHUNK_BYTES)
    while True:
        following = source.read(CHUNK_BYTES)
        target.write(cipher.encrypt(_nonce(number, last=not following), chunk, MAGIC))
        if not following:
            return
        number, chunk = number + 1, following


def unsealed(path: Path, key: bytes) -> Iterator[bytes]:
    """What was sealed, in pieces; each is genuine when it comes, and all of them at the end.

    Raises:
        NotOurs: another key, or a file that was changed or cut.
        OSError: it cannot be read.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise NotOurs(f"{path.name} is not sealed")
        cipher = AESGCM(file_key(key, file.read(_SALT_BYTES)))
        number, chunk = 0, file.read(CHUNK_BYTES + _TAG_BYTES)
        while True:
            following = file.read(CHUNK_BYTES + _TAG_BYTES)
            try:
                yield cipher.decrypt(_nonce(number, last=not following), chunk, MAGIC)
            except (InvalidTag, ValueError) as error:
                raise NotOurs(f"{path.name} was sealed with another key, or changed") from error
            if not following:
                return
            number, chunk = number + 1, following


def file_key(key: bytes, salt: bytes, info: bytes = _INFO) -> bytes:
    """Of one file and one use of it, by `info`."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt, info).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
