"""Recordings: how many were begun and how they ended. One that failed is a disk to look after."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from prometheus_client import Counter

from events.event import Event
from events.recordings import (
    Purpose,
    RecordingDeleted,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
)
from events.supervision import Mode, SupervisionBegan
from telemetry.face import Series, Surroundings

ENDINGS: Final[Mapping[type[Event], str]] = {
    RecordingStopped: "stopped",
    RecordingFailed: "failed",
    RecordingStored: "stored",
    RecordingDeleted: "deleted",
}


class RecordingSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        begun = Counter(
            "sentral_recordings_begun",
            "Recordings begun, of conversations and of messages.",
            ["purpose"],
            registry=surroundings.registry,
        )
        ended = Counter(
            "sentral_recordings_ended",
            "What became of recordings: a whole file, none, its final form, removed.",
            ["what"],
            registry=surroundings.registry,
        )
        supervised = Counter(
            "sentral_supervisions",
            "Supervisors who joined a call, by their first mode.",
            ["mode"],
            registry=surroundings.registry,
        )
        self._begun = {purpose: begun.labels(purpose) for purpose in Purpose}
        self._ended = {what: ended.labels(what) for what in ENDINGS.values()}
        self._supervised = {mode: supervised.labels(mode) for mode in Mode}
        self.on(RecordingStarted, self._was_begun)
        for kind, what in ENDINGS.items():
            self.on(kind, partial(self._was_ended, what))
        self.on(SupervisionBegan, self._was_joined)

    def _was_begun(self, event: RecordingStarted, at: float) -> None:
        self._begun[event.purpose].inc()

    def _was_ended(self, what: str, event: Event, at: float) -> None:
        self._ended[what].inc()

    def _was_joined(self, event: SupervisionBegan, at: float) -> None:
        self._supervised[event.mode].inc()
