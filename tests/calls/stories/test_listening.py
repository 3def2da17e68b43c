"""What a caller says to a question, end to end but for packets: pauses, keys, and no trace left."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from calls.leg import Leg
from events.calls import CallEnded, NodeVisited
from events.codec import to_json
from ivr.utterances import NotHeard
from media.leg import MediaLeg
from tests.calls.house import House
from tests.virtual_time import in_virtual_time

FLOW = """
languages: [en]
start: topic
nodes:
  topic:
    kind: speech
    prompt: menu
    answers:
      pay: {say: [billing], key: 1, then: bye}
      buy: {say: [sales], key: 2, then: sorry}
    attempts: 2
    otherwise: sorry
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
"""


class Ears:
    """Understands what the test says; remembers which files were there to be heard."""

    def __init__(self, text: str | NotHeard = "sales", language: str = "en") -> None:
        self.text = text
        self.language = language
        self.heard: list[Path] = []

    def know(self, language: str) -> bool:
        return language == self.language

    async def understand(self, sound: Path, *, language: str, phrases: Sequence[str]) -> str:
        assert list(phrases) == ["billing", "sales"]
        self.heard.append(sound)
        if isinstance(self.text, NotHeard):
            raise self.text
        return self.text


async def asked(house: House, ears: Ears | None) -> None:
    """The caller has heard the question."""
    services = house.parts.centre.services
    centre: Any = house.parts.centre
    centre.services = replace(services, outside=replace(services.outside, ears=ears))
    caller = await house.caller()
    caller.dial("1000")
    while not house.parts.centre.calls:
        await house.next_change()
    await house.later(2.0)


def cue(house: House, leg: Leg, kind: str, value: int = 0) -> None:
    """The engine hears something in what the caller sends."""
    house.media.script.emit((kind, cast(MediaLeg, leg.media).id, value, None))


async def says(house: House) -> None:
    cue(house, house.call.leg, "speech_began")
    await house.later(1.0)
    cue(house, house.call.leg, "speech_ended", 1000)


async def outcome(house: House) -> str:
    await house.until(NodeVisited)
    return str(house.all(NodeVisited)[0].outcome)


def left_behind(house: House) -> list[Path]:
    folder = Path(house.media.settings.recordings) / "utterances"
    assert folder.is_dir(), "it listened"
    return list(folder.glob("*"))


@in_virtual_time
async def test_a_word_is_understood_and_thrown_away(tmp_path: Path) -> None:
    ears = Ears("sales")
    async with House(tmp_path, flows={"main": FLOW}) as house:
        await asked(house, ears)
        await says(house)
        assert await outcome(house) == "buy"
        assert len(ears.heard) == 1
        assert not ears.heard[0].exists()
        await house.until(CallEnded)
        assert not [each for each in house.recorded if "sales" in str(to_json(each))]


@in_virtual_time
async def test_a_key_is_all_that_counts(tmp_path: Path) -> None:
    ears = Ears()
    async with House(tmp_path, flows={"main": FLOW}) as house:
        await asked(house, ears)
        cue(house, house.call.leg, "speech_began")
        await house.later(0.5)
        house.press(house.call.leg, "1")
        assert await outcome(house) == "pay"
        assert not ears.heard
        await house.quiet()


@in_virtual_time
@pytest.mark.parametrize(
    "ears", [None, Ears(language="es")], ids=["no recogniser", "another language"]
)
async def test_without_ears_keys_are_left(tmp_path: Path, ears: Ears | None) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        await asked(house, ears)
        house.press(house.call.leg, "2")
        assert await outcome(house) == "buy"


@in_virtual_time
@pytest.mark.parametrize(
    "ears", [Ears(""), Ears(NotHeard("away"))], ids=["not understood", "recogniser away"]
)
async def test_what_is_not_understood_is_asked_again(tmp_path: Path, ears: Ears) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        await asked(house, ears)
        await says(house)
        await house.later(2.0)
        await says(house)
        assert await outcome(house) == "no_match"
        assert len(ears.heard) == 2
        assert not [path for path in ears.heard if path.exists()]


@in_virtual_time
async def test_silence_is_no_input(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        await asked(house, Ears())
        assert await outcome(house) == "no_input"


@in_virtual_time
async def test_who_hangs_up_while_speaking_leaves_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}) as house:
        await asked(house, Ears())
        cue(house, house.call.leg, "speech_began")
        await house.later(0.5)
        house.phones[-1].hang_up()
        await house.until(CallEnded)
        await house.quiet()
        assert not left_behind(house)
