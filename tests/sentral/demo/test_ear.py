"""An ear on a phone of ours hears what another phone says, through the real engine."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from media.leg import MediaLeg
from media.service import MediaService
from media.settings import MediaSettings
from sentral.demo import hearing
from sentral.demo.ear import HOST, Ear
from tests.rig.ports import free_ports

PORTS = 40


@pytest.fixture
async def media() -> AsyncIterator[MediaService]:
    first = free_ports(PORTS)
    service = MediaService(MediaSettings(port_first=first, port_last=first + PORTS - 1))
    await service.start()
    yield service
    await service.stop()


def leg_of(media: MediaService) -> MediaLeg:
    return media.open(signalling_host=HOST, codecs=("PCMU",), on_event=lambda _: None)


@pytest.fixture
async def line(media: MediaService) -> AsyncIterator[tuple[MediaLeg, Ear]]:
    """A leg that speaks, and the ear at the phone that it speaks to."""
    speaker, phone, listening = leg_of(media), leg_of(media), leg_of(media)
    speaker.accept_answer(phone.answer(speaker.offer()))
    ear, close = await Ear.open()
    listening.offer()
    listening.accept_answer(ear.sdp())
    phone.bridge(listening)
    yield speaker, ear
    close()


async def test_an_ear_hears_what_is_said_to_its_phone(
    media: MediaService, line: tuple[MediaLeg, Ear]
) -> None:
    speaker, ear = line
    sweep = hearing.sweep()
    speaker.play([media.sound_of(hearing.as_bytes(sweep), "sweep")])
    heard = await ear.next(hearing.SWEEP_S)
    assert hearing.likeness(heard, sweep).correlation > 0.95


async def test_a_pause_begins_when_the_sound_ends(
    media: MediaService, line: tuple[MediaLeg, Ear]
) -> None:
    speaker, ear = line
    speaker.play([media.sound_of(hearing.as_bytes(hearing.tone(440.0)), "tone")])
    await asyncio.wait_for(ear.pause(0.2), 60)
    assert hearing.is_tone(ear.since(0)[:3200], 440.0)
    count = len(ear.packets)
    assert count >= 24  # half a second of them


async def test_who_hears_nothing_is_told_so() -> None:
    ear, close = await Ear.open()
    assert await ear.next(0.02, within_s=0.05) == []
    close()


async def test_what_is_no_sound_is_not_heard() -> None:
    ear, close = await Ear.open()
    for data in (b"", b"\x80", b"\x80\x65" + bytes(14), bytes(12)):
        ear.datagram_received(data, None)
    assert ear.packets == []
    close()
