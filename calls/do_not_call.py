"""The do-not-call list as a file: one number a line, as anybody writes it."""

from collections.abc import Iterable
from pathlib import Path

from calls.e164 import e164
from calls.opening_settings import CallBackSettings
from calls.problems import UnreadableFile


class DoNotCall:
    """Numbers that are never called back. The API adds others (`events.callbacks.NumberBarred`)."""

    def __init__(self, numbers: Iterable[str], settings: CallBackSettings) -> None:
        self._numbers = frozenset(e164(number, settings) for number in numbers)

    @classmethod
    def read(cls, path: Path, settings: CallBackSettings) -> "DoNotCall":
        """Anything from # on is a remark.

        Raises:
            UnreadableFile: it is missing, not UTF-8, or a line holds no number.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile(path, str(error)) from error
        numbers = [line.partition("#")[0].strip() for line in lines]
        for line, number in enumerate(numbers, start=1):
            if number and not e164(number, settings):
                raise UnreadableFile(path, f"line {line} holds no telephone number")
        return cls(filter(None, numbers), settings)

    def __contains__(self, number: str) -> bool:
        """`number` in the spelling of `calls.e164`."""
        return number in self._numbers
