"""Nonces that need no memory until they are used, and then remember their count.

A nonce carries when it was made and a signature, so a flood of unauthenticated requests costs no
memory. The first right answer enters it into a bounded table of nonce counts, RFC 7616 §3.4.
"""

import hashlib
import hmac
from collections import OrderedDict
from enum import Enum, auto
from typing import Final, Protocol

from sip.grammar import is_digits

_MAC_CHARS: Final = 32
_SALT_BYTES: Final = 8
_TICKS_PER_S: Final = 1000


class RandomSource(Protocol):
    """What we need of `random.Random`; its owner decides whether it is predictable."""

    def randbytes(self, n: int, /) -> bytes: ...


class NonceState(Enum):
    FRESH = auto()
    STALE = auto()  # ours, but too old or already used up: the client may try again
    UNKNOWN = auto()  # never ours, or from before a restart


class Nonces:
    """Made for one server; `now` is seconds on a steady clock."""

    def __init__(
        self, random: RandomSource, *, expiry_s: float = 300.0, max_used: int = 20_000
    ) -> None:
        self._random = random
        self._secret = random.randbytes(32)
        self._expiry_s = expiry_s
        self._max_used = max_used
        self._counts: OrderedDict[str, int] = OrderedDict()  # by first use
        self._forgotten_until = -1  # nonces made up to here may have been used before

    def make(self, now: float) -> str:
        made_at = int(now * _TICKS_PER_S)
        stem = f"{made_at}-{self._random.randbytes(_SALT_BYTES).hex()}"
        return f"{stem}-{self._sign(stem)}"

    def state(self, nonce: str, now: float) -> NonceState:
        """Whether the nonce may be used at all; says nothing about its count."""
        made_at = self._made_at(nonce)
        if made_at is None:
            return NonceState.UNKNOWN
        age_s = now - made_at / _TICKS_PER_S
        if age_s > self._expiry_s:
            return NonceState.STALE
        if made_at <= self._forgotten_until and nonce not in self._counts:
            return NonceState.STALE
        return NonceState.FRESH

    def use(self, nonce: str, count: str | None, now: float) -> bool:
        """Take one use of a nonce that is FRESH, after its response proved right.

        Args:
            count: the `nc` field; None from a client without qop, which may use a nonce once.

        Returns:
            False if this count was used already (a replay, or datagrams that overtook each
            other): challenge again with stale=true.
        """
        if count is None:
            number = 1
        elif len(count) == 8 and not count.strip("0123456789abcdefABCDEF"):
            number = int(count, 16)
        else:
            return False
        last = self._counts.get(nonce, 0)
        if number <= last or (count is None and last > 0):
            return False
        self._counts[nonce] = number
        while len(self._counts) > self._max_used:
            dropped, _ = self._counts.popitem(last=False)
            made_at = self._made_at(dropped)
            assert made_at is not None, "only nonces that we signed are counted"
            self._forgotten_until = max(self._forgotten_until, made_at)
        return True

    def _made_at(self, nonce: str) -> int | None:
        """In ticks; None unless we signed it."""
        stem, dash, signature = nonce.rpartition("-")
        if not dash or not nonce.isascii():
            return None
        if not hmac.compare_digest(signature, self._sign(stem)):
            return None
        ticks = stem.partition("-")[0]
        return int(ticks) if is_digits(ticks) else None

    def _sign(self, stem: str) -> str:
        mac = hmac.new(self._secret, stem.encode(), hashlib.sha256)
        return mac.hexdigest()[:_MAC_CHARS]
