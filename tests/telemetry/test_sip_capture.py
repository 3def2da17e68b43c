"""The capture: whose messages it has, and that it stays small."""

from events.ids import CallId
from telemetry.settings import TelemetrySettings
from telemetry.sip_capture import SipCapture
from tests.telemetry.sip_messages import CALL, Wire, queue_call

OTHER_CALL = CallId("c-2")


def add(capture: SipCapture, dialog: str, at: float = 0.0, size: int = 0) -> None:
    text = f"INVITE sip:x SIP/2.0\r\nCall-ID: {dialog}\r\nX: {at}\r\n\r\n" + "x" * size
    capture.add("in", "UDP", "127.0.0.1", 5070, text.encode(), at)


def test_a_call_has_the_messages_of_all_its_legs_and_no_others() -> None:
    capture = SipCapture(TelemetrySettings())
    queue_call(Wire(capture))
    add(capture, "somebody-else")
    assert {message.port for message in capture.messages(CALL)} == {5070, 5091}
    assert set(capture.dialogs(CALL)) == {"d-5070", "d-5091"}
    assert len(capture.messages(CALL)) == 10


def test_an_unknown_call_has_no_ladder() -> None:
    assert SipCapture(TelemetrySettings()).ladder(OTHER_CALL) is None


def test_compact_call_ids_and_bare_newlines_are_read() -> None:
    capture = SipCapture(TelemetrySettings())
    capture.link(CALL, "d@h")
    capture.add("in", "UDP", "h", 1, b"BYE sip:x SIP/2.0\r\ni:d@h \r\n\r\n", 0.0)
    capture.add("in", "UDP", "h", 1, b"ACK sip:x SIP/2.0\nCALL-ID : d@h\n\n", 1.0)
    assert [message.summary for message in capture.messages(CALL)] == ["BYE", "ACK"]


def test_what_has_no_call_id_is_left_out() -> None:
    capture = SipCapture(TelemetrySettings())
    for data in (b"", b"garbage", b"INVITE sip:x SIP/2.0\r\nCall-ID:\r\n\r\n", b"\xff" * 9000):
        capture.add("in", "UDP", "h", 1, data, 0.0)
    assert capture.size_bytes == 0


def test_registrations_do_not_push_calls_out() -> None:
    capture = SipCapture(TelemetrySettings(capture_calls=2))
    capture.link(CALL, "d")
    add(capture, "d")
    for number in range(10):
        text = f"REGISTER sip:x SIP/2.0\r\nCall-ID: r-{number}\r\n\r\n"
        capture.add("in", "UDP", "h", 1, text.encode(), 0.0)
    assert len(capture.messages(CALL)) == 1


def test_retransmissions_take_no_room() -> None:
    capture = SipCapture(TelemetrySettings())
    capture.link(CALL, "d")
    for _ in range(5):
        add(capture, "d")
    (message,) = capture.messages(CALL)
    assert message.repeated == 4


def test_a_long_dialog_keeps_its_first_messages() -> None:
    capture = SipCapture(TelemetrySettings(capture_messages=3))
    capture.link(CALL, "d")
    for number in range(10):
        add(capture, "d", at=float(number))
    assert [message.at for message in capture.messages(CALL)] == [0, 1, 2]


def test_the_oldest_dialogs_go_first() -> None:
    capture = SipCapture(TelemetrySettings(capture_calls=2))
    for number, call in enumerate("abc"):
        capture.link(CallId(call), f"d-{call}")
        add(capture, f"d-{call}", at=float(number))
    assert [bool(capture.messages(CallId(call))) for call in "abc"] == [False, True, True]


def test_memory_is_bounded() -> None:
    capture = SipCapture(TelemetrySettings(capture_bytes=65_536))
    for number in range(100):
        add(capture, f"d-{number}", size=4_000)
    assert 60_000 < capture.size_bytes <= 65_536


def test_nothing_is_kept_when_told_so() -> None:
    capture = SipCapture(TelemetrySettings(capture_calls=0))
    queue_call(Wire(capture))
    assert capture.ladder(CALL) is None
    assert capture.size_bytes == 0
