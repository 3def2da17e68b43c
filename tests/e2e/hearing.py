"""Listening to a softphone: what arrived from now on, compared with what was played.

A phone's jitter buffer leaves out or repeats a few milliseconds when its thread wakes up late; a
comparison over seconds would then fail for one slip. So the played sound is followed in pieces,
each aligned near the one before, and a slip counts as a gap of its own length.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from tests.rig.softphone import Softphone
from tests.sound import (
    RATE_HZ,
    Samples,
    Sound,
    compare,
    level_db,
    read_wav,
    samples_of,
    tones_heard,
)

LEAST_CORRELATION: Final = 0.95
LONGEST_GAP_MS: Final = 40
LEVEL_BOUNDS_DB: Final = 1.5
"""G.711 changes the level by less than this; a lost or doubled path by more."""

PATIENCE_S: Final = 30.0
LISTEN_S: Final = 0.3
ROUNDS: Final = 3
TONES_S: Final = 0.6
EDGE_S: Final = 0.3

T = TypeVar("T")

PIECE: Final = RATE_HZ // 10
PACKET: Final = RATE_HZ // 50
FITS: Final = 0.9
SLIP: Final = RATE_HZ * LONGEST_GAP_MS // 1000
FIRST_SLIP: Final = RATE_HZ // 5
"""How far the first piece may be from where the whole fits best."""
SILENCE_DB: Final = -50.0


@dataclass(frozen=True, slots=True)
class Following:
    """How well a sound was heard."""

    correlation: float
    """Of all its pieces together, each where it was found."""
    longest_gap_ms: float
    """The longest stretch that is missing, silent or repeated."""
    level_db: float
    """How much louder it was heard than played."""


class Ear:
    """Follows what is heard in one call, in its order: each sound after the one before."""

    def __init__(
        self, heard: Callable[[], Awaitable[Samples]], *, over: Callable[[], bool] = lambda: False
    ) -> None:
        """`heard`: all of the call so far. `over`: nothing more will be."""
        self._heard = heard
        self._over = over
        self._from = 0

    @classmethod
    def of(cls, phone: Softphone) -> "Ear":
        """In the phone's newest call."""
        call = phone.current_call

        async def heard() -> Samples:
            return read_wav(await phone.heard())

        return cls(heard, over=lambda: phone.has_told("closed", call=call))

    async def hears(self, sound: Sound, name: str = "it") -> None:
        """Waits until it was heard, undamaged and as loud as it was played.

        Raises AssertionError: the call is over, or it takes too long.
        """
        wanted = samples_of(sound)
        found = None
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            over = self._over() or asyncio.get_running_loop().time() > until
            heard = (await self._heard())[self._from :]
            if len(heard) >= len(wanted):
                found = follow(heard, wanted)
                if is_good(found):
                    at = max(round(compare(heard, wanted).offset_s * RATE_HZ), 0)
                    self._from += at + len(wanted) // 2
                    return
            assert not over, f"in {len(heard) / RATE_HZ:.2f} s {name} was heard as {found}"
            await asyncio.sleep(LISTEN_S)  # more comes by itself


def inner(sound: Sound) -> Samples:
    """What a phone is sure to hear of a sound with which a call begins and ends.

    It listens from a moment after the answer on, and what it holds when BYE comes is lost.
    """
    edge = round(EDGE_S * RATE_HZ)
    return samples_of(sound)[edge:-edge]


async def listen(phone: Softphone, seconds: float) -> Samples:
    """The next so many seconds that the phone hears."""
    heard = read_wav(Path(await phone.heard(more_s=seconds)))
    return heard[-round(seconds * RATE_HZ) :]


async def heard_so_far(phone: Softphone, *, more_s: float) -> Samples:
    """All that the phone heard in its newest call, so many more seconds included."""
    return read_wav(Path(await phone.heard(more_s=more_s)))


async def hears(phone: Softphone, played: Sound) -> None:
    """That the phone hears this, which is said over and over, undamaged and as loud as it was said.

    A phone whose own threads are starved on a busy machine may stumble: it gets many rounds.
    """
    seconds = 2 * len(samples_of(played)) / RATE_HZ + 0.2
    await hears_what(phone, seconds, lambda heard: follow(heard, played), is_good)


async def hears_some_of(phone: Softphone, played: Sound, *, seconds: float = 2.0) -> None:
    """That what the phone hears is some part of a longer sound, such as music."""
    await hears_what(phone, seconds, lambda heard: follow(played, heard), is_good)


