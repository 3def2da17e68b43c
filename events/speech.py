"""What is spoken to callers by a speech engine."""

from dataclasses import dataclass

from events.event import Event
from events.ids import CallId


@dataclass(frozen=True, slots=True)
class SpeechFailed(Event):
    """A text was not said to the caller, or only its beginning; the flow goes on."""

    call: CallId
    problem: str
