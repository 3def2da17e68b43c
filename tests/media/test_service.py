"""The service: addresses in SDP, sounds decoded once, one leg's trouble kept from the others."""

import asyncio
import os
from pathlib import Path

import pytest

from media.errors import SoundError
from media.events import MediaEvent
from media.sdp.parser import parse_session
from media.service import MediaService
from media.settings import MediaSettings
from media.sounds import Samples, decode_at, write_wav
from media.statistics import EngineTotals
from tests.media.scripted_engine import ScriptedEngine
from tests.media.scripted_media import ScriptedMediaService
from tests.sound import babble
from tests.virtual_time import in_virtual_time


@pytest.mark.parametrize(
    ("settings", "local_address", "told"),
    [
        (MediaSettings(), None, "127.0.0.1"),
        (MediaSettings(), "192.0.2.5", "127.0.0.1"),
        (MediaSettings(address="0.0.0.0"), "192.0.2.5", "192.0.2.5"),
        (MediaSettings(address="0.0.0.0", advertised="203.0.113.9"), "192.0.2.5", "203.0.113.9"),
    ],
)
@in_virtual_time
async def test_peers_are_told_an_address_that_reaches_us(
    settings: MediaSettings, local_address: str | None, told: str
) -> None:
    media = ScriptedMediaService(settings)
    await media.start()
    leg = media.open(
        signalling_host="192.0.2.10", local_address=local_address, on_event=lambda _: None
    )
    session = parse_session(leg.offer())
    assert (session.origin.address, session.connection) == (told, told)
    await media.stop()


@in_virtual_time
async def test_codecs_can_be_put_in_another_order() -> None:
    media = ScriptedMediaService()
    await media.start()
    leg = media.open(signalling_host="127.0.0.1", codecs=("PCMA", "PCMU"), on_event=lambda _: None)
    assert parse_session(leg.offer()).media[0].formats == ("8", "0", "101")
    await media.stop()


@in_virtual_time
async def test_one_owners_mistake_costs_no_other_leg_its_events() -> None:
    media = ScriptedMediaService()
    await media.start()
    heard: list[MediaEvent] = []

    def broken(event: MediaEvent) -> None:
        raise RuntimeError("a bug of the owner")

    first = media.open(signalling_host="127.0.0.1", on_event=broken)
    second = media.open(signalling_host="127.0.0.1", on_event=heard.append)
    media.press(first, "1")
    media.press(second, "2")
    await asyncio.sleep(1)
    assert len(heard) == 1
    await media.stop()


@in_virtual_time
async def test_stop_closes_every_leg_and_may_come_twice() -> None:
    media = ScriptedMediaService()
    await media.stop()
    await media.start()
    leg = media.open(signalling_host="127.0.0.1", on_event=lambda _: None)
    await media.stop()
    await media.stop()
    assert leg.closed
    assert media.totals() == EngineTotals()


class Decodes:
    """Counts calls of `decode`, which still does its work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0

        def counted(path: Path, most_hz: int) -> Samples:
            self.count += 1
            return decode_at(path, most_hz)

        monkeypatch.setattr("media.service.decode_at", counted)


def scripted_service() -> MediaService:
    return MediaService(MediaSettings(), open_engine=lambda _: ScriptedEngine(20000, 20010))


async def test_a_file_is_decoded_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decodes = Decodes(monkeypatch)
    media = scripted_service()
    await media.start()
    path = tmp_path / "welcome.wav"
    write_wav(path, babble(0.5))
    first = media.sound(path)
    assert first.duration_s == 0.5
    assert first.name == "welcome.wav"
    assert media.sound(path) is first
    assert await media.load(path) is first
    assert decodes.count == 1
    write_wav(path, babble(0.25))
    os.utime(path, ns=(1, 1))
    assert media.sound(path).duration_s == 0.25
    assert decodes.count == 2
    await media.stop()


async def test_two_who_want_one_file_share_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decodes = Decodes(monkeypatch)
    media = scripted_service()
    await media.start()
    path = tmp_path / "a.wav"
    write_wav(path, babble(0.5))
    one, two = await asyncio.gather(media.load(path), media.load(path))
    assert one is two
    assert decodes.count == 1
    await media.stop()


async def test_who_gives_up_takes_nothing_from_the_other(tmp_path: Path) -> None:
    media = scripted_service()
    await media.start()
    path = tmp_path / "a.wav"
    write_wav(path, babble(0.5))
    hasty = asyncio.create_task(media.load(path))
    patient = asyncio.create_task(media.load(path))
    await asyncio.sleep(0)
    hasty.cancel()
    assert (await patient).duration_s == 0.5
    assert hasty.cancelled()
    await media.stop()


async def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    media = scripted_service()
    await media.start()
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"no sound")
    for path in (broken, tmp_path / "missing.wav"):
        with pytest.raises(SoundError, match=path.name):
            await media.load(path)
        with pytest.raises(SoundError, match=path.name):
            media.sound(path)
    await media.stop()
