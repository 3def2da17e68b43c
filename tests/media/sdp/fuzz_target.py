"""What the fuzzer feeds to a negotiation, and what that must promise whatever the peer's body is.

A body is refused as `NotAcceptable`, and then nothing has changed; or what is agreed can be sent
to, our answer can be read and kept through a restart, and the same body again changes nothing.
"""

from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from media.errors import NotAcceptable
from media.sdp.negotiation import PTIMES_MS, LocalStream, Negotiation
from media.sdp.parser import parse_session
from media.sdp.protection import LocalProtection
from tests.media.sdp.bodies import PHONE

LOCAL: Final = LocalStream(
    address="127.0.0.1", port=20_000, codecs=("PCMU", "PCMA", "G722", "OPUS")
)
PROTECTION: Final = LocalProtection(
    fingerprint="sha-256 " + ":".join(["AB"] * 32),
    ufrag="ours",
    password="a password of ours",
    keys={"AES_CM_128_HMAC_SHA1_80": bytes(30), "AEAD_AES_128_GCM": bytes(28)},
)
BROWSER: Final = (
    b"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    b"a=fingerprint:sha-256 " + b":".join([b"AB"] * 32) + b"\r\n"
    b"m=audio 9 UDP/TLS/RTP/SAVPF 111 13 110\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtcp-mux\r\n"
    b"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n"
    b"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    b"a=rtpmap:110 telephone-event/48000\r\n"
    b"a=candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host\r\n"
)
SEALED: Final = (
    b"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 5000 RTP/SAVP 0 101\r\na=ptime:30\r\na=sendonly\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + b"A" * 40 + b"|2^20\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\n"
)
SEEDS: Final = (PHONE, BROWSER, SEALED)


def negotiation(data: bytes) -> None:
    """The body as an offer, as a re-offer, and as the answer to ours."""
    for ours in (Negotiation(LOCAL, session_id=1, protection=PROTECTION), _offering()):
        before = ours.snapshot()
        try:
            answer = ours.answer(data)
        except NotAcceptable:
            assert ours.snapshot() == before
            continue
        _agreed(ours)
        assert len(parse_session(answer).media) == len(parse_session(data).media)
        assert ours.answer(data) == answer, "the same offer again changes nothing"
        again = Negotiation.restore(LOCAL, ours.snapshot(), PROTECTION)
        assert again.snapshot() == ours.snapshot()
        parse_session(ours.offer())
    offered = _offering()
    try:
        offered.accept_answer(data)
    except NotAcceptable:
        return
    _agreed(offered)


def _offering() -> Negotiation:
    ours = Negotiation(LOCAL, session_id=1, protection=replace(PROTECTION, offer="sdes"))
    ours.offer()
    return ours


def _agreed(ours: Negotiation) -> None:
    agreement = ours.agreement
    assert agreement is not None
    assert agreement.codec in LOCAL.codecs
    assert 0 <= agreement.payload_type < 128
    assert 0 < agreement.port < 65_536
    assert agreement.rtcp_port is None or 0 < agreement.rtcp_port < 65_536
    assert agreement.ptime_ms in PTIMES_MS
    assert PTIMES_MS[0] <= agreement.maxptime_ms
    if agreement.address is not None:
        assert not ip_address(agreement.address).is_multicast
