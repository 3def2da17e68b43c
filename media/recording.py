"""One call's sound on its way into a WAV file: the caller left, the agent right."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from media.engine_face import Engine, Event
from media.events import RecordingEvent, RecordingFailed, RecordingFinished, RecordingSilent

if TYPE_CHECKING:
    from media.leg import MediaLeg


class Recording:
    """Made by `MediaService.record`; goes on, silent if need be, until `stop`.

    The file can be played at every moment, also after this process was killed. What the two
    peers say is in it, 40-120 ms late on both sides; prompts and music are not. It works the
    same while packets pass through a bridge and in a conference.
    """

    def __init__(
        self, engine: Engine, number: int, path: Path, on_event: Callable[[RecordingEvent], None]
    ) -> None:
        self.path = path
        self.paused = False
        self.suspended = False
        self.over = False
        """Stopped, or failed: the end is told, or will be."""
        self._engine = engine
        self._number = number
        self._on_event = on_event

    def assign(
        self,
        *,
        left: "MediaLeg | None",
        right: "MediaLeg | None" = None,
        guest: "MediaLeg | None" = None,
        guest_in_both: bool = True,
    ) -> None:
        """From now on these are heard; a leg that is closed, or None, is silent.

        A guest is added to both sides, or to the right one alone.
        """
        if not self.over:
            self._engine.assign_recording(
                self._number,
                left=_open(left),
                right=_open(right),
                guest=_open(guest),
                guest_in_both=guest_in_both,
            )

    def pause(self) -> None:
        """Put silence in the place of what is said, from this moment on (card data)."""
        self._pause(True)

    def resume(self) -> None:
        self._pause(False)

    def suspend(self, on: bool) -> None:
        """While on, the file does not grow: that time is left out of it."""
        if not self.over and on != self.suspended:
            self.suspended = on
            self._engine.suspend_recording(self._number, on)

    def stop(self) -> None:
        """End it; `RecordingFinished` comes when the file is whole. Idempotent."""
        if not self.over:
            self.over = True
            self._engine.stop_recording(self._number)

    def handle(self, event: Event) -> None:
        """Take one event of the engine that names this recording."""
        match event:
            case ("recording_silent", _, int(silent_ms), _):
                if not self.over:
                    self._on_event(RecordingSilent(self.path, silent_ms / 1000))
            case ("recording_finished", _, int(duration_ms), _):
                self._on_event(RecordingFinished(self.path, duration_ms / 1000))
            case ("recording_failed", _, str(problem), _):
                self.stop()
                self._on_event(RecordingFailed(self.path, problem))
            case _:
                raise AssertionError(f"the engine told {event!r}")

    def _pause(self, on: bool) -> None:
        if not self.over and on != self.paused:
            self.paused = on
            self._engine.pause_recording(self._number, on)


def _open(leg: "MediaLeg | None") -> int | None:
    return None if leg is None or leg.closed else leg.id
