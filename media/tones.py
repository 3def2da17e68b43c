"""Call progress tones as samples: who rings, who is busy, "speak now".

Frequencies and cadences are the national ones of ITU-T E.180 supplement 2; a country that is
not listed here hears the ETSI tones, 425 Hz.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sys import byteorder
from typing import Final

from media.sounds import RATE_HZ

LEVEL_DB: Final = -20.0
"""Of the whole tone against full scale: a little louder than speech on the telephone network."""
FADE_S: Final = 0.004
"""A tone that starts at full strength clicks."""


@dataclass(frozen=True, slots=True)
class Tone:
    """One cycle of a tone: each frequency sounds during each "on" part."""

    frequencies_hz: Sequence[float]
    cadence_s: Sequence[float]
    """On, off, on, off, ...: the whole is one cycle, to be looped."""


@dataclass(frozen=True, slots=True)
class CountryTones:
    ringback: Tone
    busy: Tone
    congestion: Tone


ETSI: Final = CountryTones(
    ringback=Tone((425,), (1.0, 4.0)),
    busy=Tone((425,), (0.5, 0.5)),
    congestion=Tone((425,), (0.25, 0.25)),
)
NORTH_AMERICA: Final = CountryTones(
    ringback=Tone((440, 480), (2.0, 4.0)),
    busy=Tone((480, 620), (0.5, 0.5)),
    congestion=Tone((480, 620), (0.25, 0.25)),
)
COUNTRIES: Final[Mapping[str, CountryTones]] = {
    "id": ETSI,
    "es": CountryTones(
        ringback=Tone((425,), (1.5, 3.0)),
        busy=Tone((425,), (0.2, 0.2)),
        congestion=Tone((425,), (0.2, 0.2, 0.2, 0.2, 0.2, 0.6)),
    ),
    "de": CountryTones(
        ringback=Tone((425,), (1.0, 4.0)),
        busy=Tone((425,), (0.48, 0.48)),
        congestion=Tone((425,), (0.24, 0.24)),
    ),
    "fr": CountryTones(
        ringback=Tone((440,), (1.5, 3.5)),
        busy=Tone((440,), (0.5, 0.5)),
        congestion=Tone((440,), (0.25, 0.25)),
    ),
    "cn": CountryTones(
        ringback=Tone((450,), (1.0, 4.0)),
        busy=Tone((450,), (0.35, 0.35)),
        congestion=Tone((450,), (0.7, 0.7)),
    ),
    "us": NORTH_AMERICA,
    "ca": NORTH_AMERICA,
    "gb": CountryTones(
        ringback=Tone((400, 450), (0.4, 0.2, 0.4, 2.0)),
        busy=Tone((400,), (0.375, 0.375)),
        congestion=Tone((400,), (0.4, 0.35, 0.225, 0.525)),
    ),
}
BEEP: Final = Tone((1000,), (0.3, 0.1))
SILENCE: Final = Tone((425,), (0.0, 1.0))


def tone_for(name: str, country: str) -> Tone:
    """ "ringback", "busy", "congestion", "beep" or "silence", as callers of a country know it.

    Raises:
        KeyError: no such tone.
    """
    tones = COUNTRIES.get(country.lower(), ETSI)
    named = {
        "ringback": tones.ringback,
        "busy": tones.busy,
        "congestion": tones.congestion,
        "beep": BEEP,
        "silence": SILENCE,
    }
    return named[name]


def render_tone(tone: Tone) -> bytes:
    """One cycle as 16-bit little-endian mono samples at 8000 Hz."""
    samples = array("h")
    for index, part_s in enumerate(tone.cadence_s):
        count = round(part_s * RATE_HZ)
        samples.extend(_sounding(tone, count) if index % 2 == 0 else [0] * count)
    return little_endian(samples)


def little_endian(samples: "array[int]") -> bytes:
    if byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples.tobytes()


def _sounding(tone: Tone, count: int) -> list[int]:
    amplitude = 32767 * 10 ** (LEVEL_DB / 20) * math.sqrt(2 / len(tone.frequencies_hz))
    fade = FADE_S * RATE_HZ
    steps = [2 * math.pi * frequency / RATE_HZ for frequency in tone.frequencies_hz]
    return [
        round(
            amplitude
            * min(1.0, (n + 1) / fade, (count - n) / fade)
            * sum(math.sin(step * n) for step in steps)
        )
        for n in range(count)
    ]
