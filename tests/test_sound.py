"""The ears of the other tests: what they must notice, and what they must not mind."""

import wave
from pathlib import Path

import numpy as np
import pytest

from tests.sound import (
    RATE_HZ,
    babble,
    bytes_of,
    compare,
    level_db,
    read_wav,
    samples_of,
    tone,
    tone_level_db,
    tones_heard,
)

SPEECH = samples_of(babble(2.0))
SILENCE = np.zeros(RATE_HZ)


def test_a_copy_is_found_where_it_is() -> None:
    match = compare(np.concatenate([SILENCE, SPEECH, SILENCE]), SPEECH)
    assert match.offset_s == 1.0
    assert match.correlation == pytest.approx(1.0)
    assert match.longest_gap_ms == 0
    assert match.level_db == pytest.approx(0.0)


def test_a_start_that_was_cut_off_is_a_gap() -> None:
    match = compare(SPEECH[800:], SPEECH)
    assert match.offset_s == -0.1
    assert match.longest_gap_ms == pytest.approx(100, abs=5)


@pytest.mark.parametrize("lost_ms", [20, 60, 200])
def test_a_hole_is_measured(lost_ms: int) -> None:
    heard = SPEECH.copy()
    heard[4000 : 4000 + lost_ms * 8] = 0
    match = compare(heard, SPEECH)
    assert match.longest_gap_ms == pytest.approx(lost_ms, abs=10)
    assert match.correlation > 0.9


def test_another_voice_is_not_taken_for_it() -> None:
    assert abs(compare(babble(2.0, seed=2), SPEECH).correlation) < 0.2


def test_silence_is_no_match() -> None:
    match = compare(SILENCE, SPEECH)
    assert match.correlation == 0.0
    assert match.longest_gap_ms > 1500


def test_a_repeated_packet_that_shifts_the_rest_costs_correlation() -> None:
    slipped = np.concatenate([SPEECH[:8000], SPEECH[7840:]])
    assert compare(slipped, SPEECH).correlation < 0.9


def test_loudness_is_told_and_does_not_matter() -> None:
    match = compare(SPEECH / 2, SPEECH)
    assert match.level_db == pytest.approx(-6.02, abs=0.01)
    assert match.correlation == pytest.approx(1.0)


def test_noise_lowers_correlation_as_it_should() -> None:
    noise = samples_of(babble(2.0, seed=3))
    assert compare(SPEECH + noise, SPEECH).correlation == pytest.approx(0.707, abs=0.05)


def test_looking_for_silence_is_a_mistake_of_the_test() -> None:
    with pytest.raises(AssertionError):
        compare(SPEECH, SILENCE)


def test_a_tone_has_its_level_and_no_other_frequency() -> None:
    sound = tone(425, 0.5, at_db=-12)
    assert level_db(sound) == pytest.approx(-12, abs=0.1)
    assert tone_level_db(sound, 425) == pytest.approx(-12, abs=0.2)
    assert tone_level_db(sound, 1000) < -40
    assert tones_heard(sound, [350, 425, 440, 480]) == {425}


def test_both_frequencies_of_a_chord_are_heard_and_none_in_silence() -> None:
    chord = samples_of(tone(440, 1, at_db=-16)) + samples_of(tone(480, 1, at_db=-16))
    assert tones_heard(chord, [350, 425, 440, 480, 620]) == {440, 480}
    assert tones_heard(SILENCE, [440]) == set()


def test_a_wav_file_is_read_and_other_rates_are_refused(tmp_path: Path) -> None:
    for rate_hz in (RATE_HZ, 16000):
        with wave.open(str(tmp_path / f"{rate_hz}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(bytes_of(SPEECH))
    assert np.allclose(read_wav(tmp_path / "8000.wav"), SPEECH, atol=1e-4)
    with pytest.raises(AssertionError):
        read_wav(tmp_path / "16000.wav")
