"""Peers that each send a tone of their own, and what can be found in what they hear."""

import math
import time
from collections.abc import Iterator, Sequence
from typing import Final

from tests.media.engine.g711 import linear_of_ulaw, ulaw_of_linear
from tests.media.engine.peer import FRAME_SAMPLES, Packet, Peer

RATE_HZ: Final = 8000
LEVEL: Final = 6000.0
FREQUENCIES_HZ: Final = (400.0, 700.0, 1100.0, 1700.0)
LINEAR: Final = [linear_of_ulaw(code) for code in range(256)]


def tone(frequency_hz: float) -> Iterator[bytes]:
    """Frames of 20 ms in µ-law, without end."""
    at = 0
    while True:
        step = 2 * math.pi * frequency_hz / RATE_HZ
        levels = [round(LEVEL * math.sin(step * (at + n))) for n in range(FRAME_SAMPLES)]
        yield bytes(min(ulaw_of_linear(level)) for level in levels)
        at += FRAME_SAMPLES


def level_of(payload: bytes, frequency_hz: float) -> float:
    """The amplitude of one frequency in µ-law sound."""
    step = 2 * math.pi * frequency_hz / RATE_HZ
    levels = [LINEAR[code] for code in payload]
    real = sum(level * math.cos(step * n) for n, level in enumerate(levels))
    imaginary = sum(level * math.sin(step * n) for n, level in enumerate(levels))
    return 2 * math.hypot(real, imaginary) / len(levels)


def found_in(payload: bytes, count: int) -> set[int]:
    """Whose tones are heard at the level at which they were sent; none may be in between."""
    found = set()
    for index in range(count):
        level = level_of(payload, FREQUENCIES_HZ[index])
        assert level < LEVEL * 0.05 or 0.89 < level / LEVEL < 1.12, (index, level)  # within 1 dB
        if level > LEVEL / 2:
            found.add(index)
    return found


def converse(peers: Sequence[Peer], frames: int) -> list[list[Packet]]:
    """All speak at once in real time, each its own tone. Returns what each heard."""
    speech = [tone(FREQUENCIES_HZ[index]) for index in range(len(peers))]
    heard: list[list[Packet]] = [[] for _ in peers]
    begin = time.monotonic()
    for number in range(frames):
        time.sleep(max(0.0, begin + number * 0.02 - time.monotonic()))  # a phone's rhythm
        for peer, sound, packets in zip(peers, speech, heard, strict=True):
            peer.send(next(sound))
            while not peer.hears_nothing():
                packets.append(peer.hear())
    return heard
