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


@pytest.mark.parametrize(
    "start", [b"INVITE sip:1 SIP/2.0", b"SIP/2.0 200 OK", b"ACK sip:1 SIP/2.0"]
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_what_would_open_the_sound_is_hidden(start: bytes, end: bytes) -> None:
    lines = [
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgew|2^20|1:4",
        b"a=CRYPTO:2 AEAD_AES_128_GCM INLINE:c2VjcmV0;inline:b3RoZXI= KDR=1",
        b"a=ice-pwd:asd88fgpdd777uzjYhagZg",
        b"a=ice-ufrag:8hhY",
        b"a=fingerprint:sha-256 AB:CD",
    ]
    shown = masked(start + b"\r\n\r\n" + end.join(lines) + end)
    for secret in (b"WVNfX19", b"c2VjcmV0", b"b3RoZXI", b"asd88"):
        assert secret not in shown
    for plain in (
        b"inline:****|2^20|1:4",
        b"INLINE:**** KDR=1",
        b"8hhY",
        b"AB:CD",
        b"ice-pwd:****",
    ):
        assert plain in shown
