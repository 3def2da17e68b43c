"""PocketSphinx hears one of a few phrases in telephone sound. It refuses what it cannot do."""

from pathlib import Path

import pytest

from media.recognisers import RecogniserError, load
from media.recognisers.pocketsphinx import PocketSphinx, recogniser
from media.sounds import write_wav
from media.speech import SpeechError, find_voice_of, render

pytest.importorskip("pocketsphinx", reason="the wheel pocketsphinx is not installed")

VOICES = 5
"""The engine's waves of a phrase are others each time."""
PHRASES = ("billing", "invoice", "technical support", "support", "yes", "no")


@pytest.fixture(scope="module")
def sphinx() -> PocketSphinx:
    return recogniser()


def spoken(text: str, path: Path) -> Path:
    try:
        render(text, "en-us", path, find_voice_of("any"))
    except SpeechError as error:
        pytest.skip(f"nothing speaks here: {error}")
    return path


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_told_from_the_others(
    phrase: str, sphinx: PocketSphinx, tmp_path: Path
) -> None:
    for _ in range(VOICES):
        assert sphinx(spoken(phrase, tmp_path / "said.wav"), "en", PHRASES) == phrase


def test_silence_is_nothing(sphinx: PocketSphinx, tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", bytes(16_000))
    assert sphinx(tmp_path / "silence.wav", "en", PHRASES) == ""


@pytest.mark.parametrize(
    ("language", "phrases", "problem"),
    [
        ("id", ("ya",), "no model of the language id"),
        ("en", ("xylokw",), "does not have the word 'xylokw'"),
        ("en", ("yes; public <x> = no",), "words in small letters"),
        ("en", tuple("yes" + " yes" * n for n in range(201)), "more than 200 phrases"),
    ],
)
def test_what_it_cannot_do_is_said(
    language: str, phrases: tuple[str, ...], problem: str, sphinx: PocketSphinx, tmp_path: Path
) -> None:
    write_wav(tmp_path / "said.wav", bytes(1600))
    with pytest.raises(RecogniserError, match=problem):
        sphinx(tmp_path / "said.wav", language, phrases)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\xff" * 500])
def test_what_is_no_sound_is_refused(content: bytes, sphinx: PocketSphinx, tmp_path: Path) -> None:
    (tmp_path / "said.wav").write_bytes(content)
    with pytest.raises(RecogniserError, match="not a WAV file"):
        sphinx(tmp_path / "said.wav", "en", PHRASES)


def test_an_engine_is_found_by_its_entry_point() -> None:
    assert load("pocketsphinx").languages == ("en",)
    with pytest.raises(RecogniserError, match=r"no recogniser nobody; known: .*pocketsphinx"):
        load("nobody")
