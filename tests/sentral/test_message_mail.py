"""Messages by e-mail: what is in one, when it is tried again, and when it is given up."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from calls.voicemail.settings import MailboxSettings, MailSettings
from calls.voicemail.voicemail import Voicemail
from events.event import Event, Recorded
from events.ids import CallId, PartyId, RecordingId
from events.mailboxes import MessageErased, MessageLeft, MessageMailed, MessageMailFailed
from events.recordings import Purpose, RecordingStarted, RecordingStopped
from media.service import MediaService
from media.settings import MediaSettings
from sentral.message_mail import MessageMail, letter
from tests.rig.mail_server import MailServer
from tests.web.routes.test_mailboxes import message

R = RecordingId("c-1-r1")
SOUND = b"RIFF" + bytes(range(256)) * 20
UTC = 1_800_000_000.0


class Log:
    """Numbers events, and tells the mailboxes and the mail of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.listeners: list[Any] = []
        self.news = asyncio.Event()

    def append(self, event: Event) -> None:
        self.events.append(event)
        recorded = Recorded(len(self.events), UTC, 0.0, event)
        for listen in self.listeners:
            listen(recorded)
        self.news.set()

    async def until(self, kind: type[Event], count: int = 1) -> list[Any]:
        async with asyncio.timeout(30):
            while len(found := [e for e in self.events if isinstance(e, kind)]) < count:
                self.news.clear()
                await self.news.wait()
        return found


class Sender:
    """A mailbox with an address, and one message left in it."""

    def __init__(
        self, port: int, *, transcribe: Any = None, sound: Any = None, **mail: Any
    ) -> None:
        self.log = Log()
        mailboxes = {"support": MailboxSettings(email=("a@example.com", "b@example.com"))}
        self.voicemail = Voicemail(
            mailboxes, {}, self.log.append, lambda: UTC, MediaService(MediaSettings()), self._sound
        )
        changes = {"tls": "off", "retries_s": (0.01, 0.01), **mail}
        settings = MailSettings(host="127.0.0.1", port=port, sender="vm@example.com", **changes)
        self.mail = MessageMail(
            settings,
            self.voicemail,
            self.log.append,
            lambda: UTC,
            read=sound or self._sound,
            parties=lambda callers: dict.fromkeys(callers, ("62811", "Ayu\r\nBcc: x@y")),
            transcribe=transcribe,
        )
        self.log.listeners = [self.voicemail.follow]

    async def _sound(self, file: str) -> bytes:
        assert file == "2026/c-1-r1"
        return SOUND

    def leave(self, mailbox: str = "support") -> None:
        call, caller = CallId("c-1"), PartyId("p")
        file = "2026/c-1-r1"
        self.log.append(
            RecordingStarted(call, R, Purpose.MESSAGE, file, label=mailbox, caller=caller)
        )
        self.log.append(RecordingStopped(call, R, 7.0))
        self.log.append(MessageLeft(call, mailbox, R, caller, 7.0))


async def test_a_mail_has_the_sound_and_the_words() -> None:
    async def heard(path: Path, language: str) -> str:
        sound = await asyncio.to_thread(path.read_bytes)
        return f"{language}: please call me back." if sound == SOUND else ""

    async with MailServer() as server:
        sender = Sender(server.port, transcribe=heard)
        sender.log.listeners.append(sender.mail.observe)
        sender.leave()
        await sender.log.until(MessageMailed)
        (recipients, mail) = server.taken[0]
    assert recipients == ["a@example.com", "b@example.com"]
    assert mail["Subject"] == "Voice message from AyuBcc: x@y 62811 for support"
    assert mail["Bcc"] is None
    body, sound = mail.get_body(("plain",)), next(mail.iter_attachments())
    assert body is not None
    assert "7 seconds" in body.get_content()
    assert "en: please call me back." in body.get_content()
    assert (sound.get_content(), sound.get_filename()) == (SOUND, "c-1-r1.wav")
    assert sound.get_content_type() == "audio/wav"


async def test_a_recogniser_that_breaks_costs_only_the_words() -> None:
    async def broken(path: Path, language: str) -> str:
        raise RuntimeError("no model")

    async with MailServer() as server:
        sender = Sender(server.port, transcribe=broken)
        sender.leave()
        sender.mail.start()
        await sender.log.until(MessageMailed)


async def test_a_server_that_is_busy_is_asked_again() -> None:
    async with MailServer(refuses=["451 later", "451 later"]) as server:
        sender = Sender(server.port)
        sender.leave()
        sender.mail.start()
        await sender.log.until(MessageMailed)
        failed = await sender.log.until(MessageMailFailed, 2)
        assert [each.given_up for each in failed] == [False, False]
        assert "later" in failed[0].problem
        assert (server.asked, len(server.taken)) == (3, 1)
        await sender.mail.idle()
        sender.mail.start()  # as the next process does
        assert sender.mail.pending == 0, "sent once is sent"


async def test_in_the_end_it_is_given_up_and_the_message_stays() -> None:
    async with MailServer(refuses=["550 no"] * 9) as server:
        sender = Sender(server.port)
        sender.leave()
        sender.mail.start()
        failed = await sender.log.until(MessageMailFailed, 3)
        assert [each.given_up for each in failed] == [False, False, True]
        assert R in sender.voicemail.book.messages
        await sender.mail.idle()
        sender.mail.start()
        assert (sender.mail.pending, server.asked) == (0, 3)


async def test_an_erased_message_is_not_tried_again() -> None:
    async with MailServer(refuses=["451 later"] * 9) as server:
        sender = Sender(server.port, retries_s=(0.05, 0.05))
        sender.leave()
        sender.mail.start()
        await sender.log.until(MessageMailFailed)
        sender.log.append(MessageErased("support", R, "api"))
        await sender.mail.idle()
        assert server.asked == 1


async def test_sound_that_is_away_and_a_mailbox_without_addresses() -> None:
    async def away(file: str) -> bytes:
        raise FileNotFoundError(2, "gone")

    async with MailServer() as server:
        sender = Sender(server.port, sound=away, retries_s=())
        sender.leave()
        sender.mail.start()
        (failed,) = await sender.log.until(MessageMailFailed)
        assert failed.given_up
        other = Sender(server.port)
        other.leave("sales")
        other.mail.start()
        assert (other.mail.pending, server.asked) == (0, 0)


@pytest.mark.parametrize(
    ("number", "name", "who"),
    [("62811", "", "62811"), ("", "", "an unknown caller"), ("1", "A" * 200, "A" * 80)],
)
def test_who_left_it(number: str, name: str, who: str) -> None:
    mail = letter(message(), number, name, b"", None, sender="vm@example.com", to=["a@b"])
    assert mail["Subject"] == f"Voice message from {who} for support"
