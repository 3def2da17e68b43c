"""What a media leg tells its owner: called on the event loop, in the order it happened."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias


class AnsweredBy(StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key of the peer's phone, told once as soon as it is heard.

    By telephone-event (RFC 4733); from a peer that did not agree to that, as tones in its sound.
    """

    key: str
    """One of 0-9, *, #, A-D."""

    duration_ms: int
    """How long it had been held by then."""


@dataclass(frozen=True, slots=True)
class KeyToSend:
    """A key is to be pressed towards the peer by SIP: told only after `MediaLeg.tell_keys`."""

    key: str
    """One of 0-9, *, #, A-D."""

    duration_ms: int


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


@dataclass(frozen=True, slots=True)
class SoundProtected:
    """A handshake has brought keys: from now on sound flows."""

    how: str
    """E.g. "dtls AEAD_AES_128_GCM"."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The peer speaks; told some 100 ms after it began, once `hear_speech` asked for it."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """A silence as long as was asked for has followed."""

    spoke_s: float
    """Its short pauses counted, that silence not."""


@dataclass(frozen=True, slots=True)
class AnswerDetected:
    """Who answered a call of ours, by the rhythm of the first words: `MediaLeg.detect_answer`."""

    by: AnsweredBy
    told_by: str
    """Which of the rules decided: "pause", "words", "long_greeting", "silence" or "time"."""


@dataclass(frozen=True, slots=True)
class BeepHeard:
    """One pure tone, as machines play before they record; it is over."""

    hz: int
    lasted_s: float


@dataclass(frozen=True, slots=True)
class RecordingFinished:
    """The file is whole and on the disk."""

    path: Path
    duration_s: float


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """The disk is full, or gone; the call goes on, and what was written before can be played."""

    path: Path
    problem: str


@dataclass(frozen=True, slots=True)
class RecordingSilent:
    """Nothing was heard in it for as long as its owner asked to be told; the recording goes on."""

    path: Path
    silent_s: float


RecordingEvent: TypeAlias = RecordingFinished | RecordingFailed | RecordingSilent
Cue: TypeAlias = SpeechBegan | SpeechEnded | AnswerDetected | BeepHeard
"""What is heard in the peer's sound, told only to who asked for it."""

MediaEvent: TypeAlias = (
    DigitPressed | KeyToSend | PlaybackFinished | SoundLost | SourceLatched | SoundProtected | Cue
)
