"""What callers say, as flows hear it: an utterance, and the ears that understand it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Utterance:
    """Keys win: whoever presses one is not listened to.

    Attributes:
        keys: what was pressed instead.
        text: what was understood; one of the phrases if there were any.
        spoke: something was said, understood or not.
    """

    keys: str = ""
    text: str = ""
    spoke: bool = False


class NotHeard(Exception):
    """Nothing is known of what was said: the recogniser is away, overloaded or too slow."""


class Ears(Protocol):
    """A recogniser, as `sentral` sets it up."""

    def know(self, language: str) -> bool:
        """Whether it understands the language now."""

    async def understand(self, sound: Path, *, language: str, phrases: Sequence[str]) -> str:
        """What is said in a WAV file; "" when nothing was understood. Raises NotHeard."""
