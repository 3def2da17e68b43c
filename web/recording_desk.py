"""Recordings as the HTTP side gets at them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from events.ids import RecordingId
from records.past import RecordingFilter, RecordingRow


@dataclass(frozen=True, kw_only=True)
class RecordingDesk:
    """Those marked *blocking* are called in a thread."""

    find: Callable[[RecordingFilter], Sequence[RecordingRow]]
    """Blocking. Newest first."""
    one: Callable[[RecordingId], RecordingRow | None]
    """Blocking."""
    pieces: Callable[[RecordingRow], Iterator[bytes]]
    """Blocking, each step. The file's content, decrypted; raises OSError or ValueError."""
    delete: Callable[[RecordingRow, str], Awaitable[None]]
    """Remove the file and say who did; raises OSError."""
