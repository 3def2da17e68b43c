"""Keys by several ways at once: each press counts once, by the way that counts."""

import pytest

from calls.key_source import KeySource

PRESSES = {
    "telephone-events alone": (("event 1 0.0", "event 1 0.15", "event 2 0.4"), "112"),
    "INFO alone": (("info 1 0.0", "info 1 0.15"), "11"),
    "tones alone": (("tone 1 0.0", "tone 1 0.15"), "11"),
    "INFO beside the event before it": (("info 1 0.0", "event 1 0.1", "event 2 1.0"), "12"),
    "INFO after an event, however late": (("event 1 0.0", "info 1 3.0", "info 2 4.0"), "1"),
    "INFO and an event of two presses": (("info 1 0.0", "event 1 0.3"), "11"),
    "INFO and an event of two keys": (("info 1 0.0", "event 2 0.1"), "12"),
    "INFO beside a tone": (("tone 1 0.0", "info 1 0.1", "tone 2 1.0", "info 2 1.1"), "12"),
    "INFO when a long press is over": (("tone 1 0.0", "info 1 2.0 2.0", "info 1 3.0"), "11"),
    "tones after INFO": (("info 1 0.0", "tone 2 5.0"), "1"),
    "events after tones": (("tone 1 0.0", "event 2 1.0", "info 2 9.0"), "12"),
}


ECHOES = {"INFO beside a tone", "INFO when a long press is over", "tones after INFO"}
"""Where tones were heard of a party whose INFO counts."""


@pytest.mark.parametrize("name", PRESSES)
def test_what_counts(name: str) -> None:
    told, counted = PRESSES[name]
    source, keys = KeySource(), ""
    for press in told:
        way, key, at, *held = press.split()
        match way:
            case "info":
                held_s = float(held[0]) if held else 0.0
                takes = source.takes_info(key, float(at), held_s=held_s)
            case _:
                takes = source.takes_rtp(key, float(at), as_tone=way == "tone")
        keys += key if takes else ""
    assert keys == counted
    assert source.echoes is (name in ECHOES)
