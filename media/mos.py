"""How a call sounded, estimated from its packets: the E-model, ITU-T G.107 (narrow band).

Everything that the packets do not tell (loudness, echo, room noise) has G.107's
default value, which leaves R = 93.2 for a perfect line. G.113 appendix I gives G.711 an
impairment of 0 on this scale, and nothing to G.722 and Opus, which are wide-band: on the wide-band
scale (G.107.1, up to R = 129) G.722 at 64 kbit/s has 13 where G.711 has 36, what 93.2 falls short
of 129. A line of theirs is at least as good as one of G.711, so no codec of ours has an impairment
of its own here. They differ in what a lost packet costs, and in the delay that they add.

Where the figures are from: 93.2 follows from G.107's own formulas, which a test works out. The
tables of G.113 were not at hand; Ie, Bpl and the wide-band 13 are as other implementations of the
E-model quote them, independently and alike (2026-11-22). Clauses are those of G.107 since 2011;
before, 7.4 was 3.4.
"""

import math
from collections.abc import Mapping
from typing import Final

R_DEFAULT: Final = 93.2
"""Transmission rating with all of G.107's default values (§7.7)."""

CODEC_IMPAIRMENT: Final = 0.0
"""Ie of G.711, ITU-T G.113 appendix I; of the others at most that."""

UNCONCEALED: Final = 4.3
"""Bpl of G.711 without concealment, ITU-T G.113 appendix I, and G.107's default: the least that it
allows. G.722 has no concealment of its own either, and no Bpl on this scale; what is quoted of it
on the wide-band one does not agree (10 and 20)."""

CONCEALED: Final = 25.1
"""Bpl of G.711 with the concealment of its appendix I, ITU-T G.113 appendix I: by repeating the
last pitch period, as our jitter buffer does. Taken for Opus too, whose decoder conceals (RFC 6716
§4.4): G.113 is silent about it, and what is quoted of it (Ie 5 to 10, Bpl 15 to 20) has no common
source."""

LOOK_AHEAD_S: Final[Mapping[str, float]] = {"G722": 0.0015, "OPUS": 0.0065}
"""Delay of a codec beside its packets: G.722's filters, and Opus in its usual mode, RFC 6716 §2."""


def estimate_mos(
    *,
    loss: float,
    jitter_s: float,
    one_way_delay_s: float,
    ptime_s: float,
    codec: str = "PCMU",
    is_concealed: bool = False,
) -> float:
    """Mean opinion score, 1.0 (unusable) to 4.5 (best that narrow band can do).

    Args:
        loss: share of packets that never came, 0 to 1.
        jitter_s: interarrival jitter, RFC 3550 §6.4.1; a listener's buffer adds twice that.
        one_way_delay_s: half the round trip of the network.
        ptime_s: sound per packet, which the sender collects before it sends.
        codec: a name in `media.sdp.codecs.CODECS`.
        is_concealed: whether we covered what was lost: sound that was decoded here.
    """
    mouth_to_ear_s = one_way_delay_s + ptime_s + 2 * jitter_s + LOOK_AHEAD_S.get(codec, 0.0)
    robustness = CONCEALED if is_concealed or codec == "OPUS" else UNCONCEALED
    return rating_to_mos(
        R_DEFAULT - _delay_impairment(mouth_to_ear_s) - _equipment_impairment(loss, robustness)
    )


def rating_to_mos(rating: float) -> float:
    """G.107 annex B, equation B-4."""
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    # between R = 0 and 6.5 the polynomial dips just below 1, which is no score
    return max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)


def _delay_impairment(mouth_to_ear_s: float) -> float:
    """Idd, G.107 §7.4, for a listener of default sensitivity: nothing below 100 ms."""
    delay_ms = mouth_to_ear_s * 1000
    if delay_ms <= 100:
        return 0.0
    x = math.log2(delay_ms / 100)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def _equipment_impairment(loss: float, robustness: float) -> float:
    """Ie-eff of randomly spread loss, G.107 §7.5 with BurstR = 1."""
    loss_percent = 100 * min(max(loss, 0.0), 1.0)
    worst = 95 - CODEC_IMPAIRMENT
    return CODEC_IMPAIRMENT + worst * loss_percent / (loss_percent + robustness)
