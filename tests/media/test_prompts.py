"""Prompts: found where they should be, spoken once, all equally loud. espeak-ng speaks for real."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from media.levels import LOUDNESS_DB, PEAK_DB, levels_of
from media.prompts import PromptError, PromptLibrary, read_texts, render
from media.sounds import RATE_HZ, WIDE_RATE_HZ, decode, decode_at, write_wav
from tests.sound import babble, level_db, read_wav, samples_of

TEXTS = {
    "en": {"welcome": "Welcome to the demo centre.", "bye": "Good bye!"},
    "id": {"welcome": "Selamat datang di pusat layanan."},
    "es": {"welcome": "Bienvenido al centro de atención."},
}
ENGINES = [
    "wheel",
    pytest.param(
        "program",
        marks=pytest.mark.skipif(not shutil.which("espeak-ng"), reason="no program espeak-ng"),
    ),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_text_is_spoken_and_equally_loud(tmp_path: Path, engine: str) -> None:
    seen: list[tuple[int, int, str]] = []
    count = render(
        TEXTS, tmp_path, engine=engine, on_progress=lambda *progress: seen.append(progress)
    )
    assert count == 4
    assert seen == [
        (0, 4, "en/bye"),
        (1, 4, "en/welcome"),
        (2, 4, "es/welcome"),
        (3, 4, "id/welcome"),
    ]
    library = PromptLibrary(tmp_path)
    for language, prompts in TEXTS.items():
        assert library.names(language) == set(prompts)
        for name in prompts:
            path = library.find(name, language)
            assert path is not None
            speech = read_wav(path)
            assert 0.4 < speech.size / 8000 < 4
            frames = [speech[n : n + 160] for n in range(0, speech.size - 159, 160)]
            spoken = np.concatenate([frame for frame in frames if level_db(frame) > -40])
            assert level_db(spoken) == pytest.approx(LOUDNESS_DB, abs=1)
            assert float(abs(speech).max()) <= 10 ** (PEAK_DB / 20) + 1e-3


def test_wideband_prompts_have_more_to_hear_and_are_as_loud_over_the_telephone(
    tmp_path: Path,
) -> None:
    texts = {"en": {"seas": "Six seas in sunshine.", "bye": "Good bye!"}}
    assert render(texts, tmp_path / "narrow") == 2
    assert render(texts, tmp_path, rate_hz=WIDE_RATE_HZ) == 2
    assert render(texts, tmp_path, rate_hz=WIDE_RATE_HZ) == 0
    for name in texts["en"]:
        path, narrow = (folder / "en" / f"{name}.wav" for folder in (tmp_path, tmp_path / "narrow"))
        whole = decode_at(path, RATE_HZ)
        assert whole.rate_hz == WIDE_RATE_HZ, "the engine takes it as it is"
        levels = levels_of(decode(path))
        assert levels.loudness_db == pytest.approx(LOUDNESS_DB, abs=1)
        assert levels.clipped == 0
        assert levels.duration_s == pytest.approx(levels_of(decode(narrow)).duration_s, abs=0.05)
    spectrum = abs(np.fft.rfft(samples_of(decode_at(tmp_path / "en" / "seas.wav", RATE_HZ).data)))
    heard = [float((spectrum[first:] ** 2).sum()) for first in (0, spectrum.size * 9 // 16)]
    assert heard[1] > heard[0] / 1000, "hisses above 4500 Hz, which no G.711 carries"
    assert render(texts, tmp_path) == 2, "and back"


def test_only_what_changed_is_spoken_again(tmp_path: Path) -> None:
    assert render(TEXTS, tmp_path) == 4
    assert render(TEXTS, tmp_path) == 0
    changed = {**TEXTS, "en": {**TEXTS["en"], "bye": "See you soon."}}
    assert render(changed, tmp_path) == 1
    assert render(changed, tmp_path, voices={"es": "es", "en": "en-us", "id": "id"}) == 1
    (tmp_path / "en" / "bye.wav").unlink()
    assert render(changed, tmp_path, voices={"es": "es", "en": "en-us", "id": "id"}) == 1


def test_a_damaged_index_means_everything_again(tmp_path: Path) -> None:
    render({"en": {"a": "one"}}, tmp_path)
    (tmp_path / "rendered.json").write_text("{")
    assert render({"en": {"a": "one"}}, tmp_path) == 1


def test_all_problems_are_told_and_the_rest_is_done(tmp_path: Path) -> None:
    texts = {"en": {"a": "one", "b": "...", "c": "three"}, "qqx": {"a": "x"}}
    with pytest.raises(PromptError) as refused:
        render(texts, tmp_path)
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "prompt en/b",
        "prompt qqx/a",
    ]
    assert PromptLibrary(tmp_path).names("en") == {"a", "c"}


def test_a_recording_wins(tmp_path: Path) -> None:
    write_wav(tmp_path / "en" / "welcome.wav", babble(0.1))
    library = PromptLibrary(tmp_path)
    assert library.find("welcome", "en") == tmp_path / "en" / "welcome.wav"
    recording = tmp_path / "recorded" / "en" / "welcome.flac"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"")
    assert library.find("welcome", "en") == recording
    elsewhere = PromptLibrary(tmp_path, recorded=tmp_path / "none")
    assert elsewhere.find("welcome", "en") == tmp_path / "en" / "welcome.wav"


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path / "never made")
    assert library.find("welcome", "en") is None
    assert library.find_music("default") is None
    assert library.names("en") == set()


def test_music_is_found_in_any_format(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "calm.mp3").write_bytes(b"")
    assert PromptLibrary(tmp_path).find_music("calm") == tmp_path / "music" / "calm.mp3"


def test_texts_are_read_by_language(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("welcome: Welcome!\nbye: Good bye.\n")
    (tmp_path / "id.yaml").write_text("")
    assert read_texts(tmp_path) == {"en": {"welcome": "Welcome!", "bye": "Good bye."}, "id": {}}


def test_broken_texts_are_told_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("welcome: [\n")
    (tmp_path / "es.yaml").write_text("- welcome\n")
    (tmp_path / "id.yaml").write_text("one: 1\nyes: ya\n")
    with pytest.raises(PromptError) as refused:
        read_texts(tmp_path)
    problems = "\n".join(refused.value.problems)
    for name in ("en.yaml", "es.yaml", "id.yaml: one", "id.yaml: True"):
        assert name in problems
