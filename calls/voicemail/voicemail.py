"""The mailboxes of a centre: the one owner of what is in them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from calls.mailboxes import mailboxes_at
from calls.problems import Refused
from calls.settings import PhoneSettings
from calls.voicemail.book import Message, MessageBook, message_of
from calls.voicemail.settings import MailboxSettings
from events.event import Event, Recorded
from events.ids import PhoneId, RecordingId
from events.mailboxes import MessageDropped, MessageErased, MessageHeard, MessageLeft
from ivr.world import ReadRecording
from media.sounds import Sound

LOOK_S: Final = 3600.0
"""Between looks for messages whose time is over."""

_DAY_S: Final = 86_400.0
_USUAL: Final = MailboxSettings()


class Sounds(Protocol):
    """`media.service.MediaService`."""

    async def load_wav(self, content: bytes, name: str) -> Sound: ...
    def unload(self, sound: Sound) -> None: ...


class Voicemail:
    """One per process. Satisfies `ivr.messages.Messages`."""

    def __init__(
        self,
        settings: Mapping[str, MailboxSettings],
        phones: Mapping[PhoneId, PhoneSettings],
        append: Callable[[Event], None],
        utc: Callable[[], float],
        sounds: Sounds,
        read: ReadRecording,
    ) -> None:
        """`utc`: seconds since 1970."""
        self.book = MessageBook()
        self._settings = settings
        self._at_phone = {name: mailboxes_at(name, phone) for name, phone in phones.items()}
        self._append = append
        self._utc = utc
        self._sounds = sounds
        self._read = read
        self._raised: list[Event] = []
        self._alarm: asyncio.TimerHandle | None = None

    # Life

    def restore(self, data: Mapping[str, Any]) -> None:
        self.book.restore(data)

    def start(self) -> None:
        """Do what an ended process no longer could, and erase what is too old, now and then."""
        self._settle()
        self._look()

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def follow(self, recorded: Recorded) -> None:
        if recorded.event in self._raised:
            self._raised.remove(recorded.event)
        self.book.follow(recorded)
        self._settle()

    def _settle(self) -> None:
        for event in list(self.book.due(lambda mailbox: self.settings_of(mailbox).min_s)):
            if event not in self._raised:  # else it waits its turn already
                self._raised.append(event)
                self._append(event)

    def _look(self) -> None:
        self._alarm = asyncio.get_running_loop().call_later(LOOK_S, self._look)
        for message in list(self.book.messages.values()):
            kept_days = self.settings_of(message.mailbox).kept_days
            if kept_days is not None and message.left_at < self._utc() - kept_days * _DAY_S:
                self.erase(message.recording, "retention")

    # What there is

    def names(self) -> list[str]:
        """Of all mailboxes, those that only hold old messages included."""
        of_phones = (each for mailboxes in self._at_phone.values() for each in mailboxes)
        inside = (message.mailbox for message in self.book.messages.values())
        return sorted({*self._settings, *of_phones, *inside})

    def settings_of(self, mailbox: str) -> MailboxSettings:
        return self._settings.get(mailbox, _USUAL)

    def at(self, phone: PhoneId) -> tuple[str, ...]:
        """The mailboxes that this phone hears."""
        return self._at_phone.get(phone, ())

    def messages(self, mailboxes: Iterable[str]) -> list[Message]:
        """Unheard ones first, each kind by age."""
        inside = [message for mailbox in mailboxes for message in self.book.of(mailbox)]
        return sorted(inside, key=lambda message: (message.heard, message.left_at))

    @asynccontextmanager
    async def sound(self, recording: str) -> AsyncIterator[Sound]:
        """To be played inside of the block.

        Raises:
            OSError, ValueError: it cannot be read.
        """
        file = self.book.file_of(RecordingId(recording))
        if file is None:
            raise FileNotFoundError(recording)
        sound = await self._sounds.load_wav(await self._read(file), recording)
        try:
            yield sound
        finally:
            self._sounds.unload(sound)

    # Leaving a message

    def knows(self, mailbox: str) -> bool:
        return mailbox in self._settings or any(mailbox in of for of in self._at_phone.values())

    def is_full(self, mailbox: str) -> bool:
        return sum(self.book.counts(mailbox)) >= self.settings_of(mailbox).max_messages

    def is_enough(self, mailbox: str, spoken_s: float) -> bool:
        return spoken_s >= self.settings_of(mailbox).min_s

    def send(self, recording: str, spoken_s: float) -> bool:
        take = self.book.takes.get(RecordingId(recording))
        if take is None:
            return False
        event = message_of(take, spoken_s, self.settings_of(take.label).min_s)
        self._append(event)
        return isinstance(event, MessageLeft)

    def drop(self, recording: str) -> None:
        take = self.book.takes.get(RecordingId(recording))
        if take is not None:
            self._append(MessageDropped(take.call, take.label, take.recording, "again"))

    # Hearing and erasing

    def heard(self, recording: RecordingId, by: str) -> None:
        """Raises Refused."""
        message = self._message(recording)
        if not message.heard:
            self._append(MessageHeard(message.mailbox, recording, by))

    def erase(self, recording: RecordingId, by: str) -> None:
        """Raises Refused."""
        self._append(MessageErased(self._message(recording).mailbox, recording, by))

    def _message(self, recording: RecordingId) -> Message:
        message = self.book.messages.get(recording)
        if message is None:
            raise Refused(f"there is no message {recording}")
        return message
