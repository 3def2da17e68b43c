"""What lies outside of a call and a flow may ask about: time, chance, customers, the web."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from ivr.fetching import Fetch
from ivr.http_client import HttpClient
from ivr.lockouts import Lockouts
from ivr.messages import Messages
from ivr.querying import History, Query, no_database, no_history
from ivr.utterances import Ears

ReadRecording: TypeAlias = Callable[[str], Awaitable[bytes]]
"""A recording that is over, by its file as `RecordingStarted` names it: the WAV, decrypted.

Raises OSError or ValueError when it cannot be read.
"""

Transcribe: TypeAlias = Callable[[Path, str], Awaitable[str | None]]
"""What is said in a WAV file in a language; None when nothing was understood."""


async def no_recordings(file: str) -> bytes:
    raise FileNotFoundError(file)


class World(Protocol):
    """One per call; `calls` implements it, rehearsals and tests bring their own."""

    @property
    def fetch(self) -> Fetch: ...

    @property
    def query(self) -> Query: ...

    @property
    def history(self) -> History: ...

    @property
    def lockouts(self) -> Lockouts: ...

    @property
    def messages(self) -> Messages: ...

    def utc(self) -> float:
        """Seconds since 1970."""

    def lot(self, name: str) -> float:
        """Chance from 0 up to 1: evenly spread over calls, always the same for one call and name,
        so that a flow that goes on after a crash decides as it did before."""

    def customer_of(self, number: str) -> Mapping[str, Any]:
        """The row of the customers file; all columns empty and `vip` false when there is none."""

    def note(self, name: str, values: Mapping[str, Any]) -> None:
        """Write an event into the call's story."""

    def rated(self, survey: str, question: str, scale: str, score: int | None) -> None:
        """A survey's question was asked; `score` is None when no answer came."""


@dataclass(frozen=True)
class Outside:
    """What all calls of a process share of it."""

    http: HttpClient = field(default_factory=HttpClient)
    lockouts: Lockouts = field(default_factory=Lockouts)
    query: Query = no_database
    history: History = no_history
    recorded: ReadRecording = no_recordings
    transcribe: Transcribe | None = None
    ears: Ears | None = None
