"""Structured logs, written by a thread of their own: a slow terminal holds nobody up."""

import contextlib
import logging
import logging.handlers
import queue
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import Processor

from telemetry.settings import TelemetrySettings

CHATTY: Final = ("alembic",)
"""Libraries whose ordinary news nobody wants."""

HIDDEN: Final = "(hidden)"
CLOSE_S: Final = 2.0
SECRET_WORDS: Final = (
    *("password", "passwd", "secret", "token", "authorization", "pin", "ha1", "credential"),
    *("response", "digits"),
)
"""A field is hidden when one of these is a word of its name."""


class Logs:
    """The set-up of one process; `close` writes what still waits."""

    def __init__(self, settings: TelemetrySettings, *, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(settings.log_queue)
        self._handler = _DroppingHandler(self._waiting)
        writer = logging.StreamHandler(self._stream)
        writer.setFormatter(_formatter(settings, self._stream))
        self._listener = _Listener(self._waiting, writer)
        self._level = settings.log_level.upper()

    @property
    def dropped(self) -> int:
        """Lines that found the queue full."""
        return self._handler.dropped

    def start(self) -> None:
        structlog.configure(
            processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=True,
        )
        root = logging.getLogger()
        root.handlers[:] = [self._handler]
        root.setLevel(self._level)
        for library in CHATTY:
            logging.getLogger(library).setLevel(logging.WARNING)
        logging.captureWarnings(True)
        self._listener.start()

    def close(self) -> None:
        """Write what waits, if the terminal takes it within `CLOSE_S`, and stop."""
        self._listener.stop()
        root = logging.getLogger()
        if self._handler in root.handlers:
            root.removeHandler(self._handler)


def hide_secrets(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace what must not be in a log, at any depth."""
    for name, value in list(fields.items()):
        fields[name] = _shown(name, value)
    return fields


def _shown(name: str, value: object) -> object:
    words = name.lower().replace("-", "_").split("_")
    if any(secret in words for secret in SECRET_WORDS):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: _shown(str(key), inner) for key, inner in value.items()}
    return value


_SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,  # here: the writing thread has no exception at hand
    hide_secrets,
]


class _DroppingHandler(logging.handlers.QueueHandler):
    """Never waits: a line that finds the queue full is counted instead."""

    dropped = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # formatted by the writing thread, not by the loop's


class _Listener(logging.handlers.QueueListener):
    """Stops within a bounded time, whatever the terminal does."""

    def __init__(self, waiting: "queue.Queue[logging.LogRecord | None]", writer: logging.Handler):
        super().__init__(waiting, writer)
        self._lines = waiting

    def stop(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=CLOSE_S)
        thread.join(CLOSE_S)


def _formatter(settings: TelemetrySettings, stream: TextIO) -> logging.Formatter:
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and stream.isatty()
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if console
        else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    )
