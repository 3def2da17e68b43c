"""What is in the mailboxes: all of it follows from events, so that it outlives the process."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from events.calls import CallEnded
from events.event import Event, Recorded
from events.ids import CallId, PartyId, RecordingId
from events.mailboxes import (
    MailboxChanged,
    MessageDropped,
    MessageErased,
    MessageHeard,
    MessageLeft,
    MessageMailed,
    MessageMailFailed,
)
from events.recordings import (
    Purpose,
    RecordingDeleted,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
)
from events.surveys import SurveyCommented

FOLLOWED: Final = (
    *(RecordingStarted, RecordingStopped, RecordingFailed, RecordingDeleted),
    *(CallEnded, SurveyCommented, MailboxChanged),
    *(MessageLeft, MessageDropped, MessageHeard, MessageErased, MessageMailed, MessageMailFailed),
)
"""The events that `MessageBook.follow` heeds."""

SHORT = "short"


@dataclass(slots=True)
class Take:
    """What a caller said or still says, of which nobody has decided yet what it is.

    Attributes:
        file: within the folder for recordings, without its ending.
        duration_s: None while it is being recorded.
    """

    recording: RecordingId
    call: CallId
    purpose: Purpose
    label: str
    caller: PartyId | None
    file: str
    duration_s: float | None = None
    call_ended: bool = False


@dataclass(slots=True)
class Message:
    """In a mailbox. `left_at`: seconds since 1970. `mail_settled`: sent, or given up."""

    recording: RecordingId
    mailbox: str
    call: CallId
    caller: PartyId | None
    file: str
    left_at: float
    duration_s: float
    heard: bool = False
    mail_settled: bool = False


@dataclass(slots=True)
class Waste:
    """Sound that is to be removed from the disk."""

    recording: RecordingId
    call: CallId
    file: str
    by: str


class MessageBook:
    """Feed it the log. Nothing is done here; `due` says what must follow."""

    def __init__(self) -> None:
        self.takes: dict[RecordingId, Take] = {}
        self.messages: dict[RecordingId, Message] = {}
        """In the order in which they were left."""
        self.waste: dict[RecordingId, Waste] = {}
        self._untold: set[str] = set()

    def of(self, mailbox: str) -> list[Message]:
        """Unheard ones first, each kind by age."""
        inside = (message for message in self.messages.values() if message.mailbox == mailbox)
        return sorted(inside, key=lambda message: message.heard)

    def counts(self, mailbox: str) -> tuple[int, int]:
        """(new, old)"""
        heard = [message.heard for message in self.messages.values() if message.mailbox == mailbox]
        return heard.count(False), heard.count(True)

    def file_of(self, recording: RecordingId) -> str | None:
        known = self.takes.get(recording) or self.messages.get(recording)
        return None if known is None else known.file

    def follow(self, recorded: Recorded) -> None:
        match recorded.event:
            case RecordingStarted() as started:
                self._begun(started)
            case RecordingStopped(recording=recording, duration_s=duration_s):
                if recording in self.takes:
                    self.takes[recording].duration_s = duration_s
            case RecordingFailed(recording=recording):
                self.takes.pop(recording, None)
            case CallEnded(call=call):
                for take in self.takes.values():
                    take.call_ended = take.call_ended or take.call == call
            case SurveyCommented(recording=recording):
                self.takes.pop(recording, None)
            case RecordingDeleted(recording=recording):
                self._gone(recording)
            case event:
                self._follow_message(event, recorded.utc)

    def due(self, min_s: Callable[[str], float]) -> Iterator[Event]:
        """What follows from all this and is not in the log yet; `min_s` by mailbox."""
        for take in self.takes.values():
            if take.duration_s is None:
                continue
            if take.purpose is Purpose.COMMENT:
                yield _commented(take, take.duration_s)
            elif take.call_ended:
                yield message_of(take, take.duration_s, min_s(take.label))
        for mailbox in sorted(self._untold):
            yield MailboxChanged(mailbox, *self.counts(mailbox))

    def snapshot(self) -> dict[str, Any]:
        return {
            "takes": [asdict(take) for take in self.takes.values()],
            "messages": [asdict(message) for message in self.messages.values()],
            "waste": [asdict(each) for each in self.waste.values()],
            "untold": sorted(self._untold),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        for each in data.get("takes", ()):
            take = Take(**{**each, "purpose": Purpose(each["purpose"])})
            self.takes[take.recording] = take
        for each in data.get("messages", ()):
            self.messages[each["recording"]] = Message(**each)
        for each in data.get("waste", ()):
            self.waste[each["recording"]] = Waste(**each)
        self._untold |= set(data.get("untold", ()))

    def _begun(self, started: RecordingStarted) -> None:
        if started.label and started.purpose is not Purpose.CALL:
            self.takes[started.recording] = Take(
                started.recording,
                started.call,
                started.purpose,
                started.label,
                started.caller,
                started.file,
            )

    def _follow_message(self, event: Event, utc: float) -> None:
        match event:
            case MessageLeft(recording=recording) if recording in self.takes:
                self._left(event, self.takes.pop(recording), utc)
            case MessageDropped(recording=recording, reason=reason) if recording in self.takes:
                take = self.takes.pop(recording)
                self.waste[recording] = Waste(recording, take.call, take.file, reason)
            case MessageHeard(recording=recording) if recording in self.messages:
                self.messages[recording].heard = True
                self._untold.add(event.mailbox)
            case MessageErased(recording=recording, by=by) if recording in self.messages:
                gone = self.messages.pop(recording)
                self.waste[recording] = Waste(recording, gone.call, gone.file, by)
                self._untold.add(gone.mailbox)
            case (
                MessageMailed(recording=recording)
                | MessageMailFailed(recording=recording, given_up=True)
            ) if recording in self.messages:
                self.messages[recording].mail_settled = True
            case MailboxChanged(mailbox, new, old) if self.counts(mailbox) == (new, old):
                self._untold.discard(mailbox)

    def _left(self, left: MessageLeft, take: Take, utc: float) -> None:
        self.messages[left.recording] = Message(
            left.recording,
            left.mailbox,
            left.call,
            left.caller,
            take.file,
            utc,
            left.duration_s,
        )
        self._untold.add(left.mailbox)

    def _gone(self, recording: RecordingId) -> None:
        """Its sound is no more, whoever removed it."""
        self.waste.pop(recording, None)
        self.takes.pop(recording, None)
        gone = self.messages.pop(recording, None)
        if gone is not None:
            self._untold.add(gone.mailbox)


def message_of(take: Take, spoken_s: float, min_s: float) -> MessageLeft | MessageDropped:
    """What becomes of it when its caller is done."""
    if take.duration_s is None or spoken_s < min_s:
        return MessageDropped(take.call, take.label, take.recording, SHORT)
    return MessageLeft(take.call, take.label, take.recording, take.caller, take.duration_s)


def _commented(take: Take, duration_s: float) -> SurveyCommented:
    survey, _, question = take.label.partition("/")
    return SurveyCommented(take.call, survey, question, take.recording, duration_s)
