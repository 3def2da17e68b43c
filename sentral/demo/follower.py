"""Follows the centre's own events over the API's WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from aiohttp import ClientError, ClientSession, WSMsgType

from events.calls import CallArrived
from events.codec import from_json
from events.event import Event, Recorded
from events.ids import CallId
from sentral.failures import Failure

PATIENCE_S: Final = 30.0

EventT = TypeVar("EventT", bound=Event)


class Follower:
    """Every event since it began to follow. Use `following`."""

    def __init__(self, on_event: Callable[["Follower", Recorded], None]) -> None:
        self.recorded: list[Recorded] = []
        self.calls: dict[str, CallId] = {}
        """By the Call-ID of the caller's dialog."""
        self._on_event = on_event
        self._changed = asyncio.Condition()
        self._broken = False

    async def call_of(self, sip_call_id: str) -> CallId:
        """The centre's name of a call that a phone made. Raises Failure."""
        await self._until(lambda: sip_call_id in self.calls, "a call to arrive")
        return self.calls[sip_call_id]

    async def until(
        self,
        kind: type[EventT],
        what: str,
        where: Callable[[EventT], bool] = lambda _: True,
    ) -> EventT:
        """The first such event, from now or earlier.

        Raises:
            Failure: it did not come in time, or the centre went away.
        """
        found: list[EventT] = []

        def look() -> bool:
            events = (recorded.event for recorded in self.recorded)
            found.extend(e for e in events if isinstance(e, kind) and where(e))
            return bool(found)

        await self._until(look, what)
        return found[0]

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(lambda: holds() or self._broken)
        except TimeoutError:
            raise Failure(f"waited {PATIENCE_S:g} s in vain for {what}") from None
        if not holds():
            raise Failure(f"the centre stopped telling its events while we waited for {what}")

    async def take(self, text: str) -> None:
        recorded = from_json(text)
        self.recorded.append(recorded)
        if isinstance(recorded.event, CallArrived):
            self.calls[recorded.event.sip_call_id] = recorded.event.call
        self._on_event(self, recorded)
        async with self._changed:
            self._changed.notify_all()

    async def lost(self) -> None:
        self._broken = True
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def following(
    url: str, token: str, on_event: Callable[[Follower, Recorded], None]
) -> AsyncIterator[Follower]:
    """Follow until the block ends.

    Raises:
        Failure: the stream cannot be opened.
    """
    follower = Follower(on_event)
    try:
        async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            socket = await session.ws_connect(f"{url}/api/v1/events")

            async def read() -> None:
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        await follower.take(message.data)
                await follower.lost()

            reading = asyncio.create_task(read())
            try:
                yield follower
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading
                await socket.close()
    except (ClientError, OSError) as error:
        raise Failure(f"the centre's events cannot be followed: {error}") from error
