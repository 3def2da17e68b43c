"""Prompts by name and language."""

import pytest

from calls.sounds import SoundBook
from media.sounds import Sound


def book() -> SoundBook:
    names = [("hello", "en"), ("hello", "es"), ("music", "en")]
    return SoundBook({key: Sound(n, "/".join(key), 1.0) for n, key in enumerate(names)}, "en")


@pytest.mark.parametrize(
    ("name", "language", "found"),
    [
        ("hello", "es", "hello/es"),
        ("music", "es", "music/en"),  # better in another language than dead air
        ("hello@es", "en", "hello/es"),
        ("music@es", "es", "music/en"),
        ("hello", "tlh", "hello/en"),
    ],
)
def test_a_prompt_is_found_in_the_nearest_language(name: str, language: str, found: str) -> None:
    sound = book().find(name, language)
    assert sound is not None
    assert sound.name == found


def test_a_missing_prompt_is_skipped_and_named_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [sound.name for sound in book().all(["nonsense", "hello"], "es")] == ["hello/es"]
    assert "nonsense" in capsys.readouterr().out
