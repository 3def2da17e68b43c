"""The house's own music: the same each time, without clipping, clicks or dead air."""

from pathlib import Path

import numpy as np

from media.music import compose, render_music
from tests.sound import level_db, read_wav, samples_of, tones_heard


def test_it_is_the_same_every_time_and_written_once(tmp_path: Path) -> None:
    path = tmp_path / "music" / "default.wav"
    assert render_music(path)
    assert np.array_equal(read_wav(path), samples_of(compose()))
    assert not render_music(path)


def test_it_is_quieter_than_a_voice_and_never_silent() -> None:
    music = samples_of(compose())
    assert -30 < level_db(music) < -20
    assert float(np.max(np.abs(music))) <= 0.2501
    seconds = music.reshape(-1, 8000)
    assert all(level_db(second) > -35 for second in seconds)


def test_the_loop_has_no_seam() -> None:
    """What still rings at the end rings on at the start: no jump, nothing piled up."""
    music = samples_of(compose())
    assert abs(music[0] - music[-1]) < 0.02


def test_it_is_in_tune() -> None:
    first_bar = samples_of(compose())[: 3 * 8000]
    in_chord, out_of_chord = (329.63, 440.0), (311.13, 466.16)
    assert tones_heard(first_bar, (*in_chord, *out_of_chord)) <= set(in_chord)
    assert tones_heard(first_bar, in_chord)
