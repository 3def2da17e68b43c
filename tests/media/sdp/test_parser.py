"""Reading what phones send, and refusing the rest with the one typed error."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media.errors import MalformedSession
from media.sdp.format import format_session
from media.sdp.parser import SessionLimits, parse_session
from media.sdp.session import Direction, Format, Media, Origin, Session
from tests.media.sdp.bodies import BODIES, PHONE


def test_a_phone_offer_is_read_whole() -> None:
    session = parse_session(PHONE)
    audio, video = session.media
    assert session.origin == Origin(2890844526, 2890844527, "192.0.2.10", "alice")
    assert (audio.kind, audio.port, audio.protocol) == ("audio", 49170, "RTP/AVP")
    assert list(audio.payloads()) == [
        Format(9, "G722", 8000),
        Format(0, "PCMU", 8000),
        Format(8, "PCMA", 8000),
        Format(96, "opus", 48000, 2, "useinbandfec=1"),
        Format(101, "telephone-event", 8000, 1, "0-15"),
    ]
    assert (audio.milliseconds("ptime"), audio.milliseconds("maxptime")) == (20, 150)
    assert audio.rtcp_port() == 49175
    assert session.connection_of(audio) == "192.0.2.10"
    assert session.connection_of(video) == "2001:db8::1"
    assert session.direction_of(video) is Direction.RECVONLY


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
def test_any_line_end_will_do(line_end: bytes) -> None:
    assert parse_session(PHONE.replace(b"\r\n", line_end)) == parse_session(PHONE)


def test_what_phones_leave_out_is_no_fault() -> None:
    session = parse_session(b"v=0\nm=audio 4000 RTP/AVP 0")
    assert session.media == (Media("audio", 4000, "RTP/AVP", ("0",)),)
    assert session.connection_of(session.media[0]) is None


@pytest.mark.parametrize(
    ("lines", "direction"),
    [
        ("c=IN IP4 192.0.2.1\nm=audio 4 RTP/AVP 0", Direction.SENDRECV),
        ("c=IN IP4 192.0.2.1\nm=audio 4 RTP/AVP 0\na=sendonly", Direction.SENDONLY),
        ("c=IN IP4 192.0.2.1\nm=audio 4 RTP/AVP 0\na=inactive", Direction.INACTIVE),
        ("c=IN IP4 192.0.2.1\na=sendonly\nm=audio 4 RTP/AVP 0", Direction.SENDONLY),
        ("c=IN IP4 192.0.2.1\na=inactive\nm=audio 4 RTP/AVP 0\na=sendrecv", Direction.SENDRECV),
        ("c=IN IP4 0.0.0.0\nm=audio 4 RTP/AVP 0\na=sendrecv", Direction.SENDONLY),
        ("c=IN IP4 192.0.2.1\nm=audio 4 RTP/AVP 0\nc=IN IP4 0.0.0.0", Direction.SENDONLY),
        ("c=IN IP6 ::\nm=audio 4 RTP/AVP 0\na=recvonly", Direction.INACTIVE),
    ],
)
def test_every_spelling_of_hold(lines: str, direction: Direction) -> None:
    session = parse_session(f"v=0\n{lines}\n".encode())
    assert session.direction_of(session.media[0]) is direction


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no v=0"),
        (b"m=audio 4 RTP/AVP 0", "no v=0"),
        (b"v=1\nm=audio 4 RTP/AVP 0", "no v=0"),
        (b"v=0\nnonsense", "<type>=<value>"),
        (b"v=0\nm=audio 70000 RTP/AVP 0", "m= line"),
        (b"v=0\nm=audio x RTP/AVP 0", "m= line"),
        (b"v=0\nm=audio", "m= line"),
        (b"v=0\no=- 1 IN", "o= line"),
        (b"v=0\nc=IN IP9 1.2.3.4", "c= line"),
        (b"v=0\ns=a\0b", "NUL"),
        (b"v=0\n" + b"a=x\n" * 600, "512 lines"),
        (b"v=0\n" + b"m=audio 4 RTP/AVP 0\n" * 17, "16 media"),
        (b"v=0\nm=audio 4 RTP/AVP" + b" 0" * 65, "64 formats"),
        (b"v=0\na=" + b"x" * 3000, "2048 bytes"),
        (b"v=0\n" + b"x" * 20000, "16384 bytes"),
    ],
)
def test_what_is_no_session_is_told_apart(body: bytes, problem: str) -> None:
    with pytest.raises(MalformedSession, match=problem) as refused:
        parse_session(body)
    assert refused.value.status == 400


def test_limits_are_the_callers_choice() -> None:
    with pytest.raises(MalformedSession, match="1 media"):
        parse_session(PHONE, limits=SessionLimits(media=1))


def test_strange_attribute_values_do_no_harm() -> None:
    session = parse_session(
        b"v=0\nm=audio 4 RTP/AVP 0 97 98 x 999 -1\na=rtpmap:97\na=rtpmap:98 what\n"
        b"a=rtpmap:500 PCMU/8000\na=fmtp:0\na=ptime:-20\na=maxptime:many\na=rtcp:99999\na=:\na=\n"
    )
    audio = session.media[0]
    assert list(audio.payloads()) == [Format(0, "PCMU", 8000)]
    assert audio.milliseconds("ptime") is None
    assert audio.milliseconds("maxptime") is None
    assert audio.rtcp_port() is None


@given(BODIES)
@example(b"v=0\nm=audio 0 RTP/AVP \xd9\xa0")  # digits of another script
@example(b"v=0\na=rtpmap:\xd9\xa0 PCMU/8000\nm=audio 5 RTP/AVP 0\na=ptime:\xd9\xa2")
def test_nothing_but_the_typed_error_ever_comes_out(body: bytes) -> None:
    try:
        session = parse_session(body)
    except MalformedSession:
        return
    for media in session.media:
        media.payloads()
        media.rtcp_port()
        media.milliseconds("ptime")
        session.direction_of(media)


TOKENS = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", min_size=1, max_size=20
)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60)
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
ATTRIBUTES = st.lists(st.tuples(TOKENS, st.none() | VALUES), max_size=6).map(tuple)
NUMBERS = st.integers(0, 2**63)
SESSIONS = st.builds(
    Session,
    origin=st.builds(Origin, NUMBERS, NUMBERS, ADDRESSES, TOKENS),
    media=st.lists(
        st.builds(
            Media,
            kind=TOKENS,
            port=st.integers(0, 65535),
            protocol=st.sampled_from(["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", "udp"]),
            formats=st.lists(TOKENS, max_size=8).map(tuple),
            connection=st.none() | ADDRESSES,
            attributes=ATTRIBUTES,
        ),
        max_size=5,
    ).map(tuple),
    connection=st.none() | ADDRESSES,
    name=TOKENS,
    timing=st.sampled_from(["0 0", "3034423619 3042462419"]),
    attributes=ATTRIBUTES,
)


@given(SESSIONS)
def test_what_we_write_is_read_back(session: Session) -> None:
    assert parse_session(format_session(session)) == session
