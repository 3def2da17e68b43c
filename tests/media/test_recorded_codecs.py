"""What is said on protected and on wideband legs, found in the recording: each on its own side.

Keys come by SDP here: keys of a handshake open packets by the same code.
"""

import asyncio
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from media.events import MediaEvent, PlaybackFinished, RecordingEvent
from media.protection import Protection
from media.sdp.protection import Offer
from media.service import MediaService
from media.settings import MediaSettings
from tests.likeness import likeness
from tests.rig.ports import free_ports
from tests.sound import RATE_HZ, Samples, compare, talk

ROUNDS = 5
"""A thread that a busy machine starves makes a packet late; what was lost is no fault then."""
LEAST_CORRELATION = 0.95
LEAST_LIKENESS = 0.85
"""Of Opus, which keeps no waveform; other speech stays below 0.7."""
FARTHEST_S = 0.2
"""Between the sides, of words that begin at once: one jitter buffer may have grown."""


@dataclass(frozen=True)
class Line:
    codec: str
    offer: Offer


class Party:
    """A phone, and the leg that answers it."""

    def __init__(self, media: MediaService, line: Line, seed: int) -> None:
        policy = Protection("off") if line.offer == "plain" else Protection("required", line.offer)
        self.told: asyncio.Queue[MediaEvent] = asyncio.Queue()
        self.phone = media.open(
            signalling_host="127.0.0.1",
            codecs=(line.codec,),
            protection=policy,
            on_event=self.told.put_nowait,
        )
        self.ours = media.open(
            signalling_host="127.0.0.1", protection=policy, on_event=lambda _: None
        )
        self.phone.accept_answer(self.ours.answer(self.phone.offer()))
        self.says = talk(2.0, seed=seed)
        self.line = line

    async def has_spoken(self) -> None:
        async with asyncio.timeout(30):
            while not isinstance(await self.told.get(), PlaybackFinished):
                pass


@pytest.fixture
async def media(tmp_path: Path) -> AsyncIterator[MediaService]:
    first = free_ports(40)
    settings = MediaSettings(port_first=first, port_last=first + 39, recordings=str(tmp_path))
    service = MediaService(settings)
    await service.start()
    yield service
    await service.stop()


async def recorded(media: MediaService, parties: tuple[Party, Party], name: str) -> list[Samples]:
    """Left and right of what both say at once, at 8000 Hz."""
    over: asyncio.Queue[RecordingEvent] = asyncio.Queue()
    rate_hz = max(party.ours.recorded_hz for party in parties)
    recording = media.record(
        name,
        left=parties[0].ours,
        right=parties[1].ours,
        rate_hz=rate_hz,
        on_event=over.put_nowait,
    )
    for party in parties:
        party.phone.play([media.sound_of(party.says, "words"), media.sound_of(bytes(6400), "")])
    for party in parties:
        await party.has_spoken()
    recording.stop()
    async with asyncio.timeout(30):
        await over.get()
    with wave.open(str(recording.path), "rb") as file:
        assert file.getframerate() == rate_hz
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768
    return [both[:: rate_hz // RATE_HZ, side] for side in (0, 1)]


def faults(sides: list[Samples], parties: tuple[Party, Party]) -> list[str]:
    found = []
    places = []
    for side, own, other in ((sides[0], *parties), (sides[1], *parties[::-1])):
        match = compare(side, own.says)
        places.append(match.offset_s)
        alike = likeness(side, own.says)
        if own.line.codec != "OPUS" and match.correlation < LEAST_CORRELATION:
            found.append(f"{own.line}: correlation {match.correlation:.3f}")
        if alike < LEAST_LIKENESS:
            found.append(f"{own.line}: likeness {alike:.3f}")
        if likeness(side, other.says) >= alike:
            found.append(f"{own.line}: the other side is heard")
    if all(party.line.codec != "OPUS" for party in parties) and (
        abs(places[0] - places[1]) > FARTHEST_S
    ):
        found.append(f"the sides begin at {places}")
    return found


@pytest.mark.parametrize(
    "lines",
    [
        (Line("PCMU", "sdes"), Line("PCMA", "plain")),
        (Line("G722", "sdes"), Line("PCMU", "sdes")),
        (Line("OPUS", "sdes"), Line("G722", "plain")),
        (Line("PCMA", "sdes"), Line("OPUS", "sdes")),
    ],
    ids=lambda lines: " and ".join(f"{line.codec} {line.offer}" for line in lines),
)
async def test_each_side_has_what_its_party_said(
    media: MediaService, lines: tuple[Line, Line]
) -> None:
    parties = Party(media, lines[0], 1), Party(media, lines[1], 2)
    parties[0].ours.bridge(parties[1].ours)
    for turn in range(ROUNDS):
        found = faults(await recorded(media, parties, f"call-{turn}"), parties)
        if not found:
            return
    assert not found
