"""Speech engines in processes of their own, on the Rust engine: heard while they still speak."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media.events import MediaEvent, PlaybackFinished
from media.service import MediaService
from media.settings import MediaSettings
from media.sounds import decode_at
from media.speech import SpeechError
from media.spoken_texts import SpokenTexts
from media.synthesis import Synthesis
from tests.media.rtp_peer import RtpPeer
from tests.rig.ports import free_ports
from tests.sound import samples_of, tones_heard

TONES = (500, 700, 1000)

PLUGGED = """
import array, math, os, time
from pathlib import Path
from media.speech import SpeechError

FOLDER = Path(__file__).parent

class Slow:
    '''Says half a second of 500 Hz, and then as much of 1000 Hz when the file "go" is there.'''
    def __call__(self, text, voice):
        raise AssertionError("it can stream")

    def stream(self, text, voice, heard):
        print("noise of a library", flush=True)
        (FOLDER / "pid").write_text(str(os.getpid()))
        if text == "refused":
            raise SpeechError("no such voice")
        heard(tone(500), 16_000)
        if text == "breaks":
            raise SpeechError("out of breath")
        if text == "dies":
            os._exit(3)
        while not (FOLDER / "go").exists():
            time.sleep(0.01)
        heard(tone(1000), 16_000)

def plain():
    return lambda text, voice: (tone(500), 16_000)

def unusable():
    raise SpeechError("its model is missing")

def tone(hz):
    return array.array("h", (round(9000 * math.sin(n * hz * math.tau / 16_000))
                             for n in range(8_000))).tobytes()
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Engines by entry points, as a package of somebody's would have them."""
    (tmp_path / "scripted_speaker.py").write_text(PLUGGED)
    told = tmp_path / "scripted_speaker-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-speaker\nVersion: 1\n")
    (told / "entry_points.txt").write_text(
        "[sentral.speech]\nslow = scripted_speaker:Slow\nplain = scripted_speaker:plain\n"
        "unusable = scripted_speaker:unusable\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    return tmp_path


@asynccontextmanager
async def speech(
    engine: str, folder: Path, *, rate_hz: int = 8000
) -> AsyncIterator[tuple[SpokenTexts, MediaService]]:
    first = free_ports(10)
    media = MediaService(MediaSettings(port_first=first, port_last=first + 9))
    await media.start()
    synthesis = Synthesis(engine, rate_hz=rate_hz)
    texts = SpokenTexts(synthesis, media, folder / "spoken", engine=engine, rate_hz=rate_hz)
    try:
        yield texts, media
    finally:
        await texts.stop()
        await media.stop()


async def a_phone(media: MediaService, told: Callable[[MediaEvent], None]) -> RtpPeer:
    peer = await RtpPeer.open()
    (leg,) = media.legs.values() or (media.open(signalling_host="127.0.0.1", on_event=told),)
    peer.aim(leg.answer(peer.sdp()))
    return peer


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again: another process tells us nothing."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
async def test_a_caller_hears_what_is_not_spoken_to_its_end_yet(
    plugged: Path, rate_hz: int
) -> None:
    async with speech("slow", plugged, rate_hz=rate_hz) as (texts, media):
        ended: asyncio.Queue[MediaEvent] = asyncio.Queue()
        peer = await a_phone(media, ended.put_nowait)
        (leg,) = media.legs.values()
        async with texts.said("hello", "en", at_once=True) as spoken:
            playback = leg.play([spoken.sound])
            await peer.hears(3_000)
            assert tones_heard(peer.heard(), TONES) == {500}
            assert not (plugged / "go").exists(), "the engine still waits"
            (plugged / "go").touch()
            async with asyncio.timeout(30):
                while await ended.get() != PlaybackFinished(playback):
                    pass
            await peer.hears(8_000)
            assert tones_heard(peer.heard(), TONES) == {500, 1000}
        (kept,) = (plugged / "spoken").glob("*.wav")
        assert kept.stat().st_mode & 0o077 == 0
        assert decode_at(kept, 8000).rate_hz == rate_hz
        (plugged / "pid").unlink()
        async with texts.said("hello", "en", at_once=True) as again:
            assert again.sound.duration_s == pytest.approx(1.0, abs=0.1)
        assert not (plugged / "pid").exists(), "not spoken again"
        peer.close()


async def test_who_hears_enough_ends_the_process_and_the_next_is_spoken(plugged: Path) -> None:
    async with speech("slow", plugged) as (texts, _):
        async with texts.said("hello", "en", at_once=True):
            pid = int((plugged / "pid").read_text())
        await until(lambda: not is_alive(pid))
        (plugged / "go").touch()
        async with texts.said("hello", "en", at_once=True) as spoken:
            assert spoken.sound
        assert int((plugged / "pid").read_text()) != pid


@pytest.mark.parametrize(
    ("text", "problem"), [("breaks", "out of breath"), ("dies", "its process ended")]
)
async def test_what_breaks_off_was_heard_so_far(text: str, problem: str, plugged: Path) -> None:
    async with speech("slow", plugged) as (texts, _):
        async with texts.said(text, "en", at_once=True) as spoken:
            await until(lambda: bool(spoken.problem))
        assert spoken.problem == problem
        assert not list((plugged / "spoken").glob("*.wav"))
        with pytest.raises(SpeechError, match="no such voice"):
            async with texts.said("refused", "en", at_once=True):
                raise AssertionError("nothing to hear")


@pytest.mark.parametrize(
    ("engine", "problem"), [("unusable", "its model is missing"), ("nobody", "no speech engine")]
)
async def test_an_engine_that_cannot_be_used_says_why(
    engine: str, problem: str, plugged: Path
) -> None:
    async with speech(engine, plugged) as (texts, _):
        with pytest.raises(SpeechError, match=problem):
            async with texts.said("hello", "en", at_once=True):
                raise AssertionError("nothing to hear")


@pytest.mark.parametrize("engine", ["plain", "wheel"])
async def test_every_engine_can_be_listened_to(engine: str, plugged: Path) -> None:
    heard: list[bytes] = []
    synthesis = Synthesis(engine, most_kept=2)
    try:
        for count in range(3):
            path = plugged / "spoken" / f"{count}.wav"
            text = f"Good morning, this is number {count}."
            await synthesis.say(text, "en-us", path, heard.append)
        pieces = len(heard)
        assert (pieces > 30) == (engine == "wheel"), "in small pieces if it can"
        assert abs(samples_of(b"".join(heard))).max() <= 0.85, "as loud as prompts are"
        kept = sorted(path.name for path in (plugged / "spoken").iterdir())
        assert kept == ["1.wav", "2.wav"], "those that were used last"
    finally:
        await synthesis.stop()


async def test_more_than_may_wait_are_refused_at_once(
    plugged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.synthesis.MOST_WAITING", 1)
    synthesis = Synthesis("slow")
    path, unheard = plugged / "a.wav", list[bytes]()
    first, second = (
        asyncio.create_task(synthesis.say("hello", "en", path, unheard.append)) for _ in range(2)
    )
    await until((plugged / "pid").exists)
    with pytest.raises(SpeechError, match="too many"):
        await synthesis.say("hello", "en", path, unheard.append)
    (plugged / "go").touch()
    await asyncio.gather(first, second)
    await synthesis.stop()
