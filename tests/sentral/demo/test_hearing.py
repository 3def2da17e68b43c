"""The demo may say "heard" only of what was heard."""

import pytest

from sentral.demo import hearing
from tests.media.rtp_peer import TABLES
from tests.sound import babble, compare, samples_of, tone
from tests.sound import bytes_of as to_bytes


def ints(sound: bytes) -> list[int]:
    return [int(value) for value in samples_of(sound) * 32768]


def mixed(left: bytes, right: bytes) -> list[int]:
    together = samples_of(left) + samples_of(right)
    return ints(to_bytes(together))


def test_a_voice_is_its_tone_and_loops_without_a_step() -> None:
    voice = hearing.tone(440.0)
    assert hearing.is_tone(voice * 3, 440.0)
    assert hearing.level_db(voice) == pytest.approx(hearing.LEVEL_DB, abs=0.1)
    steps = [abs(b - a) for a, b in zip(voice, voice[1:] + voice[:1], strict=True)]
    assert steps[-1] <= max(steps[:-1])


def test_another_tone_silence_and_nothing_are_not_the_tone() -> None:
    assert not hearing.is_tone(ints(tone(494.0, 1.0)), 440.0)
    assert not hearing.is_tone([0] * 8000, 440.0)
    assert not hearing.is_tone([], 440.0)
    assert hearing.tone_share([], 440.0) == 0.0


def test_a_tone_under_a_louder_sound_is_not_what_is_heard() -> None:
    assert not hearing.is_tone(mixed(tone(440.0, 1.0, at_db=-30), babble(1.0)), 440.0)


def test_other_sound_is_sound_without_the_tone() -> None:
    assert hearing.is_other_sound(ints(babble(1.0)), 784.0)
    assert not hearing.is_other_sound(ints(tone(784.0, 1.0)), 784.0)
    assert not hearing.is_other_sound(mixed(tone(784.0, 1.0, at_db=-22), babble(1.0)), 784.0)
    assert not hearing.is_other_sound([0] * 8000, 784.0)


@pytest.mark.parametrize("offset", [0, 1, 160, 1237, 4000])
def test_a_sweep_is_found_where_it_is(offset: int) -> None:
    sweep = hearing.sweep()
    heard = [0] * offset + [sample // 3 for sample in sweep] + [0] * 400
    found = hearing.likeness(heard, sweep)
    assert found.offset_s == offset / 8000
    assert found.correlation > 0.999


def test_what_is_no_copy_of_the_sweep_does_not_pass_for_one() -> None:
    sweep = hearing.sweep()
    broken = [0 if 2000 < n < 4000 else sample for n, sample in enumerate(sweep)]
    assert hearing.likeness(ints(babble(1.5)), sweep).correlation < 0.5
    assert hearing.likeness(broken, sweep).correlation < 0.95
    assert hearing.likeness(sweep[:-1], sweep).correlation == 0.0
    assert hearing.likeness([0] * 9000, sweep).correlation == 0.0


def test_correlation_is_the_one_of_the_other_tests() -> None:
    sweep = hearing.sweep()
    noise = ints(babble(1.0))
    heard = [a + b for a, b in zip(sweep, noise, strict=False)]
    ours = hearing.likeness(heard, sweep).correlation
    theirs = compare(hearing.as_bytes(heard), hearing.as_bytes(sweep)).correlation
    assert ours == pytest.approx(theirs, abs=0.001)


def test_mu_law_is_that_of_g711() -> None:
    assert hearing.decoded(b"\xff\x7f\x80\x00\xf0") == [0, 0, 32124, -32124, 120]
    assert hearing.decoded(bytes(range(256))) == TABLES["PCMU"].tolist()
