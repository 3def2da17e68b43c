"""What a media leg tells its owner: called on the event loop, in the order it happened."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key of the peer's phone, RFC 4733; told once per key, as soon as it is heard."""

    key: str
    """One of 0-9, *, #, A-D."""

    duration_ms: int
    """How long it had been held by then."""


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    """A playback reached its end. Not told of one that was stopped or replaced, nor of a loop."""

    playback: int
    """What `play` or `tone` returned."""


@dataclass(frozen=True, slots=True)
class SoundLost:
    """Neither RTP nor RTCP came for `rtp_timeout_s` while sound was expected and watched."""

    silent_s: float
    """0 when it is the engine that failed."""


@dataclass(frozen=True, slots=True)
class SourceLatched:
    """From here on only this source is heard."""

    host: str
    port: int


MediaEvent: TypeAlias = DigitPressed | PlaybackFinished | SoundLost | SourceLatched
