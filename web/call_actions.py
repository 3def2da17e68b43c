"""What may be done with calls that go on."""

from collections.abc import Callable
from dataclasses import dataclass

from events.ids import CallId, PhoneId
from events.supervision import Mode


@dataclass(frozen=True, kw_only=True)
class CallActions:
    """On the loop, at once. Each raises `calls.problems.Refused` when it cannot be done."""

    wish_recording: Callable[[CallId, str], None]
    """The wish: start, stop, pause or resume."""
    control_playing: Callable[[CallId, str, float], None]
    """The wish: pause, resume, seek, skip or volume; seconds or decibels of the last three."""
    supervise: Callable[[CallId, PhoneId, Mode], None]
    """Ring the supervisor's phone; switch the mode of one who is there already."""
    end_supervision: Callable[[CallId], None]
    begin_secure_entry: Callable[[CallId], None]
    """The caller types digits that nobody may know."""
    cancel_secure_entry: Callable[[CallId], None]
