"""Voice mailboxes: what is in them, the sound of a message, and its end."""

import asyncio
from typing import Final

from aiohttp import web

from calls.voicemail.book import Message
from events.ids import RecordingId
from web.endpoints import Ask, Endpoint
from web.mailbox_models import Mailbox, MailboxList, MessageList, VoiceMessage
from web.problems import Problem
from web.recording_models import Done

BY: Final = "api"

_UNREADABLE: Final = 500


async def list_mailboxes(ask: Ask) -> MailboxList:
    desk = ask.context.mailboxes
    counted = [(name, *desk.counts(name)) for name in desk.names()]
    return MailboxList(
        mailboxes=[Mailbox(name=name, new=new, old=old) for name, new, old in counted]
    )


async def list_messages(ask: Ask) -> MessageList:
    found = ask.context.mailboxes.messages(_mailbox(ask))
    callers = {message.caller for message in found if message.caller is not None}
    known = await asyncio.to_thread(ask.context.mailboxes.parties, callers) if callers else {}
    return MessageList(
        messages=[
            _shown(message, *(known.get(message.caller, ("", "")) if message.caller else ("", "")))
            for message in found
        ]
    )


async def hear_message(ask: Ask) -> web.StreamResponse:
    message = _message(ask)
    try:
        sound = await ask.context.mailboxes.sound(message.file)
    except FileNotFoundError as error:
        raise Problem(404, "its file is gone") from error
    except (OSError, ValueError) as error:
        raise Problem(_UNREADABLE, f"it cannot be read: {error}") from error
    return web.Response(
        body=sound,
        content_type="audio/wav",
        headers={
            "Content-Disposition": f'attachment; filename="{message.recording}.wav"',
            "Cache-Control": "no-store",
        },
    )


async def mark_heard(ask: Ask) -> Done:
    ask.context.mailboxes.heard(_message(ask).recording, BY)
    return Done()


async def erase_message(ask: Ask) -> Done:
    ask.context.mailboxes.erase(_message(ask).recording, BY)
    return Done()


def _mailbox(ask: Ask) -> str:
    name = ask.path("name")
    if name not in ask.context.mailboxes.names():
        raise Problem(404, f"there is no mailbox {name}")
    return name


def _message(ask: Ask) -> Message:
    mailbox, wanted = _mailbox(ask), RecordingId(ask.path("id"))
    for message in ask.context.mailboxes.messages(mailbox):
        if message.recording == wanted:
            return message
    raise Problem(404, f"there is no message {wanted} in {mailbox}")


def _shown(message: Message, number: str, name: str) -> VoiceMessage:
    return VoiceMessage(
        id=message.recording,
        mailbox=message.mailbox,
        call=message.call,
        number=number,
        name=name,
        left_at=message.left_at,
        duration_s=message.duration_s,
        heard=message.heard,
    )


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/mailboxes",
        summary="Voice mailboxes, and how many messages wait in each.",
        handler=list_mailboxes,
        answer=MailboxList,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/mailboxes/{name}/messages",
        summary="The messages of a mailbox, unheard ones first.",
        handler=list_messages,
        answer=MessageList,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/mailboxes/{name}/messages/{id}/sound",
        summary="The sound of a message, decrypted. It stays new until it is marked as heard.",
        handler=hear_message,
        content_type="audio/wav",
    ),
    Endpoint(
        method="POST",
        path="/api/v1/mailboxes/{name}/messages/{id}/heard",
        summary="Somebody has heard the message; it is kept.",
        handler=mark_heard,
        answer=Done,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/mailboxes/{name}/messages/{id}",
        summary="Erase a message, and its sound for good.",
        handler=erase_message,
        answer=Done,
    ),
)
