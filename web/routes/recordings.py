"""Recordings: lists, one, its sound, and its end."""

import asyncio
from collections.abc import Iterator
from typing import Final

from aiohttp import web

from events.ids import RecordingId
from records.past import RecordingFilter, RecordingRow
from web.endpoints import Ask, Endpoint
from web.problems import Problem
from web.recording_models import Done, Recording, RecordingList, RecordingQuery

TYPES: Final = {"wav": "audio/wav", "opus": "audio/ogg", "mp3": "audio/mpeg"}

_THERE: Final = ("stopped", "stored")
_UNREADABLE: Final = 500


async def list_recordings(ask: Ask) -> RecordingList:
    query = ask.query(RecordingQuery)
    wanted = RecordingFilter(**query.model_dump())
    found = await asyncio.to_thread(ask.context.recordings.find, wanted)
    full = len(found) == query.limit
    return RecordingList(
        recordings=[Recording.model_validate(row) for row in found],
        next=found[-1].first_seq if full else None,
    )


async def show_recording(ask: Ask) -> Recording:
    return Recording.model_validate(await _row(ask))


async def hear_recording(ask: Ask) -> web.StreamResponse:
    row = await _whole(ask)
    pieces = ask.context.recordings.pieces(row)
    first = await _next(pieces)
    name = f"{row.id}.{row.form}"
    answer = web.StreamResponse(
        headers={
            "Content-Type": TYPES[row.form],
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
    )
    await answer.prepare(ask.request)
    piece: bytes | None = first
    while piece is not None:
        await answer.write(piece)
        piece = await asyncio.to_thread(next, pieces, None)
    await answer.write_eof()
    return answer


async def delete_recording(ask: Ask) -> Done:
    row = await _whole(ask)
    try:
        await ask.context.recordings.delete(row, "api")
    except OSError as error:
        raise Problem(_UNREADABLE, f"it cannot be removed: {error.strerror}") from error
    return Done()


async def _row(ask: Ask) -> RecordingRow:
    name = RecordingId(ask.path("id"))
    row = await asyncio.to_thread(ask.context.recordings.one, name)
    if row is None:
        raise Problem(404, f"there is no recording {name}")
    return row


async def _whole(ask: Ask) -> RecordingRow:
    row = await _row(ask)
    if row.state == "deleted":
        raise Problem(410, f"recording {row.id} was deleted")
    if row.state not in _THERE:
        raise Problem(409, f"recording {row.id} is not whole: {row.problem or row.state}")
    return row


async def _next(pieces: Iterator[bytes]) -> bytes | None:
    """The first piece: what cannot be read or decrypted is told before the answer begins."""
    try:
        return await asyncio.to_thread(next, pieces, None)
    except FileNotFoundError as error:
        raise Problem(404, "its file is gone") from error
    except (OSError, ValueError) as error:
        raise Problem(_UNREADABLE, f"it cannot be read: {error}") from error


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/recordings",
        summary="Recordings of conversations and messages, newest first.",
        handler=list_recordings,
        answer=RecordingList,
        query=RecordingQuery,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/recordings/{id}",
        summary="A recording, and who speaks in it from which second on.",
        handler=show_recording,
        answer=Recording,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/recordings/{id}/sound",
        summary="The sound itself, decrypted.",
        handler=hear_recording,
        content_type="audio/wav",
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/recordings/{id}",
        summary="Remove the sound for good; what is known of the recording stays.",
        handler=delete_recording,
        answer=Done,
    ),
)
