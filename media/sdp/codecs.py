"""The codecs we speak, as SDP spells them, and what a peer asks of one in its `fmtp`.

Names here are upper case, as in the settings; encoding names in SDP ignore case (RFC 4855 §3).
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from media.sdp.session import Format

CODECS: Final[Mapping[str, Format]] = {
    "PCMU": Format(0, "PCMU", 8000),
    "PCMA": Format(8, "PCMA", 8000),
    "G722": Format(9, "G722", 8000),
    "OPUS": Format(96, "opus", 48000, 2, "useinbandfec=1"),
}
"""G.722's clock is 8000 Hz although it samples at 16000 (RFC 3551 §4.5.2); Opus is always written
as opus/48000/2 (RFC 7587 §7)."""

TELEPHONE_EVENT: Final = "TELEPHONE-EVENT"
NOISE: Final = Format(13, "CN", 8000)
"""Comfort noise, RFC 3389 §4."""

WIDEBAND: Final = frozenset({"G722", "OPUS"})

_SPELLINGS: Final = {
    **{codec.key: name for name, codec in CODECS.items()},
    ("G722", 16000, 1): "G722",  # as phones write it that take the clock for the sampling rate
    ("OPUS", 48000, 1): "OPUS",
}
_OPUS_RATES_HZ: Final = (48000, 16000, 8000)
_BITRATES: Final = range(6_000, 510_001)
"""RFC 7587 §6.1, maxaveragebitrate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpusWishes:
    """What a peer wants to be sent, RFC 7587 §6.1."""

    fec: bool = False
    dtx: bool = False
    bitrate: int | None = None
    """In bit/s; None leaves it to the codec."""
    max_rate_hz: int = 48000
    """8000, 16000 or 48000: it plays no more than that."""

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def codec_of(payload: Format, among: Container[str | None]) -> str | None:
    """The name in `CODECS` of what a payload type carries; None if it is none of these."""
    name = _SPELLINGS.get(payload.key)
    return name if name in among else None


def opus_wishes(parameters: str) -> OpusWishes:
    """Read an `fmtp`; what is not understood is passed over, as RFC 7587 §6.1 asks."""
    values = dict(_pair(part) for part in parameters.split(";"))
    bitrate = _number(values.get("maxaveragebitrate"))
    rate_hz = _number(values.get("maxplaybackrate"))
    return OpusWishes(
        fec=values.get("useinbandfec") == "1",
        dtx=values.get("usedtx") == "1",
        bitrate=bitrate if bitrate in _BITRATES else None,
        max_rate_hz=next((rate for rate in _OPUS_RATES_HZ if rate_hz and rate <= rate_hz), 48000),
    )


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip()


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None
