"""The stream of events: a WebSocket that sends each event of the log as one JSON text."""

import asyncio
import contextlib
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from events.event import Recorded
from web.endpoints import Ask, Endpoint
from web.feed import Subscription, Wanted
from web.models import EventQuery
from web.problems import Problem

HEARTBEAT_S: Final = 20.0
FAREWELL_S: Final = 1.0
"""How long a slow client may take to hear that it is dropped."""
LARGEST_MESSAGE: Final = 1_024
"""Bytes. Clients have nothing to say."""


async def stream(ask: Ask) -> web.StreamResponse:
    feed, settings = ask.context.feed, ask.settings
    if len(feed) >= settings.event_clients:
        raise Problem(503, f"{settings.event_clients} clients already read the event stream")
    wanted = _wanted(ask.query(EventQuery))
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LARGEST_MESSAGE)
    subscription = feed.subscribe(wanted, settings.event_buffer)
    try:
        await socket.prepare(ask.request)
        await _serve(socket, subscription)
        if subscription.overflowed:
            await _say_goodbye(ask.request, socket, WSCloseCode.TRY_AGAIN_LATER, b"too slow")
        else:
            await _say_goodbye(ask.request, socket, WSCloseCode.GOING_AWAY, b"stopping")
    finally:
        feed.unsubscribe(subscription)
    return socket


async def _serve(socket: web.WebSocketResponse, subscription: Subscription) -> None:
    """Send until the client leaves, falls behind, or the server stops."""
    parts = (_send(socket, subscription), _read(socket), subscription.ended())
    tasks = [asyncio.create_task(part, name="event-stream") for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _say_goodbye(
    request: web.Request, socket: web.WebSocketResponse, code: WSCloseCode, why: bytes
) -> None:
    """Say why, if the client still listens, and close either way."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(FAREWELL_S):
            await socket.close(code=code, message=why)
    if request.transport is not None:
        request.transport.abort()


async def _send(socket: web.WebSocketResponse, subscription: Subscription) -> None:
    while True:
        await socket.send_str(await subscription.next())


async def _read(socket: web.WebSocketResponse) -> None:
    """Nothing is expected; reading is what notices that the client left."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return


def _wanted(query: EventQuery) -> Wanted:
    kinds = frozenset(query.kinds.split(",")) if query.kinds else None

    def wanted(recorded: Recorded) -> bool:
        event = recorded.event
        if kinds is not None and event.kind not in kinds:
            return False
        return query.call is None or getattr(event, "call", None) == query.call

    return wanted


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/events",
        summary="Events as they happen, over a WebSocket; a client that falls behind is dropped.",
        handler=stream,
        query=EventQuery,
    ),
)
