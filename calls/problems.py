"""What calls refuse to go on with, told to whoever starts the centre."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(eq=False)
class UnreadableFile(Exception):
    """A file that the configuration names cannot be used."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@dataclass(eq=False)
class Refused(Exception):
    """An operation on an agent or a call cannot be done; the text says why, for a person."""

    problem: str

    def __str__(self) -> str:
        return self.problem
