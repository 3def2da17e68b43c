"""The configured recogniser as flows use it: the real one, in its process."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from ivr.utterances import NotHeard
from media.prompts import render
from sentral.ears import Recogniser

pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed (extra: speech)")

PHRASES = ("billing", "technical help", "sales")


def recogniser(folder: Path, **changes: Any) -> Recogniser:
    settings: Mapping[str, Any] = {
        "media": {"recordings": str(folder)},
        "recognition": {"engine": "pocketsphinx", "within_s": 30, **changes},
    }
    return Recogniser(Settings.model_validate(settings))


async def loaded(ears: Recogniser) -> None:
    ears.start()
    async with asyncio.timeout(60):
        await asyncio.gather(*(t for t in asyncio.all_tasks() if t.get_name() == "recogniser"))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoken")
    render({"en": {"word": "sales"}}, folder)
    return folder / "en" / "word.wav"


async def test_a_spoken_word_is_understood(tmp_path: Path, spoken: Path) -> None:
    ears = recogniser(tmp_path)
    assert not ears.know("en"), "not before it is loaded"
    await loaded(ears)
    try:
        assert ears.know("en")
        assert not ears.know("id")
        assert await ears.understand(spoken, language="en", phrases=PHRASES) == "sales"
        assert await ears.transcribe(spoken, "id") is None
        assert await ears.transcribe(spoken, "en")
        with pytest.raises(NotHeard, match="dictionary"):
            await ears.understand(spoken, language="en", phrases=("xyzzyx",))
    finally:
        await ears.stop()


async def test_a_recogniser_that_is_not_there_knows_nothing(tmp_path: Path, spoken: Path) -> None:
    ears = recogniser(tmp_path, engine="nobody")
    await loaded(ears)
    assert not ears.know("en")
    with pytest.raises(NotHeard):
        await ears.understand(spoken, language="en", phrases=PHRASES)
    await ears.stop()


async def test_what_a_crash_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "utterances" / "0123.wav"
    left.parent.mkdir()
    left.write_bytes(b"what somebody said")
    ears = recogniser(tmp_path)
    await loaded(ears)
    await ears.stop()
    assert not left.exists()
