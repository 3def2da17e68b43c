"""Counters of legs and of the whole engine, as values."""

from dataclasses import dataclass
from typing import Final

from media.engine_face import EngineLegStatistics
from media.mos import estimate_mos

LEAST_PACKETS: Final = 50
"""One second of sound: with less there is nothing to judge."""


@dataclass(frozen=True, slots=True)
class LegStatistics:
    """What one leg sent and received, RFC 3550 §6.4.1 and appendix A."""

    packets_sent: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    """Expected and never received; never negative."""
    jitter_s: float = 0.0
    round_trip_s: float | None = None
    """From RTCP; None if the peer sends none."""
    concealed_s: float = 0.0
    """Sound that stood in for missing packets, where it was decoded."""
    dropped_source: int = 0
    """Packets from somewhere else than the latched source."""
    dropped_malformed: int = 0
    dropped_insecure: int = 0
    """On a protected leg: forged, replayed, or not protected at all."""
    mos: float | None = None
    """E-model estimate of what we received; None with less than a second of sound."""


@dataclass(frozen=True, slots=True)
class EngineTotals:
    """The whole engine, since its start."""

    legs: int = 0
    ports_in_use: int = 0
    ports_quarantined: int = 0
    packets_received: int = 0
    packets_sent: int = 0
    packets_lost: int = 0
    dropped_source: int = 0
    dropped_malformed: int = 0
    dropped_insecure: int = 0
    starved_s: float = 0.0
    """Silence that was heard because a speech engine was late, of all listeners."""


def leg_statistics(counted: EngineLegStatistics, *, ptime_s: float, codec: str) -> LegStatistics:
    """The engine's counters of one leg, with the score they add up to."""
    return LegStatistics(
        packets_sent=counted.packets_sent,
        packets_received=counted.packets_received,
        packets_lost=counted.packets_lost,
        jitter_s=counted.jitter_s,
        round_trip_s=counted.round_trip_s,
        concealed_s=counted.concealed_s,
        dropped_source=counted.dropped_source,
        dropped_malformed=counted.dropped_malformed,
        dropped_insecure=counted.dropped_insecure,
        mos=_mos(counted, ptime_s=ptime_s, codec=codec),
    )


def _mos(counted: EngineLegStatistics, *, ptime_s: float, codec: str) -> float | None:
    expected = counted.packets_received + counted.packets_lost
    if expected < LEAST_PACKETS:
        return None
    return estimate_mos(
        loss=counted.packets_lost / expected,
        jitter_s=counted.jitter_s,
        one_way_delay_s=(counted.round_trip_s or 0.0) / 2,
        ptime_s=ptime_s,
        codec=codec,
        is_concealed=counted.concealed_s > 0,
    )
