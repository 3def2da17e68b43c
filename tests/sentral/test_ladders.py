"""Ladders of calls that memory no longer holds."""

from pathlib import Path

import pytest

from events.calls import CallArrived, CallEnded, Direction, LegDialled, Outcome, Side
from events.event import Recorded
from events.ids import CallId, PartyId
from records.past import CallDetail
from sentral.ladders import Ladders
from telemetry.capture_files import CaptureWriter
from telemetry.settings import TelemetrySettings
from telemetry.sip_capture import SipCapture
from tests.web.serving import row

CALL = CallId("c-1")
UTC = 1_800_000_000.0


def detail() -> CallDetail:
    """Logged by a process whose steady clock began at 7000."""
    events = (
        CallArrived(CALL, Direction.INBOUND, PartyId("p"), "1000", "sip-1"),
        LegDialled(CALL, "c-1-1", "phone", "2001", sip_call_id="sip-2"),
        CallEnded(CALL, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up"),
    )
    recorded = [Recorded(n + 1, UTC + n, 7000.0 + n, event) for n, event in enumerate(events)]
    return CallDetail(row("c-1"), recorded)


def ladders(folder: Path | None) -> Ladders:
    found = {CALL: detail()}
    return Ladders(SipCapture(TelemetrySettings()), folder, found.get)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = CaptureWriter(tmp_path, kept_days=2.0, steady_to_utc=lambda at: UTC + at)
    for at, dialog, first in (
        (0.1, "sip-1", "INVITE sip:1000 SIP/2.0"),
        (1.1, "sip-2", "INVITE sip:2001 SIP/2.0"),
        (1.2, "sip-9", "INVITE sip:other SIP/2.0"),
        (1.9, "sip-1", "BYE sip:1000 SIP/2.0"),
    ):
        method = first.split()[0]
        data = f"{first}\r\nCall-ID: {dialog}\r\nCSeq: 1 {method}\r\n\r\n".encode()
        writer.add("in", "UDP", "192.0.2.1", 5060, data, at)
    writer.close()
    return tmp_path


def test_a_past_call_is_drawn_with_its_legs_and_decisions(folder: Path) -> None:
    drawn = ladders(folder).past(CALL, 100)
    assert drawn is not None
    assert ladders(folder).live(CALL, 100) is None
    lines = drawn.splitlines()
    assert sum("INVITE" in line for line in lines) == 2
    assert lines[-2].lstrip().startswith("+1.900")
    assert "BYE" in lines[-2]
    assert "other" not in drawn


@pytest.mark.parametrize("call", ["c-1", "c-2"])
def test_without_files_or_without_the_call_there_is_nothing(tmp_path: Path, call: str) -> None:
    assert ladders(tmp_path / "empty").past(CallId(call), 100) is None
    assert ladders(None).past(CallId(call), 100) is None
