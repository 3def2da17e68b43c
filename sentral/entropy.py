"""Randomness for tags, branches, nonces and session ids: the system's, fetched by the block."""

from random import SystemRandom
from typing import Final

_BLOCK_BYTES: Final = 4096


class BlockRandom(SystemRandom):
    """As unpredictable as `SystemRandom`, without a call of the system for each number: a SIP
    message needs several. For one thread."""

    def __init__(self) -> None:
        super().__init__()
        self._block = b""
        self._used = 0

    def randbytes(self, n: int) -> bytes:
        if n > _BLOCK_BYTES:
            return super().randbytes(n)
        if self._used + n > len(self._block):
            self._block = super().randbytes(_BLOCK_BYTES)
            self._used = 0
        taken = self._block[self._used : self._used + n]
        self._used += n
        return taken

    def getrandbits(self, k: int) -> int:
        count = (k + 7) // 8
        return int.from_bytes(self.randbytes(count), "big") >> (count * 8 - k)

    def random(self) -> float:
        """In [0, 1), with all 53 bits of a float."""
        return self.getrandbits(53) * 2.0**-53
