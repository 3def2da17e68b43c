"""faster-whisper with a model made here; without the package, what is said about that."""

import sys
from pathlib import Path

import pytest

from media.recognisers import Recogniser, RecogniserError, load
from media.recognisers.faster_whisper import nearest
from media.sounds import write_wav


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Billing.", "billing"),
        ("I'd like technical support, please!", "technical support"),
        ("suport", "support"),
        ("Yes", "yes"),
        ("yesterday evening", ""),
        ("", ""),
        ("something else", ""),
    ],
)
def test_a_phrase_is_found_among_other_words(text: str, phrase: str) -> None:
    assert nearest(text, ("billing", "support", "technical support", "yes", "no")) == phrase


@pytest.mark.parametrize(
    ("folder", "problem"), [("", "must name the folder"), ("away", "model.bin is missing")]
)
def test_a_model_that_is_missing_is_named(
    folder: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRAL_WHISPER_MODEL", str(tmp_path / folder) if folder else "")
    with pytest.raises(RecogniserError, match=problem):
        load("faster-whisper")


def test_a_model_without_the_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.bin").touch()
    monkeypatch.setenv("SENTRAL_WHISPER_MODEL", str(tmp_path))
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(RecogniserError, match="extra: whisper"):
        load("faster-whisper")


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    pytest.importorskip("faster_whisper", reason="the extra `whisper` is not installed")
    from tests.media.recognisers.tiny_whisper import write_model

    folder = tmp_path_factory.mktemp("whisper") / "tiny"
    write_model(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTRAL_WHISPER_MODEL", str(folder))
        return load("faster-whisper")


def test_a_model_is_loaded_and_heard(whisper: Recogniser, tmp_path: Path) -> None:
    write_wav(tmp_path / "said.wav", bytes(16_000))
    assert list(whisper.languages) == ["en"]
    assert whisper(tmp_path / "said.wav", "en", ()) == "billing"
    assert whisper(tmp_path / "said.wav", "en", ("support", "billing")) == "billing"
    assert whisper(tmp_path / "said.wav", "en", ("support", "yes")) == ""


def test_what_it_cannot_do_is_said(
    whisper: Recogniser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "said.wav").write_bytes(b"RIFF")
    with pytest.raises(RecogniserError, match="no sound file"):
        whisper(tmp_path / "said.wav", "en", ())
    with pytest.raises(RecogniserError, match="no model of the language id"):
        whisper(tmp_path / "said.wav", "id", ())
    (tmp_path / "model.bin").write_bytes(b"no model")
    monkeypatch.setenv("SENTRAL_WHISPER_MODEL", str(tmp_path))
    with pytest.raises(RecogniserError, match="cannot be used"):
        load("faster-whisper")
