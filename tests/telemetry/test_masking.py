"""Keys in kept and exported messages are stars."""

import pytest

from telemetry.masking import masked

HEAD = b"INFO sip:1000@127.0.0.1 SIP/2.0\r\nCSeq: 2 INFO\r\nContent-Type: %s\r\n\r\n"


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        (
            b"application/dtmf-relay",
            b"Signal=5\r\nDuration=160\r\n",
            b"Signal=*\r\nDuration=160\r\n",
        ),
        (b"application/dtmf-relay", b"Duration=160\nSIGNAL = #\n", b"Duration=160\nSIGNAL = *\n"),
        (b"application/dtmf", b"5\r\n", b"*\r\n"),
        (b"application/dtmf", b"4111", b"****"),
        (b"application/dtmf", b"", b""),
        (b"application/media_control+xml", b"5", b"5"),
    ],
)
def test_only_keys_are_hidden(kind: bytes, body: bytes, shown: bytes) -> None:
    assert masked(HEAD % kind + body) == HEAD % kind + shown


@pytest.mark.parametrize(
    "data",
    [b"INVITE sip:1 SIP/2.0\r\n\r\nSignal=5", b"INFO sip:1 SIP/2.0\r\n", b"", b"\x00" * 40],
)
def test_everything_else_stays(data: bytes) -> None:
    assert masked(data) == data
