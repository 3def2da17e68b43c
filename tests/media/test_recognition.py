"""Recognisers in processes of their own: bounded, replaced when they die, never waited for long."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media.recognition import Recognition, RecognitionError

PLUGGED = """
import os, time
from media.recognising import RecogniserError

class Scripted:
    languages = ("en", "id")
    def __init__(self):
        time.sleep(float(os.environ.get("LOADING_S", 0)))
    def __call__(self, path, language, phrases):
        said = path.read_text()
        if said == "dies":
            os._exit(3)
        if said == "hangs":
            time.sleep(60)
        if said == "fails":
            raise RecogniserError("no such word")
        return said if not phrases or said in phrases else ""

def unusable():
    raise RecogniserError("its model is missing")
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two engines by entry points, as a package of somebody's would have them."""
    (tmp_path / "scripted_recogniser.py").write_text(PLUGGED)
    told = tmp_path / "scripted_recogniser-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-recogniser\nVersion: 1\n")
    (told / "entry_points.txt").write_text(
        "[sentral.recognisers]\nscripted = scripted_recogniser:Scripted\n"
        "unusable = scripted_recogniser:unusable\n"
    )
    searched = [str(tmp_path), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(searched))
    return tmp_path


@asynccontextmanager
async def recognition(engine: str = "scripted", **limits: int) -> AsyncIterator[Recognition]:
    recognition = Recognition(engine, **limits)
    try:
        yield recognition
    finally:
        await recognition.stop()


def saying(text: str, folder: Path) -> Path:
    path = folder / f"{text}.wav"
    path.write_text(text)
    return path


async def test_what_is_said_comes_back_from_another_process(plugged: Path) -> None:
    async with recognition() as ears:
        assert await ears.languages() == ("en", "id")
        yes = saying("yes", plugged)
        assert await ears.recognise(yes, language="en", phrases=("yes", "no")) == "yes"
        assert await ears.recognise(yes, language="en", phrases=("no",)) == ""
        with pytest.raises(RecognitionError, match="no such word"):
            await ears.recognise(saying("fails", plugged), language="en")
        assert await ears.recognise(yes, language="en") == "yes"


@pytest.mark.parametrize("text", ["dies", "hangs"])
async def test_a_process_that_dies_or_hangs_is_replaced(text: str, plugged: Path) -> None:
    async with recognition() as ears:
        await ears.languages()
        with pytest.raises(RecognitionError, match=r"process ended|within 0\.3 s"):
            await ears.recognise(saying(text, plugged), language="en", within_s=0.3)
        assert await ears.recognise(saying("yes", plugged), language="en") == "yes"


async def test_more_than_may_wait_are_refused_at_once(plugged: Path) -> None:
    async with recognition(most_waiting=2) as ears:
        await ears.languages()
        path = saying("hangs", plugged)
        waiting = [
            asyncio.create_task(ears.recognise(path, language="en", within_s=0.3)) for _ in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(RecognitionError, match="too many wait"):
            await ears.recognise(path, language="en")
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, RecognitionError) for each in ended)
        assert await ears.recognise(saying("yes", plugged), language="en") == "yes"


@pytest.mark.parametrize(
    ("engine", "problem"),
    [("unusable", "its model is missing"), ("nobody", "no recogniser nobody")],
)
async def test_an_engine_that_cannot_be_used_says_why(
    engine: str, problem: str, plugged: Path
) -> None:
    async with recognition(engine) as ears:
        with pytest.raises(RecognitionError, match=problem):
            await ears.languages()
        with pytest.raises(RecognitionError, match=problem):
            await ears.recognise(saying("yes", plugged), language="en")


async def test_a_model_that_loads_for_longer_than_a_caller_waits_is_there_in_the_end(
    plugged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOADING_S", "0.5")
    async with recognition() as ears:
        yes = saying("yes", plugged)
        with pytest.raises(RecognitionError, match=r"within 0\.1 s"):
            await ears.recognise(yes, language="en", within_s=0.1)
        await ears.languages()
        assert await ears.recognise(yes, language="en") == "yes"
