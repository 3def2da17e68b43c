"""Voice messages by e-mail: the sound, and what was said where something can recognise it."""

import asyncio
import os
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Final

import structlog

from calls.voicemail.book import Message
from calls.voicemail.settings import MailSettings
from calls.voicemail.voicemail import Voicemail
from events.event import Event, Recorded
from events.ids import PartyId, RecordingId
from events.mailboxes import MessageLeft, MessageMailed, MessageMailFailed
from ivr.world import ReadRecording, Transcribe

FRESH_S: Final = 86_400.0
"""A start goes on with messages that are younger; older ones have been given up, or were left
before their mailbox had an address."""

_LONGEST_NAME: Final = 80

_log = structlog.get_logger(__name__)

Parties = Callable[[Collection[PartyId]], Mapping[PartyId, tuple[str, str]]]
"""Blocking. Number and name of those who are not erased."""


class MessageMail:
    """One per process. A message whose mail fails stays in its mailbox all the same."""

    def __init__(
        self,
        settings: MailSettings,
        voicemail: Voicemail,
        append: Callable[[Event], None],
        utc: Callable[[], float],
        *,
        read: ReadRecording,
        parties: Parties,
        transcribe: Transcribe | None = None,
        language: str = "en",
    ) -> None:
        self._settings = settings
        self._voicemail = voicemail
        self._append = append
        self._utc = utc
        self._read = read
        self._parties = parties
        self._transcribe = transcribe
        self._language = language
        self._server = asyncio.Lock()  # one connection at a time
        self._tasks: dict[RecordingId, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Go on with what an earlier process could not send."""
        for message in list(self._voicemail.book.messages.values()):
            if message.left_at > self._utc() - FRESH_S:
                self._begin(message.recording, message.mailbox)

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await self.idle()

    async def idle(self) -> None:
        """Wait until every message is sent, given up or erased."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @property
    def pending(self) -> int:
        """Messages that are being sent, or wait for another attempt."""
        return len(self._tasks)

    def observe(self, recorded: Recorded) -> None:
        """Listens to the log."""
        if isinstance(recorded.event, MessageLeft):
            self._begin(recorded.event.recording, recorded.event.mailbox)

    def _begin(self, recording: RecordingId, mailbox: str) -> None:
        known = self._voicemail.book.messages.get(recording)
        settled = known is not None and known.mail_settled
        if self._voicemail.settings_of(mailbox).email and not settled:
            task = asyncio.create_task(self._deliver(recording), name="message mailed")
            self._tasks[recording] = task
            task.add_done_callback(lambda _: self._tasks.pop(recording, None))

    async def _deliver(self, recording: RecordingId) -> None:
        for wait_s in (*self._settings.retries_s, None):
            message = self._voicemail.book.messages.get(recording)
            if message is None:
                return  # somebody has erased it
            try:
                await self._send(message)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                problem = " ".join(str(error).split())[:200] or type(error).__name__
                _log.warning("message_not_mailed", recording=recording, problem=problem)
                failed = MessageMailFailed(message.mailbox, recording, problem, wait_s is None)
                self._append(failed)
            else:
                self._append(MessageMailed(message.mailbox, recording))
                return
            if wait_s is not None:
                await asyncio.sleep(wait_s)

    async def _send(self, message: Message) -> None:
        sound = await self._read(message.file)
        number, name = await self._caller_of(message)
        text = await self._understood(sound)
        to = self._voicemail.settings_of(message.mailbox).email
        mail = letter(message, number, name, sound, text, sender=self._settings.sender, to=to)
        async with self._server:
            await asyncio.to_thread(post, self._settings, mail)

    async def _caller_of(self, message: Message) -> tuple[str, str]:
        """Number and name; empty when withheld or erased."""
        if message.caller is None:
            return "", ""
        known = await asyncio.to_thread(self._parties, {message.caller})
        return known.get(message.caller, ("", ""))

    async def _understood(self, sound: bytes) -> str | None:
        """What was said; a recogniser that fails costs the mail nothing but its words."""
        if self._transcribe is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "message.wav"
            await asyncio.to_thread(path.write_bytes, sound)
            try:
                return await self._transcribe(path, self._language)
            except Exception:  # an engine of somebody else's, plugged in
                _log.exception("message_not_understood")
                return None


def letter(
    message: Message,
    number: str,
    name: str,
    sound: bytes,
    text: str | None,
    *,
    sender: str,
    to: Collection[str],
) -> EmailMessage:
    """What is sent. `text`: what was said, as far as it was understood."""
    who = _printable(" ".join(filter(None, (name, number)))) or "an unknown caller"
    left_at = datetime.fromtimestamp(message.left_at).astimezone()
    mail = EmailMessage()
    mail["Subject"] = f"Voice message from {who} for {message.mailbox}"
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Date"] = formatdate(message.left_at, localtime=True)
    mail["Message-ID"] = make_msgid(message.recording, sender.partition("@")[2] or None)
    lines = [
        f"{who} left a message of {message.duration_s:.0f} seconds"
        f" on {left_at:%Y-%m-%d at %H:%M %Z} in the mailbox {message.mailbox}."
    ]
    if text:
        lines += ["", "What was understood:", "", text]
    mail.set_content("\n".join(lines) + "\n")
    mail.add_attachment(sound, maintype="audio", subtype="wav", filename=f"{message.recording}.wav")
    return mail


def post(settings: MailSettings, mail: EmailMessage) -> None:
    """Hand it to the server. Blocks.

    Raises:
        OSError, smtplib.SMTPException: it did not take it.
        ValueError: the password is not there.
    """
    context = ssl.create_default_context() if settings.tls != "off" else None
    timeout_s = settings.timeout_s
    if settings.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=timeout_s, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=timeout_s)
    with server:
        if settings.tls == "starttls":
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, _password(settings))
        server.send_message(mail)


def _password(settings: MailSettings) -> str:
    password = os.environ.get(settings.password_env or "")
    if password is None:
        raise ValueError(f"mail.password_env: {settings.password_env} is not set")
    return password


def _printable(text: str) -> str:
    """As it may stand in a header: a caller's name is whatever they say it is."""
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME]
