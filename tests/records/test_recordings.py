"""Recordings in the database: each event moves the row on, and told twice it changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from events.event import Event
from events.ids import AgentId, CallId, QueueName, RecordingId
from events.recordings import (
    Mark,
    Purpose,
    RecordingDeleted,
    RecordingFailed,
    RecordingMarked,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
)
from records.past import RecordingFilter, RecordingRow
from records.store import Store
from tests.records.calls import EPOCH, Calls
from tests.records.databases import settings


class Shelf:
    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self.calls = Calls()
        self.store = Store(settings(url, folder))
        self.calls.log.listen(self.store.append)
        self.store.open()

    def begun(self, name: str = "c-1-r1", **changes: object) -> tuple[CallId, RecordingId]:
        call, recording = CallId("c-1"), RecordingId(name)
        fields: dict[str, object] = {"reason": "queue", "queue": QueueName("support"), **changes}
        self.tell(RecordingStarted(call, recording, Purpose.CALL, f"2026/{name}", **fields))  # type: ignore[arg-type]
        return call, recording

    def tell(self, *events: Event) -> None:
        for event in events:
            self.calls.tell(event)

    def row(self, name: str = "c-1-r1") -> RecordingRow:
        assert self.store.wait_ready(30)
        self.store.close(30)
        self.store = Store(settings(self._url, self._folder))
        self.calls.log.listen(self.store.append)
        found = self.store.reader.recording(RecordingId(name))
        self.store.open()
        assert found is not None
        return found


@pytest.fixture
def shelf(url: str, tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(url, tmp_path)
    made.calls.arrives("c-1")
    yield made
    made.store.close(30)


def test_a_recording_from_its_start_to_its_end(shelf: Shelf) -> None:
    one = shelf.begun()
    shelf.tell(
        RecordingMarked(*one, 0.0, Mark.TALK, "c-1-1", AgentId("71")),
        RecordingPaused(*one, 4.0, "api"),
        RecordingResumed(*one, 9.5, "api"),
        RecordingMarked(*one, 12.0, Mark.HOLD),
        RecordingStopped(*one, 30.0),
    )
    row = shelf.row()
    assert (row.state, row.duration_s, row.file) == ("stopped", 30.0, "2026/c-1-r1.wav")
    assert [(part["at_s"], part["mark"]) for part in row.parts] == [
        *((0.0, "talk"), (4.0, "paused"), (9.5, "resumed"), (12.0, "hold"))
    ]
    assert row.started_at >= EPOCH
    shelf.tell(RecordingStored(*one, "2026/c-1-r1.opus.sealed", "opus", 123, True))
    stored = shelf.row()
    assert (stored.state, stored.form, stored.size_bytes, stored.sealed) == (
        *("stored", "opus", 123),
        True,
    )
    shelf.tell(RecordingDeleted(*one, "retention"))
    assert (shelf.row().state, shelf.row().problem) == ("deleted", "by retention")


def test_a_failure_and_its_cause(shelf: Shelf) -> None:
    shelf.tell(RecordingFailed(*shelf.begun(), "No space left on device"))
    row = shelf.row()
    assert (row.state, row.problem) == ("failed", "No space left on device")


def test_an_event_told_again_changes_nothing(shelf: Shelf) -> None:
    one = shelf.begun()
    shelf.tell(RecordingMarked(*one, 0.0, Mark.TALK), RecordingStopped(*one, 3.0))
    before = shelf.row()
    for recorded in shelf.calls.recorded:
        shelf.store.append(recorded)
    assert shelf.row() == before


def test_an_end_without_a_beginning_is_no_row(shelf: Shelf) -> None:
    shelf.tell(RecordingStopped(CallId("c-1"), RecordingId("c-1-r9"), 3.0))
    shelf.begun()
    shelf.row()
    assert shelf.store.reader.recording(RecordingId("c-1-r9")) is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RecordingFilter(), ["c-1-r3", "c-1-r2", "c-1-r1"]),
        (RecordingFilter(queue="sales"), ["c-1-r2"]),
        (RecordingFilter(agent="71"), ["c-1-r3"]),
        (RecordingFilter(label="box"), ["c-1-r1"]),
        (RecordingFilter(states=("stopped",)), ["c-1-r1"]),
        (RecordingFilter(call="c-1", limit=1), ["c-1-r3"]),
        (RecordingFilter(purpose="message"), []),
        (RecordingFilter(started_to=0.0), []),
    ],
)
def test_filters(shelf: Shelf, wanted: RecordingFilter, found: list[str]) -> None:
    first = shelf.begun(label="box")
    shelf.begun("c-1-r2", queue="sales")
    shelf.begun("c-1-r3", agent="71")
    shelf.tell(RecordingStopped(*first, 1.0))
    shelf.row()
    assert [row.id for row in shelf.store.reader.recordings(wanted)] == found
