"""Offers as phones, browsers and carriers write them, and what each is answered."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import NotAcceptable
from media.sdp.negotiation import LocalStream, Negotiation
from media.sdp.parser import parse_session
from media.sdp.session import Media, Session

G711: Final = ("PCMU", "PCMA")


def a_leg(address: str = "192.0.2.1") -> Negotiation:
    return Negotiation(LocalStream(address=address, port=20000, codecs=G711), session_id=7)


def offer(text: str) -> bytes:
    """Lines as they stand, with what every description begins with where it is missing."""
    lines = [line.strip() for line in text.strip().splitlines()]
    head = [] if lines[0].startswith("v=") else ["v=0", "o=- 9 9 IN IP4 198.51.100.7", "s=-"]
    return "".join(f"{line}\r\n" for line in (*head, *lines)).encode()


OFFERS: Final = {
    "a desk phone that lists every codec it has, ours last": (
        """c=IN IP4 198.51.100.7
        t=0 0
        m=audio 11780 RTP/AVP 9 18 102 8 0 101
        a=rtpmap:9 G722/8000
        a=rtpmap:18 G729/8000
        a=fmtp:18 annexb=no
        a=rtpmap:102 iLBC/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=ptime:20
        a=sendrecv""",
        ["m=audio 20000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000", "a=sendrecv"],
        ["a=rtpmap:0", "a=rtpmap:9"],
    ),
    "rtpmaps before their formats' order, direction in the middle": (
        """c=IN IP4 198.51.100.7
        t=0 0
        m=audio 4000 RTP/AVP 0 8 96
        a=sendrecv
        a=fmtp:96 0-16
        a=rtpmap:96 telephone-event/8000
        a=ptime:30
        a=rtpmap:8 PCMA/8000
        a=rtpmap:0 PCMU/8000""",
        ["m=audio 20000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16"],
        [],
    ),
    "a gateway that trusts static numbers to speak for themselves": (
        """c=IN IP4 198.51.100.7
        t=0 0
        m=audio 4000 RTP/AVP 18 8 0""",
        ["m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000"],
        ["telephone-event", "G729"],
    ),
    "a soft client whose Opus brings a second key event": (
        """c=IN IP4 198.51.100.7
        t=0 0
        m=audio 7078 RTP/AVP 96 97 0 101 98
        a=rtpmap:96 opus/48000/2
        a=fmtp:96 useinbandfec=1
        a=rtpmap:97 speex/16000
        a=rtpmap:101 telephone-event/48000
        a=rtpmap:98 telephone-event/8000
        a=rtcp:7079
        a=rtcp-mux""",
        ["m=audio 20000 RTP/AVP 0 98", "a=rtpmap:98 telephone-event/8000"],
        ["opus", "/48000"],
    ),
    "a video phone that bundles": (
        """c=IN IP4 198.51.100.7
        t=0 0
        a=group:BUNDLE a v
        m=audio 5000 RTP/AVP 0
        a=mid:a
        m=video 5002 RTP/AVP 97
        a=rtpmap:97 H264/90000
        a=mid:v""",
        ["a=group:BUNDLE a", "m=audio 20000 RTP/AVP 0", "a=mid:a", "m=video 0 RTP/AVP 97"],
        ["BUNDLE a v"],
    ),
    "a conference unit: slides, floor control, an unknown kind": (
        """c=IN IP4 198.51.100.7
        t=0 0
        m=video 0 RTP/AVP 31
        m=application 2000 UDP/BFCP *
        m=hologram 9 XYZ/9 warm cold
        m=audio 6000 RTP/AVP 8""",
        [
            "m=video 0 RTP/AVP 31",
            "m=application 0 UDP/BFCP *",
            "m=hologram 0 XYZ/9 warm cold",
            "m=audio 20000 RTP/AVP 8",
        ],
        [],
    ),
    "two audio lines, the first switched off": (
        """c=IN IP4 198.51.100.7
        t=0 0
        m=audio 0 RTP/AVP 0
        m=audio 6000 RTP/AVP 0""",
        ["m=audio 0 RTP/AVP 0", "m=audio 20000 RTP/AVP 0"],
        [],
    ),
    "a carrier whose address stands in the media alone": (
        """t=0 0
        m=audio 30000 RTP/AVP 8 101
        c=IN IP4 203.0.113.30
        a=rtpmap:101 telephone-event/8000
        a=maxptime:40
        a=X-vendor:whatever""",
        ["c=IN IP4 192.0.2.1", "m=audio 20000 RTP/AVP 8 101"],
        ["X-vendor", "203.0.113.30"],
    ),
    "hold in capitals of RFC 2543": (
        """c=IN IP4 0.0.0.0
        t=0 0
        m=audio 4000 RTP/AVP 0""",
        ["a=recvonly"],
        [],
    ),
    "hold for the whole session": (
        """c=IN IP4 198.51.100.7
        t=0 0
        a=inactive
        m=audio 4000 RTP/AVP 0""",
        ["a=inactive"],
        [],
    ),
    "a session without v= lines' usual order, ended by bare line feeds": (
        "v=0\no=x 1 1 IN IP4 198.51.100.7\ns=call\nt=0 0\nc=IN IP4 198.51.100.7\n"
        "b=AS:64\nm=audio 4000/1 RTP/AVP 0\n",
        ["m=audio 20000 RTP/AVP 0"],
        [],
    ),
}


@pytest.mark.parametrize("who", OFFERS)
def test_what_is_answered(who: str) -> None:
    text, wanted, unwanted = OFFERS[who]
    answer = a_leg().answer(offer(text)).decode()
    lines = answer.splitlines()
    assert [line for line in wanted if line not in lines] == []
    assert [word for word in unwanted if word in answer] == []
    order = [line[:2] for line in lines[: lines.index(next(x for x in lines if x[0] == "m"))]]
    assert order == sorted(order, key=["v=", "o=", "s=", "c=", "t=", "a="].index)
    sections = answer.split("\r\nm=")[1:]
    assert all("a=rtpmap" not in section for section in sections if section.split()[1] == "0")


def test_ipv6_is_answered_by_ipv6() -> None:
    answer = a_leg("2001:db8::5").answer(
        offer("c=IN IP6 2001:db8::9\nt=0 0\nm=audio 4000 RTP/AVP 0")
    )
    assert b"c=IN IP6 2001:db8::5\r\n" in answer


# ---- whatever is offered

NAMES: Final = ("PCMU/8000", "PCMA/8000", "telephone-event/8000", "opus/48000/2", "G729/8000")
FORMATS = st.dictionaries(st.integers(96, 127), st.sampled_from(NAMES), max_size=4)
STATICS = st.lists(st.sampled_from((0, 8, 9, 18)), max_size=3, unique=True)
DIRECTIONS = st.sampled_from(("", "a=sendonly\r\n", "a=inactive\r\n", "a=recvonly\r\n"))


@st.composite
def media_lines(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(("audio", "audio", "video", "application", "text")))
    port = draw(st.sampled_from((0, 4000, 9)))
    protocol = draw(st.sampled_from(("RTP/AVP", "RTP/AVPF", "UDP/BFCP", "TCP/XYZ")))
    dynamic = draw(FORMATS)
    formats = [*draw(STATICS), *dynamic] or [0]
    maps = "".join(f"a=rtpmap:{number} {name}\r\n" for number, name in dynamic.items())
    numbers = " ".join(map(str, formats))
    return f"m={kind} {port} {protocol} {numbers}\r\n{maps}{draw(DIRECTIONS)}"


SESSIONS = st.lists(media_lines(), min_size=1, max_size=5).map(
    lambda media: (
        "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n"
        + "".join(media)
    ).encode()
)


def shape(session: Session) -> list[tuple[str, str]]:
    return [(line.kind, line.protocol) for line in session.media]


def meanings(line: Media) -> set[tuple[int, tuple[str, int, int]]]:
    return {(payload.payload_type, payload.key) for payload in line.payloads()}


@given(st.lists(SESSIONS, min_size=1, max_size=4))
def test_an_answer_mirrors_its_offer(offers: list[bytes]) -> None:
    """RFC 3264 §6: as many lines in the same order, one of them taken, nothing that was not
    offered; §8: the version moves with the body and with nothing else."""
    leg = a_leg()
    before: Session | None = None
    for body in offers:
        try:
            answer = parse_session(leg.answer(body))
        except NotAcceptable:
            continue
        asked = parse_session(body)
        assert shape(answer) == shape(asked)
        taken = [
            (ours, theirs)
            for ours, theirs in zip(answer.media, asked.media, strict=True)
            if ours.port
        ]
        ((ours, theirs),) = taken
        assert theirs.port
        assert set(ours.formats) <= set(theirs.formats)
        assert meanings(ours) <= meanings(theirs)
        for line, refused in zip(answer.media, asked.media, strict=True):
            assert line.port or line.formats == refused.formats
        if before is not None:
            moved = answer.origin.version - before.origin.version
            assert moved == int((answer.media, answer.timing) != (before.media, before.timing))
        before = answer
