"""A phone hears its mailboxes: each message with its time, and keys to keep or to erase it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from calls.call import Call
from calls.first_of import first_of
from calls.player import Player
from calls.voicemail.book import Message
from events.ids import PhoneId, RecordingId
from ivr.controls import Controls
from ivr.spoken import Part, Unsayable
from media.errors import MediaError

AGAIN: Final = "1"
NEXT: Final = "2"
ERASE: Final = "3"
END: Final = "#"
CONTROLS: Final = Controls(back="4", pause="5", forward="6", softer="7", louder="9")
"""In a message that plays."""
ATTEMPTS: Final = 3
"""Silences or other keys after a message, before the call ends."""

PROMPTS: Final = (
    "feature_voicemail_empty",
    "feature_voicemail_new",
    "feature_voicemail_old",
    "feature_voicemail_message",
    "feature_voicemail_keys",
    "feature_voicemail_erased",
    "feature_voicemail_unreadable",
    "feature_voicemail_end",
)
"""All that is said here, beside numbers, days and times."""

_FIRST_DIGIT_S: Final = 5.0

_log = structlog.get_logger(__name__)


async def hear_messages(call: Call, phone: PhoneId) -> str:
    """Until all are heard, or the phone ends it; the prompt that says good-bye.

    Unheard messages come first, then those that were kept. A message counts as heard once it was
    played to its end, or a key was pressed.
    """
    voicemail = call.services.voicemail
    mailboxes = voicemail.at(phone)
    messages = voicemail.messages(mailboxes)
    if not messages:
        return "feature_voicemail_empty"
    await say(call, *_counted(messages, call.language))
    for message in messages:
        if message.recording not in voicemail.book.messages:
            continue  # another phone has erased it meanwhile
        if not await _Hearing(call, message, f"phone {phone}").run():
            break
    return "feature_voicemail_end"


class _Hearing:
    """One message."""

    def __init__(self, call: Call, message: Message, by: str) -> None:
        self._call = call
        self._message = message
        self._by = by

    async def run(self) -> bool:
        """Whether the next one is wanted."""
        failures = 0
        key = await self._play()
        while failures < ATTEMPTS:
            key = key or await self._ask()
            if key == NEXT:
                return True
            if key == END:
                return False
            if key == ERASE:
                self._unless_gone(self._call.services.voicemail.erase)
                await say(self._call, "feature_voicemail_erased")
                return True
            if key == AGAIN:
                key = await self._play()
            else:
                key, failures = "", failures + 1
        return False

    async def _play(self) -> str:
        """The key that ended it; "" at its end."""
        call, message = self._call, self._message
        await say(call, "feature_voicemail_message", *_when(message.left_at, call.language))
        try:
            async with call.services.voicemail.sound(message.recording) as sound:
                await Player(call, CONTROLS).play(call.play([sound]))
        except (OSError, ValueError, MediaError) as error:
            _log.error("message_not_heard", recording=message.recording, problem=str(error))
            await say(call, "feature_voicemail_unreadable")
            return ""
        self._unless_gone(call.services.voicemail.heard)
        return await _next_key(call)

    async def _ask(self) -> str:
        await say(self._call, "feature_voicemail_keys")
        return await self._call.digits.read(
            at_most=1, first_within_s=_FIRST_DIGIT_S, between_s=0.0, terminator=""
        )

    def _unless_gone(self, act: Callable[[RecordingId, str], None]) -> None:
        """Another phone, or its age, may have erased the message meanwhile."""
        if self._message.recording in self._call.services.voicemail.book.messages:
            act(self._message.recording, self._by)


async def say(call: Call, *names: str) -> None:
    """To the end or to a key, which is kept; nothing when one is there already."""
    if not call.digits.waiting:
        await first_of(call.play(call.sounds(*names)), call.digits.any_pressed())


async def _next_key(call: Call) -> str:
    return await call.digits.read(at_most=1, first_within_s=0.0, between_s=0.0, terminator="")


def _counted(messages: Sequence[Message], language: str) -> list[str]:
    """How many are new and how many are kept; a kind that there is none of is left out."""
    heard = [message.heard for message in messages]
    names: list[str] = []
    for count, what in (
        (heard.count(False), "feature_voicemail_new"),
        (heard.count(True), "feature_voicemail_old"),
    ):
        if count:
            names += [*_words(language, number=str(count)), what]
    return names


def _when(left_at: float, language: str) -> list[str]:
    """Day and time where this program runs; `left_at` is seconds since 1970."""
    at = datetime.fromtimestamp(left_at).astimezone()
    return [
        *_words(language, date=at.date().isoformat()),
        *_words(language, time=at.strftime("%H:%M")),
    ]


def _words(language: str, **part: str) -> list[str]:
    """Nothing in a language that has no rules for it."""
    try:
        return [str(name) for name in Part.model_validate(part).words({}, language)]
    except Unsayable:
        return []
