"""Engines that understand speech. Each is an entry point of the group `sentral.recognisers`.

The entry point is called without arguments and gives a `Recogniser`, or raises `RecogniserError`
when it cannot be used here. It runs in a process of its own, `media.recognising`.
"""

from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol

GROUP: Final = "sentral.recognisers"
"""Entry points of the engines."""


class RecogniserError(Exception):
    """Nothing could be recognised; the message tells why, and nothing of what was said."""


class Recogniser(Protocol):
    """An engine, loaded."""

    @property
    def languages(self) -> Sequence[str]:
        """Which it understands, e.g. "en"."""

    def __call__(self, path: Path, language: str, phrases: Sequence[str]) -> str:
        """What is said in a WAV file.

        Args:
            path: mono, 16 bit, 8000 Hz.
            language: one of `languages`.
            phrases: the answer is one of these, or empty; without any, whatever was said.

        Raises:
            RecogniserError: e.g. it does not know one of the words.
        """


def load(engine: str) -> Recogniser:
    """The engine of that name.

    Raises:
        RecogniserError: there is none, or it cannot be used.
    """
    known = {found.name: found for found in entry_points(group=GROUP)}
    if engine not in known:
        raise RecogniserError(f"there is no recogniser {engine}; known: {', '.join(sorted(known))}")
    recogniser: Recogniser = known[engine].load()()
    return recogniser
