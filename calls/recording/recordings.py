"""Files that are being written: one owner for all of the process."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import structlog

from calls.recording.settings import RecordingSettings
from calls.recording_state import RecordingState
from events.event import Event
from events.ids import CallId, RecordingId
from events.recordings import RecordingFailed, RecordingStarted, RecordingStopped
from media.errors import RecordingError
from media.events import RecordingEvent, RecordingFinished, RecordingSilent
from media.events import RecordingFailed as FileFailed

_log = structlog.get_logger(__name__)


class SoundFile(Protocol):
    """`media.recording.Recording`."""

    @property
    def path(self) -> Path: ...

    def assign(
        self, *, left: Any, right: Any = None, guest: Any = None, guest_in_both: bool = True
    ) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def suspend(self, on: bool) -> None: ...
    def stop(self) -> None: ...


class Files(Protocol):
    """`media.service.MediaService`."""

    def record(
        self,
        name: str,
        *,
        left: Any,
        right: Any = None,
        mono: bool = False,
        silence_s: float = 0.0,
        rate_hz: int = 8000,
        plain: bool = False,
        on_event: Callable[[RecordingEvent], None],
    ) -> SoundFile: ...

    def repair(self, name: str) -> float: ...


@dataclass(eq=False)
class Take:
    """One recording that is being written.

    Attributes:
        ended: the whole file's length in seconds, once it is told; None if it failed.
        silent: set when the silence that its owner asked for has passed.
    """

    call: CallId
    recording: RecordingId
    file: SoundFile
    ended: asyncio.Future[float | None]
    silent: asyncio.Event


class Recordings:
    """Begins files and tells their ends, also after their calls are over."""

    def __init__(
        self,
        files: Files,
        settings: RecordingSettings,
        append: Callable[[Event], None],
        utc: Callable[[], float],
    ) -> None:
        """`utc`: seconds since 1970."""
        self.settings = settings
        self.files = files
        self._append = append
        self._utc = utc
        self._open: dict[RecordingId, Take] = {}

    def begin(
        self,
        state: RecordingState,
        started: Callable[[RecordingId, str], RecordingStarted],
        call: CallId,
        *,
        mono: bool = False,
        silence_s: float = 0.0,
        rate_hz: int = 8000,
    ) -> Take | None:
        """Make the file, silent until its legs are assigned; None if it cannot be made.

        `started` makes the event that says so, of the recording's id and its file.
        """
        recording = RecordingId(f"{call}-r{state.made + 1}")
        name = f"{datetime.fromtimestamp(self._utc(), UTC):%Y/%m/%d}/{recording}"
        event = started(recording, name)
        ended = asyncio.get_running_loop().create_future()
        silent = asyncio.Event()

        def told(news: RecordingEvent) -> None:
            self._told(take, news)

        try:
            file = self.files.record(
                name,
                left=None,
                mono=mono,
                silence_s=silence_s,
                rate_hz=rate_hz,
                on_event=told,
            )
        except RecordingError as error:
            _log.error("recording_failed", call=call, problem=error.problem)
            self._append(event)
            self._append(RecordingFailed(call, recording, error.problem))
            return None
        take = Take(call, recording, file, ended, silent)
        self._open[recording] = take
        self._append(event)
        return take

    def recover(self, call: CallId, open_files: Mapping[str, str]) -> None:
        """Tell the ends of recordings whose process died; what was written is made whole."""
        for recording, name in open_files.items():
            try:
                duration_s = self.files.repair(name)
            except RecordingError as error:
                self._append(RecordingFailed(call, RecordingId(recording), error.problem))
            else:
                self._append(
                    RecordingStopped(call, RecordingId(recording), duration_s, recovered=True)
                )

    async def all_told(self, limit_s: float) -> None:
        """Wait until every stopped recording has told its end, but not for ever."""
        ends = [take.ended for take in self._open.values()]
        if ends:
            await asyncio.wait(ends, timeout=limit_s)

    def _told(self, take: Take, news: RecordingEvent) -> None:
        match news:
            case RecordingSilent():
                take.silent.set()
            case RecordingFinished(duration_s=duration_s):
                self._append(RecordingStopped(take.call, take.recording, duration_s))
                self._over(take, duration_s)
            case FileFailed(problem=problem):
                _log.error("recording_failed", call=take.call, problem=problem)
                self._append(RecordingFailed(take.call, take.recording, problem))
                self._over(take, None)

    def _over(self, take: Take, duration_s: float | None) -> None:
        self._open.pop(take.recording, None)
        if not take.ended.done():
            take.ended.set_result(duration_s)
