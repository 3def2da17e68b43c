"""Voice mailboxes: messages that callers left, and what became of each."""

from dataclasses import dataclass

from events.event import Event
from events.ids import CallId, PartyId, RecordingId


@dataclass(frozen=True, slots=True)
class MailboxChanged(Event):
    """A message came, was heard or was erased. What is there now, not the difference.

    Attributes:
        new: messages that nobody has heard.
        old: messages that were heard and kept.
    """

    mailbox: str
    new: int
    old: int = 0


@dataclass(frozen=True, slots=True)
class MessageLeft(Event):
    """A recording became a message: its caller sent it, or hung up after speaking."""

    call: CallId
    mailbox: str
    recording: RecordingId
    caller: PartyId | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class MessageDropped(Event):
    """A recording became no message. `reason`: "again" (the caller speaks anew), "short"."""

    call: CallId
    mailbox: str
    recording: RecordingId
    reason: str


@dataclass(frozen=True, slots=True)
class MessageHeard(Event):
    """Somebody listened to it, and keeps it. `by`: "phone 2001", "api"."""

    mailbox: str
    recording: RecordingId
    by: str


@dataclass(frozen=True, slots=True)
class MessageErased(Event):
    """It is no longer in its mailbox; its sound goes, too. `by`: as above, or "retention"."""

    mailbox: str
    recording: RecordingId
    by: str


@dataclass(frozen=True, slots=True)
class MessageMailed(Event):
    """The mail server took it for the mailbox's readers."""

    mailbox: str
    recording: RecordingId


@dataclass(frozen=True, slots=True)
class MessageMailFailed(Event):
    """The mail server did not. `given_up`: it is not tried again; the message stays."""

    mailbox: str
    recording: RecordingId
    problem: str
    given_up: bool = False
