"""The keys a caller pressed and nobody has read yet: type-ahead lives here, across nodes."""

import asyncio
from typing import Final

_MOST_KEPT: Final = 64  # a caller who leans on the keypad must not fill our memory


class DigitBuffer:
    """One per call. Only one reader at a time."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._pressed = asyncio.Event()
        self._spare = ""
        self._spare_until = 0.0

    def press(self, key: str) -> None:
        if self._is_spare(key):
            return
        if len(self._keys) < _MOST_KEPT:
            self._keys.append(key)
        self._pressed.set()

    def _is_spare(self, key: str) -> bool:
        """Whether it is the terminator of a number that was complete without it: no new input."""
        spare, self._spare = self._spare, ""
        return (
            bool(spare) and key in spare and asyncio.get_running_loop().time() < self._spare_until
        )

    @property
    def waiting(self) -> bool:
        """Whether a key is there that nobody has read."""
        return bool(self._keys)

    @property
    def next_key(self) -> str:
        """The one that will be read first; "" if none is there."""
        return self._keys[0] if self._keys else ""

    def forget(self) -> None:
        self._keys.clear()
        self._pressed.clear()

    async def any_pressed(self) -> None:
        """Return as soon as an unread key is there."""
        await self._pressed.wait()

    async def read(
        self, *, at_most: int, first_within_s: float, between_s: float, terminator: str
    ) -> str:
        """Up to `at_most` keys; "" if none came in time.

        The terminator is taken away, also when it follows within `between_s` on a full read.
        """
        read = ""
        patience_s = first_within_s
        while len(read) < at_most:
            key = await self._next(patience_s)
            if key is None or (terminator and key in terminator):
                break
            read += key
            patience_s = between_s
        else:
            self._expect_spare(terminator, between_s)
        return read

    def _expect_spare(self, terminator: str, within_s: float) -> None:
        if self._keys:
            if terminator and self._keys[0] in terminator:
                self._take()
        else:
            self._spare = terminator
            self._spare_until = asyncio.get_running_loop().time() + within_s

    async def _next(self, patience_s: float) -> str | None:
        if not self._keys:
            try:
                async with asyncio.timeout(patience_s):
                    await self._pressed.wait()
            except TimeoutError:
                return None
        return self._take()

    def _take(self) -> str:
        key = self._keys.pop(0)
        if not self._keys:
            self._pressed.clear()
        return key
