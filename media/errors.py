"""Errors of the media room: a peer's session that we cannot take, a file that we cannot play."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class MediaError(Exception):
    """Base class: `except MediaError` catches everything this package raises on purpose."""

    status: ClassVar[int] = 500
    """SIP status a UAS answers with when nobody handles the error."""


@dataclass(eq=False)
class NotAcceptable(MediaError):
    """The peer's session description has nothing that we can speak, RFC 3261 §21.4.26."""

    status = 488

    problem: str

    def __str__(self) -> str:
        return self.problem


@dataclass(eq=False)
class MalformedSession(NotAcceptable):
    """A body that is no session description, RFC 8866 §9; `problem` says what was being read.

    A kind of `NotAcceptable`, so that who answers a call needs one `except`.
    """

    status = 400

    text: str = ""
    """The offending text, kept whole for logs, cut short in the message."""

    def __str__(self) -> str:
        return f"{self.problem} in {self.text[:60]!r}"


@dataclass(eq=False)
class NoPorts(MediaError):
    """Every RTP port of the range is in use or in quarantine."""

    status = 503

    port_first: int
    port_last: int

    def __str__(self) -> str:
        return f"no free RTP port between {self.port_first} and {self.port_last}"


@dataclass(eq=False)
class RecordingError(MediaError):
    """A file that cannot be begun: the folder is not ours to write in, the name is taken."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@dataclass(eq=False)
class SoundError(MediaError):
    """A file that cannot be played."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"