async def hears_exactly(phone: Softphone, tones: set[float], *, of: Iterable[float]) -> None:
    """That of these frequencies it hears just those."""
    await hears_what(
        phone, TONES_S, lambda heard: tones_heard(heard[-RATE_HZ // 2 :], of), lambda t: t == tones
    )


async def hears_what(
    phone: Softphone, seconds: float, measure: Callable[[Samples], T], good: Callable[[T], bool]
) -> None:
    """Listens for so long at a time until what it measures there is good.

    Raises AssertionError: it was not in `PATIENCE_S`, or in `ROUNDS` if they take longer.
    """
    rounds: list[T] = []
    while len(rounds) < max(ROUNDS, PATIENCE_S / seconds):
        rounds.append(measure(await listen(phone, seconds)))
        if good(rounds[-1]):
            return
    told = "\n".join(f"round {n}: {each}" for n, each in enumerate(rounds, start=1))
    raise AssertionError(f"phone {phone.user} heard, by {seconds:.1f} s:\n{told}")


def is_good(found: Following) -> bool:
    """Whether it was heard whole, undamaged and as loud as it was played."""
    return (
        found.correlation >= LEAST_CORRELATION
        and found.longest_gap_ms <= LONGEST_GAP_MS
        and abs(found.level_db) <= LEVEL_BOUNDS_DB
    )


def is_in(heard: Samples, played: Sound) -> bool:
    """Whether a sound was heard at all, however badly."""
    return len(heard) > 0 and follow(heard, played).correlation > 0.5


def follow(heard: Sound, played: Sound) -> Following:
    """Find `played` in `heard`, wherever it begins."""
    full, wanted = samples_of(heard), samples_of(played)
    starts = [
        start
        for start in range(0, wanted.size - PIECE + 1, PIECE)
        if level_db(wanted[start : start + PIECE]) >= SILENCE_DB
    ]
    places = _places(full, wanted, starts)
    found = np.concatenate([_piece(full, wanted, starts, places, n) for n in range(len(starts))])
    told = np.concatenate([wanted[start : start + PIECE] for start in starts])
    slips = np.abs(np.diff(places))
    return Following(
        correlation=_correlation(found, told),
        longest_gap_ms=max(
            _longest_silence_ms(found, told), float(slips.max(initial=0)) * 1000 / RATE_HZ
        ),
        level_db=level_db(found) - level_db(told),
    )


def _places(full: Samples, wanted: Samples, starts: list[int]) -> list[int]:
    """How much later than in `wanted` each piece was heard: near the last one that fitted."""
    at, reach = _best_place(full, wanted), FIRST_SLIP
    places = []
    for start in starts:
        piece = wanted[start : start + PIECE]
        slip = _best_slip(full, piece, at + start, reach)
        if _correlation(_cut(full, at + slip + start, PIECE), piece) >= FITS:
            at, reach = at + slip, SLIP
        places.append(at)
    return places


def _piece(full: Samples, wanted: Samples, starts: list[int], places: list[int], n: int) -> Samples:
    """What was heard of a piece; if a slip is inside it, packet by packet where it fits best."""
    start = starts[n]
    whole = _cut(full, places[n] + start, PIECE)
    if _correlation(whole, wanted[start : start + PIECE]) >= FITS:
        return whole
    candidates = {places[m] for m in (n - 1, n, n + 1) if 0 <= m < len(places)}
    packets = []
    for at in range(start, start + PIECE, PACKET):
        heard = [_cut(full, place + at, PACKET) for place in sorted(candidates)]
        packets.append(max(heard, key=lambda h: _correlation(h, wanted[at : at + PACKET])))
    return np.concatenate(packets)


def _best_place(full: Samples, wanted: Samples) -> int:
    """Where the whole fits best; a place that would cut it counts only if there is no other."""
    room = full.size - wanted.size
    if room < 0:
        return round(compare(full, wanted).offset_s * RATE_HZ)
    size = 1 << full.size.bit_length()
    spectrum = np.fft.rfft(full, size) * np.conj(np.fft.rfft(wanted, size))
    products = np.fft.irfft(spectrum, size)[: room + 1]
    sums = np.concatenate([np.zeros(1), np.cumsum(full**2)])
    energy = sums[wanted.size :] - sums[: room + 1]
    return int(np.argmax(products / np.sqrt(np.maximum(energy, 1e-6))))


def _best_slip(full: Samples, piece: Samples, near: int, reach: int) -> int:
    """How far from `near` the piece fits best."""
    around = _cut(full, near - reach, piece.size + 2 * reach)
    products = np.correlate(around, piece, mode="valid")
    energy = np.convolve(around**2, np.ones(piece.size), mode="valid")
    fits = products / np.sqrt(np.maximum(energy, 1e-9))
    fits -= np.abs(np.arange(fits.size) - reach) * 1e-6  # of equal ones, the nearest
    return int(np.argmax(fits)) - reach


def _cut(full: Samples, start: int, length: int) -> Samples:
    """`full[start:start + length]`, with silence where there is nothing."""
    found = np.zeros(length)
    first, last = max(start, 0), min(start + length, full.size)
    if last > first:
        found[first - start : last - start] = full[first:last]
    return found


def _correlation(a: Samples, b: Samples) -> float:
    scale = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    return float(np.sum(a * b)) / scale if scale else 0.0


def _longest_silence_ms(found: Samples, told: Samples) -> float:
    """The longest run of 5 ms frames that were heard 15 dB weaker than they were played."""
    width = RATE_HZ // 200
    longest = run = 0
    for start in range(0, told.size - width + 1, width):
        played_db = level_db(told[start : start + width])
        if played_db < SILENCE_DB:
            continue
        run = run + 1 if level_db(found[start : start + width]) < played_db - 15 else 0
        longest = max(longest, run)
    return longest * 5.0
