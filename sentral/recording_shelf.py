"""Recordings that are over: brought into their final form, kept for their time, removed."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from calls.recording.settings import RecordingSettings
from calls.voicemail.book import Waste
from config.settings import Settings
from events.event import Recorded
from events.ids import CallId, RecordingId
from events.mailboxes import MessageDropped, MessageErased
from events.recordings import (
    Purpose,
    RecordingDeleted,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
)
from media import sealed_wav
from media.sealing import read_key, unsealed
from media.storing import SEALED
from records.past import DatabaseAway, RecordingFilter, RecordingRow
from records.store import Store
from sentral.composition import Parts

_log = structlog.get_logger(__name__)

CHUNK_BYTES: Final = 65_536
CLEAR_EVERY_S: Final = 3600.0
DAY_S: Final = 86_400.0
PAGE: Final = 500
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class _Over:
    call: CallId
    recording: RecordingId
    file: str | None
    """With its ending; None if another process began it."""
    spoken_alone: bool = False
    """A message or comment: it stays WAV, so that phones play it and mails carry it."""


@dataclass(frozen=True, slots=True)
class _Unwanted:
    """A message that was erased or dropped."""

    recording: RecordingId


_FOLLOWED: Final = (
    *(RecordingStarted, RecordingStopped, RecordingFailed),
    *(MessageErased, MessageDropped),
)


class RecordingShelf:
    """One per process. A process that is killed leaves nothing half done: the next one goes on."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Raises OSError or ValueError when the key cannot be had."""
        self._settings = settings.recording
        self._folder = Path(settings.media.recordings)
        self._store = store
        self._key = key_of(settings.recording)
        self._parts: Parts | None = None
        self._begun: dict[RecordingId, RecordingStarted] = {}
        self._waiting: asyncio.Queue[_Over | _Unwanted] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, parts: Parts) -> None:
        """Listen to the log from here on, and take up what an earlier process left."""
        self._parts = parts
        parts.log.listen(self._heard, *_FOLLOWED)
        self._tasks = [
            asyncio.create_task(self._keep_storing(), name="recordings stored"),
            asyncio.create_task(self._keep_clearing(), name="recordings cleared"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def pieces(self, row: RecordingRow) -> Iterator[bytes]:
        """The content of its file, decrypted. Blocks.

        Raises:
            OSError: it is away.
            ValueError: the key is, or is another one.
        """
        path = self._folder / row.file
        if not row.sealed:
            yield from sealed_wav.pieces(path, self._key) if path.suffix == ".wav" else _read(path)
        elif self._key is None:
            raise ValueError("it is encrypted, and no key is set (recording.key_file)")
        else:
            yield from unsealed(path, self._key)

    async def content(self, file: str) -> bytes:
        """The WAV of what somebody said alone, decrypted; `file` as `RecordingStarted` names it.

        Raises:
            OSError: it is away.
            ValueError: the key is, or is another one.
        """
        return await asyncio.to_thread(self._content, self._folder / f"{file}.wav")

    def _content(self, path: Path) -> bytes:
        with contextlib.suppress(FileNotFoundError):
            return b"".join(sealed_wav.pieces(path, self._key))
        if self._key is None:
            raise ValueError("it is encrypted, and no key is set (recording.key_file)")
        return b"".join(unsealed(path.with_name(path.name + SEALED), self._key))

    async def delete(self, row: RecordingRow, by: str) -> None:
        """Remove the file, and tell it. Raises OSError."""
        assert self._parts is not None, "started first"
        await asyncio.to_thread((self._folder / row.file).unlink, missing_ok=True)
        self._parts.centre.services.feed.append(RecordingDeleted(row.call, row.id, by))

    # The final form

    def _heard(self, recorded: Recorded) -> None:
        match recorded.event:
            case RecordingStarted(recording=recording) as started:
                self._begun[recording] = started
            case RecordingStopped(call=call, recording=recording):
                begun = self._begun.pop(recording, None)
                over = _Over(call, recording, None)
                if begun is not None:
                    alone = begun.purpose is not Purpose.CALL
                    over = _Over(call, recording, f"{begun.file}.wav", alone)
                self._waiting.put_nowait(over)
            case MessageErased(recording=recording) | MessageDropped(recording=recording):
                self._waiting.put_nowait(_Unwanted(recording))
            case RecordingFailed(recording=recording) if recording in self._begun:
                del self._begun[recording]

    async def _keep_storing(self) -> None:
        left = await self._rows(RecordingFilter(states=("stopped",), limit=PAGE))
        for row in left:
            await self._bring_into_form(_over(row))
        done = {row.id for row in left}
        for waste in self._waste():
            await self._remove(waste.recording)
        while True:
            next_ = await self._waiting.get()
            if isinstance(next_, _Unwanted):
                await self._remove(next_.recording)
            elif next_.recording not in done:
                await self._bring_into_form(next_)

    def _waste(self) -> list[Waste]:
        assert self._parts is not None, "started first"
        return list(self._parts.centre.services.voicemail.book.waste.values())

    async def _remove(self, recording: RecordingId) -> None:
        """The sound of a message that nobody wants any more, in whatever form it is by now."""
        waste = next((each for each in self._waste() if each.recording == recording), None)
        if waste is None:
            return
        path = self._folder / f"{waste.file}.wav"
        try:
            for each in (path, path.with_name(path.name + SEALED)):
                await asyncio.to_thread(each.unlink, missing_ok=True)
        except OSError as error:  # the next start tries again
            _log.error("message_not_removed", recording=recording, problem=str(error))
            return
        assert self._parts is not None, "started first"
        self._parts.centre.services.feed.append(RecordingDeleted(waste.call, recording, waste.by))

    async def _bring_into_form(self, over: _Over) -> None:
        assert self._parts is not None
        if over.file is None:
            row = await self._row_of(over.recording)
            if row is None:
                return
            over = _over(row)
        assert over.file is not None, "rows have one"
        file, form = over.file, "wav" if over.spoken_alone else self._settings.form
        try:
            made = await self._made(self._folder / file, form)
        except OSError as error:
            _log.error("recording_not_stored", recording=over.recording, problem=str(error))
            return
        if made is None:
            return
        name, size = made
        self._parts.centre.services.feed.append(
            RecordingStored(
                over.call,
                over.recording,
                str(Path(file).with_name(name)),
                form,
                size,
                name.endswith(SEALED),
            )
        )

    async def _made(self, path: Path, form: str) -> tuple[str, int] | None:
        """Name and size of its final form."""
        if form == "wav" and self._key is None:
            return path.name, (await asyncio.to_thread(path.stat)).st_size
        return await _stored(path, form, self._key)

    async def _row_of(self, recording: RecordingId) -> RecordingRow | None:
        """As its row says, which an earlier process has written."""
        try:
            return await asyncio.to_thread(lambda: self._store.reader.recording(recording))
        except DatabaseAway as error:
            _log.warning("recordings_unknown", problem=str(error))
            return None

    # The end of their time

    async def _keep_clearing(self) -> None:
        while True:
            try:
                await self._clear()
            except OSError as error:
                _log.warning("recordings_not_cleared", problem=str(error))
            await asyncio.sleep(CLEAR_EVERY_S)

    async def _clear(self) -> None:
        assert self._parts is not None
        settings = self._parts.settings.recording
        days = [settings.kept_days, settings.messages_kept_days]
        days += [rule.kept_days for rule in settings.queues.values()]
        shortest = min((each for each in days if each is not None), default=None)
        if shortest is None:
            return
        now = self._parts.world.utc()
        before: int | None = None
        while True:
            wanted = RecordingFilter(
                states=("stopped", "stored", "failed"),
                started_to=now - shortest * DAY_S,
                before=before,
                limit=PAGE,
            )
            rows = await self._rows(wanted)
            for row in rows:
                kept_days = kept_days_of(settings, row)
                if kept_days is not None and row.started_at < now - kept_days * DAY_S:
                    await self.delete(row, "retention")
            if len(rows) < PAGE:
                return
            before = rows[-1].first_seq

    async def _rows(self, wanted: RecordingFilter) -> list[RecordingRow]:
        def read() -> list[RecordingRow]:
            return self._store.reader.recordings(wanted) if self._store.wait_ready(5.0) else []

        try:
            return await asyncio.to_thread(read)
        except DatabaseAway as error:
            _log.warning("recordings_unknown", problem=str(error))
            return []


def _over(row: RecordingRow) -> _Over:
    return _Over(row.call, row.id, row.file, row.purpose != Purpose.CALL)


def kept_days_of(settings: RecordingSettings, row: RecordingRow) -> float | None:
    """How long this one is kept; None is for ever."""
    if row.purpose != Purpose.CALL:
        return settings.messages_kept_days
    rule = settings.queues.get(row.queue or "")
    of_queue = rule.kept_days if rule is not None else None
    return settings.kept_days if of_queue is None else of_queue


def key_of(settings: RecordingSettings) -> bytes | None:
    """The key for recordings, None if they are not to be encrypted.

    Raises:
        OSError: its file cannot be read.
        ValueError: it is none, is not set, or others may read its file.
    """
    if settings.key_env:
        text = os.environ.get(settings.key_env)
        if text is None:
            raise ValueError(f"recording.key_env: {settings.key_env} is not set")
        return read_key(text)
    if not settings.key_file:
        return None
    path = Path(settings.key_file)
    if path.stat().st_mode & _OTHERS:
        raise ValueError(f"{path}: others may read this key; chmod 600 it")
    return read_key(path.read_text(encoding="ascii"))


async def _stored(path: Path, form: str, key: bytes | None) -> tuple[str, int] | None:
    """Name and size of the final file, made by another process; None if it could not be made."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "media.storing", str(path), form),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, problem = await process.communicate((key or b"").hex().encode())
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    if process.returncode:
        said = problem.decode("utf-8", "replace").strip().splitlines()
        _log.error("recording_not_stored", file=path.name, problem=said[-1] if said else "")
        return None
    made = json.loads(out)
    return made["name"], made["size_bytes"]


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
