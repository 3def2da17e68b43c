"""Recordings and supervision, counted."""

from events.ids import CallId, PhoneId, RecordingId
from events.recordings import Purpose, RecordingFailed, RecordingStarted, RecordingStopped
from events.supervision import Mode, SupervisionBegan
from tests.telemetry.observing import Observed

C, R = CallId("c"), RecordingId("c-r1")


def test_begun_and_ended() -> None:
    observed = Observed()
    observed.tell(
        RecordingStarted(C, R, Purpose.CALL, "c-r1"),
        RecordingStarted(C, R, Purpose.MESSAGE, "c-r2"),
        RecordingStopped(C, R, 3.0),
        RecordingFailed(C, R, "no room"),
        SupervisionBegan(C, PhoneId("2009"), Mode.WHISPER),
    )
    begun, ended = "sentral_recordings_begun_total", "sentral_recordings_ended_total"
    assert [observed.value(begun, purpose=each) for each in ("call", "message")] == [1, 1]
    assert [observed.value(ended, what=each) for each in ("stopped", "failed", "stored")] == [
        *(1, 1, 0)
    ]
    assert observed.value("sentral_supervisions_total", mode="whisper") == 1
