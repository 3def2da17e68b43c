"""The shelf over a real store and real files: the final form, its content, the end of its time."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from config.settings import Settings
from events.event import Event
from events.ids import CallId, QueueName, RecordingId
from events.log import EventLog
from events.recordings import (
    Purpose,
    RecordingDeleted,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
)
from records.store import Store
from sentral.recording_shelf import RecordingShelf
from tests.media.wav_files import stereo_tones

DAY_S = 86_400.0


class Life:
    """What the shelf needs of a process, over a database that outlives it."""

    def __init__(self, folder: Path, utc: float, **recording: Any) -> None:
        self.folder = folder / "recordings"
        self.folder.mkdir(exist_ok=True)
        settings = Settings.model_validate(
            {
                "media": {"recordings": str(self.folder)},
                "store": {"url": f"sqlite:///{folder / 'sentral.db'}"},
                "recording": recording,
            }
        )
        self.store = Store(settings.store)
        self.store.open()
        self.log = EventLog(utc=lambda: utc, steady=lambda: 1.0, last_seq=self.store.last_seq())
        self.log.listen(self.store.append)
        self.told: asyncio.Queue[Event] = asyncio.Queue()
        self.log.listen(lambda recorded: self.told.put_nowait(recorded.event))
        feed = SimpleNamespace(append=self.log.append)
        voicemail = SimpleNamespace(book=SimpleNamespace(waste={}))
        self.parts: Any = SimpleNamespace(
            settings=settings,
            log=self.log,
            world=SimpleNamespace(utc=lambda: utc),
            centre=SimpleNamespace(services=SimpleNamespace(feed=feed, voicemail=voicemail)),
        )
        self.shelf = RecordingShelf(settings, self.store)

    async def next(self, kind: type[Event]) -> Any:
        async with asyncio.timeout(30):
            while not isinstance(event := await self.told.get(), kind):
                pass
        return event

    def record(self, name: str, queue: str) -> None:
        call, recording = CallId("c"), RecordingId(name)
        stereo_tones(self.folder / f"{name}.wav", 440, 880, seconds=1.0)
        started = RecordingStarted(call, recording, Purpose.CALL, name, queue=QueueName(queue))
        self.log.append(started)
        self.log.append(RecordingStopped(call, recording, 1.0))

    async def end(self) -> None:
        await self.shelf.stop()
        await asyncio.to_thread(self.store.close, 10.0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_recording_is_encoded_sealed_and_read_back(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("KEY", "77" * 32)
    life = Life(tmp_path, 1e9, form="opus", key_env="KEY")
    life.shelf.start(life.parts)
    life.record("c-r1", "support")
    stored = await life.next(RecordingStored)
    assert (stored.file, stored.form, stored.sealed) == ("c-r1.opus.sealed", "opus", True)
    assert names(life.folder) == ["c-r1.opus.sealed"]
    await life.end()

    again = Life(tmp_path, 1e9, key_env="KEY")
    assert await asyncio.to_thread(again.store.wait_ready, 10.0)
    row = again.store.reader.recording(RecordingId("c-r1"))
    assert row is not None
    assert row.size_bytes == stored.size_bytes
    assert b"".join(again.shelf.pieces(row)).startswith(b"OggS")
    await again.end()


async def test_what_a_process_left_is_brought_into_form_by_the_next(tmp_path: Path) -> None:
    first = Life(tmp_path, 1e9)
    first.record("c-r1", "support")  # and nobody listens any more
    await first.end()
    second = Life(tmp_path, 1e9, form="mp3")
    second.shelf.start(second.parts)
    assert (await second.next(RecordingStored)).file == "c-r1.mp3"
    await second.end()


async def test_each_goes_when_its_time_is_over(tmp_path: Path) -> None:
    first = Life(tmp_path, 1e9)
    first.shelf.start(first.parts)
    for name, queue in (("c-r1", "support"), ("c-r2", "billing")):
        first.record(name, queue)
        await first.next(RecordingStored)
    await first.end()
    rules = {"kept_days": 10, "queues": {"billing": {"kept_days": 100}}}
    later = Life(tmp_path, 1e9 + 50 * DAY_S, **rules)
    later.shelf.start(later.parts)
    deleted = await later.next(RecordingDeleted)
    assert (deleted.recording, deleted.by) == ("c-r1", "retention")
    assert names(later.folder) == ["c-r2.wav"]
    await later.end()
    last = Life(tmp_path, 1e9 + 101 * DAY_S, **rules)
    last.shelf.start(last.parts)
    assert (await last.next(RecordingDeleted)).recording == "c-r2"
    assert names(last.folder) == []
    await last.end()
