"""Voice mailboxes as the HTTP side gets at them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from calls.voicemail.book import Message
from events.ids import PartyId, RecordingId


@dataclass(frozen=True, kw_only=True)
class MailboxDesk:
    """Those marked *blocking* are called in a thread."""

    names: Callable[[], Sequence[str]]
    counts: Callable[[str], tuple[int, int]]
    """(new, old) messages of a mailbox."""
    messages: Callable[[str], Sequence[Message]]
    """Unheard ones first, each kind by age."""
    parties: Callable[[Collection[PartyId]], Mapping[PartyId, tuple[str, str]]]
    """Blocking. Number and name of those who are not erased."""
    sound: Callable[[str], Awaitable[bytes]]
    """The WAV, by the message's `file`; raises OSError or ValueError."""
    heard: Callable[[RecordingId, str], None]
    """By whom."""
    erase: Callable[[RecordingId, str], None]
    """By whom."""
