"""G.711 by its definition (ITU-T, tables 1 and 2): slow, and apart from the engine's tables."""

from bisect import bisect_right


def _ulaw_level(code: int, place: int) -> int:
    """The magnitude at the lower edge (place 32) or in the middle (place 33) of an interval."""
    segment, step = code >> 4, code & 15
    return ((2 * step + place) << (segment + 2)) - 132


def _alaw_level(code: int, place: int) -> int:
    segment, step = code >> 4, code & 15
    if segment == 0:
        return (2 * step + place - 32) << 3
    return (2 * step + place) << (segment + 2)


ULAW_EDGES = [_ulaw_level(code, 32) for code in range(128)]
ALAW_EDGES = [_alaw_level(code, 32) for code in range(128)]


def linear_of_ulaw(code: int) -> int:
    magnitude = _ulaw_level(~code & 0x7F, 33)
    return magnitude if code & 0x80 else -magnitude


def linear_of_alaw(code: int) -> int:
    magnitude = _alaw_level((code ^ 0x55) & 0x7F, 33)
    return magnitude if code & 0x80 else -magnitude


def _interval(edges: list[int], magnitude: int) -> set[int]:
    """The interval of a magnitude; both neighbours when it lies on their edge."""
    code = bisect_right(edges, magnitude) - 1
    return {code, code - 1} if code > 0 and edges[code] == magnitude else {code}


def ulaw_of_linear(sample: int) -> set[int]:
    """The code words that are right for a sample."""
    sign = 0x80 if sample >= 0 else 0
    return {(~code & 0x7F) | sign for code in _interval(ULAW_EDGES, abs(sample))}


def alaw_of_linear(sample: int) -> set[int]:
    sign = 0x80 if sample >= 0 else 0
    return {(code ^ 0x55) | sign for code in _interval(ALAW_EDGES, abs(sample))}
