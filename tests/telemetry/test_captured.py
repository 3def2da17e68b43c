"""What a person reads of a message at a glance."""

import pytest

from telemetry.captured import LONGEST, CapturedMessage


def summary(text: str, body: str = "") -> str:
    data = f"{text}\r\n\r\n{body}".replace("\n", "\r\n").replace("\r\r", "\r").encode()
    return CapturedMessage("in", "UDP", "127.0.0.1", 5060, data, 0.0).summary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INVITE sip:1000@x SIP/2.0\nTo: <sip:1000@x>", "INVITE"),
        ("INVITE sip:1000@x SIP/2.0\nTo: <sip:1000@x>;tag=7", "re-INVITE"),
        ("INVITE sip:1000@x SIP/2.0\nt: <sip:1000@x> ; tag=7", "re-INVITE"),
        ("BYE sip:1000@x SIP/2.0\nTo: <sip:1000@x>;tag=7", "BYE"),
        ("SIP/2.0 180 Ringing\nCSeq: 1 INVITE", "180 Ringing"),
        ("SIP/2.0 200 OK\nCSeq: 2 BYE", "200 OK BYE"),
        ("SIP/2.0 200 OK\nCSEQ:2 CANCEL", "200 OK CANCEL"),
        ("SIP/2.0 486", "486"),
    ],
)
def test_start_lines(text: str, expected: str) -> None:
    assert summary(text) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("v=0\na=sendrecv", "INVITE (SDP)"),
        ("v=0", "INVITE (SDP)"),
        ("v=0\na=sendonly", "INVITE (SDP sendonly)"),
        ("v=0\nm=audio 4000 RTP/AVP 0\na=inactive\n", "INVITE (SDP inactive)"),
        ("", "INVITE"),
    ],
)
def test_bodies(body: str, expected: str) -> None:
    text = "INVITE sip:1000@x SIP/2.0\nContent-Type: application/sdp"
    assert summary(text, body) == expected


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"\x00\xff\x1b[2J", b"SIP/2.0", b"A" * 100_000, b"SIP/2.0 " * 9_000]
)
def test_anything_at_all_has_a_short_printable_summary(data: bytes) -> None:
    text = CapturedMessage("in", "UDP", "127.0.0.1", 5060, data, 0.0).summary
    assert text.isprintable()
    assert len(text) <= LONGEST + 20
