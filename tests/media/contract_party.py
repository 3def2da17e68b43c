"""Legs and what they told, for the checks that hold against both engines."""

import asyncio

from media.events import MediaEvent, SourceLatched
from media.leg import MediaLeg
from media.service import MediaService


class Party:
    """A leg and what it told; the other one of a `pair` is its peer."""

    def __init__(self, media: MediaService) -> None:
        self.told: asyncio.Queue[MediaEvent] = asyncio.Queue()
        self.leg: MediaLeg = media.open(signalling_host="127.0.0.1", on_event=self._hear)

    async def next(self) -> MediaEvent:
        async with asyncio.timeout(60):
            return await self.told.get()

    def nothing_told(self) -> bool:
        return self.told.empty()

    def _hear(self, event: MediaEvent) -> None:
        if not isinstance(event, SourceLatched):  # only real packets have a source
            self.told.put_nowait(event)


def pair(media: MediaService, *, keys_as_tones: bool = False) -> tuple[Party, Party]:
    """Two legs of ours that have each other as their peers."""
    a, b = Party(media), Party(media)
    offer = a.leg.offer()
    if keys_as_tones:
        lines = offer.splitlines(keepends=True)
        offer = b"".join(line for line in lines if b"telephone-event" not in line)
    a.leg.accept_answer(b.leg.answer(offer))
    return a, b
