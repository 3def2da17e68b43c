"""Texts that are spoken while the caller listens, by a scripted speech engine."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from events.calls import CallEnded, NodeVisited
from events.speech import SpeechFailed
from media.sounds import RATE_HZ, SAMPLE_BYTES, write_wav
from media.speech import SpeechError
from media.spoken_texts import SpokenTexts
from sip.dialogs.leg_events import Answered
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.virtual_time import in_virtual_time

PIECE_S = 0.5

FLOW = """
languages: [en]
start: greet
on_error: bye
nodes:
  greet:
    kind: say
    prompt:
      - {text: "Good  morning {{ caller.number }}"}
      - hint
      - {text: "Please hold"}
    next: echo
  echo: {kind: echo, at_most_s: 5, next: bye}
  bye: {kind: hang_up}
"""


class Engine:
    """Says half a second after each `pace_s`; what it has said of each text is in `said`."""

    def __init__(self, *, pieces: int = 4, pace_s: float = 0.5, breaks_after: int = 99) -> None:
        self.said: dict[str, int] = {}
        self.ended: list[str] = []
        self._pieces = pieces
        self._pace_s = pace_s
        self._breaks_after = breaks_after

    def prepare(self) -> None: ...
    async def stop(self) -> None: ...

    async def say(self, text: str, voice: str, path: Path, heard: Callable[[bytes], None]) -> None:
        assert voice == "en-us"
        self.said[text] = 0
        try:
            for count in range(self._pieces):
                await asyncio.sleep(self._pace_s)
                if count == self._breaks_after:
                    raise SpeechError("out of breath")
                heard(bytes(round(PIECE_S * RATE_HZ) * SAMPLE_BYTES))
                self.said[text] += 1
            write_wav(path, bytes(round(self._pieces * PIECE_S * RATE_HZ) * SAMPLE_BYTES))
        finally:
            self.ended.append(text)


async def listening(house: House, engine: Engine, folder: Path) -> Phone:
    speech = SpokenTexts(engine, house.media, folder / "spoken", engine="scripted")
    object.__setattr__(house.parts.centre.services, "speech", speech)
    caller = await house.caller()
    caller.dial("1000")
    await caller.until(Answered)
    return caller


def count_of(house: House, name: str) -> int:
    return sum(sound.endswith(name) for sound in house.hears(house.call.leg).split(", "))


@in_virtual_time
async def test_a_text_is_heard_while_it_is_still_spoken_and_kept_for_the_next(
    tmp_path: Path,
) -> None:
    engine = Engine()
    async with House(tmp_path, flows={"main": FLOW}) as house:
        caller = await listening(house, engine, tmp_path)
        began = house.time()
        await house.later(0.75)
        assert engine.said == {"Good morning 62811": 1, "Please hold": 0}
        heard = house.hears(house.call.leg).split(", ")
        assert [name[-4:] for name in heard] == [".wav", ".wav", ".wav"]
        assert heard[1] == "hint.wav", "without gaps, in one playback"
        await house.until(NodeVisited)
        # it waits for half a second of speech, then all of it sounds: 2 s, 1 s and 2 s
        assert house.time() - began == pytest.approx(0.5 + 2 + 1 + 2, abs=0.05)
        caller.hang_up()
        await house.until(CallEnded)
        sounds = len(house.media.script._sounds)
        engine.said.clear()

        again = await house.caller(port=5062)
        again.dial("1000")
        await again.until(Answered)
        began = house.time()
        await house.until(NodeVisited, count=3)
        assert house.time() - began == pytest.approx(5, abs=0.05)
        assert not engine.said, "both are kept by their content"
        await house.until(CallEnded, count=2)
        assert len(house.media.script._sounds) == sounds, "nothing stays in the engine"
        assert not house.all(SpeechFailed)


@in_virtual_time
async def test_a_key_ends_the_speaking(tmp_path: Path) -> None:
    engine = Engine(pieces=20)
    async with House(tmp_path, flows={"main": FLOW}) as house:
        caller = await listening(house, engine, tmp_path)
        await house.later(2.2)
        house.press(house.call.leg, "1")
        await house.until(NodeVisited)
        await house.later(0.1)
        assert sorted(engine.ended) == ["Good morning 62811", "Please hold"]
        assert engine.said["Good morning 62811"] == 4
        assert not list((tmp_path / "spoken").glob("*.wav"))
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_an_engine_that_breaks_off_ends_its_prompt_and_is_told_of(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        caller = await listening(house, Engine(breaks_after=2), tmp_path)
        began = house.time()
        await house.until(NodeVisited)
        assert house.time() - began == pytest.approx(0.5 + 1 + 1 + 1, abs=0.05)
        assert [each.problem for each in house.all(SpeechFailed)] == ["out of breath"] * 2
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_an_engine_that_says_nothing_is_left_out(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        caller = await listening(house, Engine(breaks_after=0, pace_s=0.1), tmp_path)
        began = house.time()
        await house.until(NodeVisited)
        assert house.time() - began == pytest.approx(0.1 + 1, abs=0.25), "only the prompt"
        assert house.count(SpeechFailed) == 2
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_two_who_want_one_text_hear_one_speaking(tmp_path: Path) -> None:
    engine = Engine()
    async with House(tmp_path) as house:
        speech = SpokenTexts(engine, house.media, tmp_path / "spoken", engine="scripted")
        async with speech.said("hello", "en", at_once=True) as first:
            async with speech.said("hello", "en", at_once=True) as second:
                assert first.sound is second.sound
            await house.later(5)
            assert engine.said == {"hello": 4}, "the first still listens"
        async with speech.said("hello", "en", at_once=True) as kept:
            assert kept.sound.duration_s == 2.0
        assert engine.said == {"hello": 4}
