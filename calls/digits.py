"""The keys a caller pressed and nobody has read yet: type-ahead lives here, across nodes."""

import asyncio
from typing import Final

_MOST_KEPT: Final = 64  # a caller who leans on the keypad must not fill our memory


class DigitBuffer:
    """One per call. Only one reader at a time."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._pressed = asyncio.Event()

    def press(self, key: str) -> None:
        if len(self._keys) < _MOST_KEPT:
            self._keys.append(key)
        self._pressed.set()

    def forget(self) -> None:
        self._keys.clear()
        self._pressed.clear()

    async def any_pressed(self) -> None:
        """Return as soon as an unread key is there."""
        await self._pressed.wait()

    async def read(
        self, *, at_most: int, first_within_s: float, between_s: float, terminator: str
    ) -> str:
        """Up to `at_most` keys; "" if none came in time. The terminator is taken away."""
        read = ""
        patience_s = first_within_s
        while len(read) < at_most:
            key = await self._next(patience_s)
            if key is None or (terminator and key in terminator):
                break
            read += key
            patience_s = between_s
        return read

    async def _next(self, patience_s: float) -> str | None:
        if not self._keys:
            try:
                async with asyncio.timeout(patience_s):
                    await self._pressed.wait()
            except TimeoutError:
                return None
        key = self._keys.pop(0)
        if not self._keys:
            self._pressed.clear()
        return key
