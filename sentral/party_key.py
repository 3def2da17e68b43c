"""The secret behind callers' surrogates: a file that only we may read."""

import os
import secrets
from pathlib import Path
from typing import Final

_BYTES: Final = 32


def party_key(path: Path) -> bytes:
    """Read the key, or make one at the first start.

    Raises:
        OSError: the file can be neither read nor written.
        ValueError: what is there is no key of ours.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return _make(path)
    if len(key) != _BYTES:
        raise ValueError(f"{path}: not a key of {_BYTES} bytes; remove it to begin a new one")
    return key


def _make(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(_BYTES)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(key)
    return key
