"""SIP messages on disk, for the ladders of calls that memory has forgotten, or another process had.

One file a process and day, only ever appended to: `2026-11-22T103000.000000.sip`. Each message is a
line of JSON and the bytes that it counts. A file that a crash tore is read up to the tear.
"""

import contextlib
import json
import queue
import re
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

from telemetry.captured import HEAD_BYTES, CapturedMessage

ENDING: Final = ".sip"
MOST_WAITING: Final = 20_000
"""Messages that may wait for a slow disk; more are dropped and counted."""
CLOSE_S: Final = 5.0

_DAY_S: Final = 86_400.0
_NAME: Final = "%Y-%m-%dT%H%M%S.%f"
_CALL_ID: Final = re.compile(
    rb"\n(?:call-id|i)[ \t]{0,8}:[ \t]{0,8}([^\r\n]{1,256})", re.IGNORECASE
)
_OF_NO_CALL: Final = re.compile(
    rb"\ncseq[ \t:]{1,16}\d{1,10}[ \t]{1,8}(?:REGISTER|OPTIONS)\b", re.I
)


class _Waiting(NamedTuple):
    direction: Literal["in", "out"]
    transport: str
    host: str
    port: int
    data: bytes
    utc: float


class CaptureWriter:
    """Hands messages to a thread of its own; a slow disk holds nobody up.

    Attributes:
        dropped: messages that found the queue full, or a disk that takes no more.
    """

    def __init__(
        self, folder: Path, *, kept_days: float, steady_to_utc: Callable[[float], float]
    ) -> None:
        self.dropped = 0
        self._folder = folder
        self._kept_s = kept_days * _DAY_S
        self._steady_to_utc = steady_to_utc
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(MOST_WAITING)
        self._file: BinaryIO | None = None
        self._day = ""
        self._thread = threading.Thread(target=self._write, name="capture", daemon=True)
        self._thread.start()

    def add(
        self,
        direction: Literal["in", "out"],
        transport: str,
        host: str,
        port: int,
        data: bytes,
        at: float,
    ) -> None:
        """One message; `at` on the steady clock. Registrations and probes are not kept."""
        try:
            self._waiting.put_nowait(
                _Waiting(direction, transport, host, port, data, self._steady_to_utc(at))
            )
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, if the disk takes it within `CLOSE_S`."""
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=CLOSE_S)
        self._thread.join(CLOSE_S)

    def _write(self) -> None:
        while (message := self._waiting.get()) is not None:
            try:
                self._keep(message)
            except OSError:
                self.dropped += 1
                self._forget()
        self._forget()

    def _keep(self, message: _Waiting) -> None:
        record = _record(message)
        if record is None:
            return
        file = self._file_of(message.utc)
        file.write(record)
        if self._waiting.empty():
            file.flush()

    def _file_of(self, utc: float) -> BinaryIO:
        moment = datetime.fromtimestamp(utc, UTC)
        if self._file is None or f"{moment:%F}" != self._day:
            self._forget()
            self._folder.mkdir(parents=True, exist_ok=True)
            _remove_older(self._folder, utc - self._kept_s)
            path = self._folder / f"{moment:{_NAME}}{ENDING}"
            path.touch(mode=0o600)  # who called whom is nobody else's business
            self._file = path.open("ab")
            self._day = f"{moment:%F}"
        return self._file

    def _forget(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def read_capture(
    folder: Path, dialogs: Collection[str], *, utc_from: float, utc_to: float
) -> list[CapturedMessage]:
    """What is kept of these SIP Call-IDs, oldest first; `at` is UTC. Blocks: reads whole files."""
    wanted = set(dialogs)
    found = [
        message
        for path in _files(folder)
        if _began_at(path) <= utc_to and _ended_at(path) >= utc_from
        for message in _messages(path, wanted)
    ]
    return sorted(found, key=lambda message: message.at)


def _messages(path: Path, dialogs: Collection[str]) -> Iterator[CapturedMessage]:
    with path.open("rb") as file:
        while head := file.readline():
            try:
                said = json.loads(head)
                size = said["bytes"]
            except (ValueError, KeyError, TypeError):
                return
            if said["dialog"] not in dialogs:
                file.seek(size, 1)
                continue
            data = file.read(size)
            if len(data) < size:
                return
            yield CapturedMessage(
                direction=said["direction"],
                transport=said["transport"],
                host=said["host"],
                port=said["port"],
                data=data[:-1],
                at=said["at"],
                sip_call_id=said["dialog"],
            )


def _record(message: _Waiting) -> bytes | None:
    """None for what belongs to no call."""
    dialog = _CALL_ID.search(message.data, 0, HEAD_BYTES)
    if dialog is None or _OF_NO_CALL.search(message.data, 0, HEAD_BYTES):
        return None
    head = {
        "at": message.utc,
        "direction": message.direction,
        "transport": message.transport,
        "host": message.host,
        "port": message.port,
        "dialog": dialog[1].strip().decode("utf-8", "replace"),
        "bytes": len(message.data) + 1,
    }
    return b"%s\n%s\n" % (json.dumps(head).encode(), message.data)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{ENDING}") if _began_at(path) > 0)


def _began_at(path: Path) -> float:
    """0 when the name is none of ours."""
    try:
        return datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _ended_at(path: Path) -> float:
    """Midnight: then another file was begun."""
    return (_began_at(path) // _DAY_S + 1) * _DAY_S


def _remove_older(folder: Path, before_utc: float) -> None:
    for path in _files(folder):
        if _ended_at(path) < before_utc:
            path.unlink(missing_ok=True)
