"""The centre's own story, as it happens: what tests wait for instead of sleeping.

async with EventStream(centre) as events:
    ...
    queued = await events.expect(CallQueued, queue="billing")
"""

import asyncio
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp

from events.codec import from_json
from events.event import Event, Recorded
from tests.rig.centre import Centre

PATIENCE_S: Final = 60.0
SHOWN: Final = 40

EventT = TypeVar("EventT", bound=Event)


class EventStream:
    """Every event since it was opened. Each is returned once; an earlier one counts."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.recorded: list[Recorded] = []
        self._taken: set[int] = set()
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        token = self._centre.token_file.read_text().strip()
        self._http = aiohttp.ClientSession(self._centre.url)
        self._socket = await self._http.ws_connect(
            "/api/v1/events", headers={"Authorization": f"Bearer {token}"}
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._socket.close()
        await self._http.close()
        await self._reading

    async def _read(self) -> None:
        async for message in self._socket:
            async with self._news:
                self.recorded.append(from_json(message.data))
                self._news.notify_all()

    async def expect(
        self, kind: type[EventT], *, within_s: float = PATIENCE_S, **fields: Any
    ) -> EventT:
        """The next event of this kind with these fields; fails with all that happened instead."""
        try:
            async with asyncio.timeout(within_s), self._news:
                while True:
                    for at, recorded in enumerate(self.recorded):
                        event = recorded.event
                        if at in self._taken or not isinstance(event, kind):
                            continue
                        if all(getattr(event, name) == value for name, value in fields.items()):
                            self._taken.add(at)
                            return event
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(self._told(kind, fields)) from None

    def of(self, kind: type[EventT], **fields: Any) -> list[EventT]:
        """Every event of this kind so far."""
        return [
            recorded.event
            for recorded in self.recorded
            if isinstance(recorded.event, kind)
            and all(getattr(recorded.event, name) == value for name, value in fields.items())
        ]

    def forget(self) -> None:
        """What happened so far is not waited for any more."""
        self._taken.update(range(len(self.recorded)))

    def _told(self, kind: type[Event], fields: Any) -> str:
        lines = [f"{each.utc:.3f} {each.event}"[:300] for each in self.recorded[-SHOWN:]]
        told = "\n  ".join(lines) or "nothing"
        return f"no {kind.__name__} {fields or ''}; it told:\n  {told}\n{self._centre.last_log()}"
