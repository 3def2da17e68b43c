"""Logs: structured, without secrets, and never in the way."""

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest
import structlog

from telemetry.logs import HIDDEN, Logs
from telemetry.settings import TelemetrySettings


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def logged(*events: tuple[str, dict[str, object]], level: str = "info") -> list[dict[str, object]]:
    stream = io.StringIO()
    logs = Logs(TelemetrySettings(log_format="json", log_level=level), stream=stream)  # type: ignore[arg-type]
    logs.start()
    for event, fields in events:
        structlog.get_logger("sentral.test").info(event, **fields)
    logs.close()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_fields() -> None:
    (line,) = logged(("call_ended", {"call": "c-1", "wait_s": 3.5}))
    assert line["event"] == "call_ended"
    assert (line["call"], line["wait_s"], line["level"]) == ("c-1", 3.5, "info")
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "name", ["password", "pin", "Authorization", "db_password", "bearer-token", "ha1"]
)
def test_secrets_are_hidden_at_any_depth(name: str) -> None:
    (line,) = logged(("x", {name: "s3cret", "request": {"headers": {name: "s3cret"}}}))
    assert "s3cret" not in json.dumps(line)
    assert line[name] == HIDDEN


def test_harmless_names_that_look_alike_are_shown() -> None:
    (line,) = logged(("x", {"pinned": 1, "spinning": 2, "tokens_used": 3}))
    assert (line["pinned"], line["spinning"], line["tokens_used"]) == (1, 2, 3)


def test_lines_below_the_level_are_left_out() -> None:
    assert logged(("quiet", {}), level="warning") == []


def test_foreign_libraries_log_in_the_same_shape() -> None:
    stream = io.StringIO()
    logs = Logs(TelemetrySettings(log_format="json"), stream=stream)
    logs.start()
    logging.getLogger("aiohttp.server").warning("odd %s", "thing")
    logs.close()
    line = json.loads(stream.getvalue())
    assert (line["event"], line["logger"]) == ("odd thing", "aiohttp.server")


def test_fields_given_as_extra_are_fields_and_their_secrets_hidden() -> None:
    """As rooms do that know nothing of structlog, `media` among them."""
    stream = io.StringIO()
    logs = Logs(TelemetrySettings(log_format="json"), stream=stream)
    logs.start()
    extra = {"leg": 7, "problem": "no answer", "pin": "s3cret"}
    logging.getLogger("media.leg").warning("handshake_failed", extra=extra)
    logs.close()
    line = json.loads(stream.getvalue())
    assert (line["event"], line["leg"], line["problem"]) == ("handshake_failed", 7, "no answer")
    assert line["pin"] == HIDDEN


def test_an_exception_comes_with_its_trace() -> None:
    stream = io.StringIO()
    logs = Logs(TelemetrySettings(log_format="json"), stream=stream)
    logs.start()
    try:
        raise ValueError("broken promise")
    except ValueError:
        structlog.get_logger().exception("failed")
    logs.close()
    assert "ValueError: broken promise" in json.loads(stream.getvalue())["exception"]


def test_the_console_shows_the_same_for_people() -> None:
    stream = io.StringIO()
    logs = Logs(TelemetrySettings(log_format="console"), stream=stream)
    logs.start()
    structlog.get_logger("x").info("call_ended", call="c-1", pin="1234")
    logs.close()
    text = stream.getvalue()
    assert "call_ended" in text
    assert "c-1" in text
    assert "1234" not in text


class StuckTerminal(io.StringIO):
    """Takes nothing until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.released = threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.released.wait()
        return super().write(text)


def test_a_stuck_terminal_holds_nobody_up() -> None:
    terminal = StuckTerminal()
    logs = Logs(TelemetrySettings(log_format="json", log_queue=5), stream=terminal)
    logs.start()
    log = structlog.get_logger("x")
    log.info("first")
    assert terminal.reached.wait(10)
    for number in range(20):
        log.info("more", number=number)  # returns although nothing is written
    assert logs.dropped == 15
    terminal.released.set()
    logs.close()
    assert len(terminal.getvalue().splitlines()) == 6
