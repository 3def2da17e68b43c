"""Offer and answer: what each side may do afterwards, and what stays the same for good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedSession, NotAcceptable
from media.sdp.negotiation import Agreement, LocalStream, Negotiation
from media.sdp.parser import parse_session
from media.sdp.session import Direction, Format, Media, Session
from tests.media.sdp.bodies import BODIES

CODECS = ("PCMU", "PCMA")


def a_leg(
    *codecs: str, address: str = "192.0.2.1", port: int = 20000, ptime_ms: int = 20
) -> Negotiation:
    local = LocalStream(address=address, port=port, codecs=codecs or CODECS, ptime_ms=ptime_ms)
    return Negotiation(local, session_id=77)


def body(*media: str, head: str = "c=IN IP4 192.0.2.10") -> bytes:
    return "\r\n".join(
        ["v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", head, "t=0 0", *media, ""]
    ).encode()


AUDIO = "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000"


def agreed(negotiation: Negotiation) -> Agreement:
    assert negotiation.agreement is not None
    return negotiation.agreement


def audio_of(sdp: bytes) -> tuple[Session, Media]:
    session = parse_session(sdp)
    return session, next(line for line in session.media if line.port)


def test_an_offer_lists_all_we_can_do() -> None:
    session, audio = audio_of(a_leg().offer())
    assert (session.origin.session_id, session.origin.version) == (77, 0)
    assert session.connection_of(audio) == "192.0.2.1"
    assert list(audio.payloads()) == [
        Format(0, "PCMU", 8000),
        Format(8, "PCMA", 8000),
        Format(101, "telephone-event", 8000, 1, "0-16"),
    ]
    assert audio.milliseconds("ptime") == 20
    assert session.direction_of(audio) is Direction.SENDRECV


def test_an_answer_takes_the_callers_best_codec_and_numbers() -> None:
    leg = a_leg()
    sdp = leg.answer(
        body(
            "m=audio 4000 RTP/AVP 9 8 0 97\r\na=rtpmap:97 telephone-event/8000\r\n"
            "a=fmtp:97 0-15\r\na=ptime:30"
        )
    )
    _, audio = audio_of(sdp)
    assert list(audio.payloads()) == [
        Format(8, "PCMA", 8000),
        Format(97, "telephone-event", 8000, 1, "0-16"),
    ]
    agreement = agreed(leg)
    assert (agreement.codec, agreement.payload_type) == ("PCMA", 8)
    assert agreement.dtmf_payload_type == 97
    assert (agreement.address, agreement.port, agreement.rtcp_port) == ("192.0.2.10", 4000, None)
    assert agreement.ptime_ms == 30


def test_a_codec_may_have_any_number() -> None:
    leg = a_leg()
    leg.answer(body("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 pcma/8000/1"))
    assert (agreed(leg).codec, agreed(leg).payload_type) == ("PCMA", 96)


@pytest.mark.parametrize("events", ["telephone-event/48000", "telephone-event/16000"])
def test_key_events_need_the_clock_of_the_sound(events: str) -> None:
    leg = a_leg()
    leg.answer(body(f"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 {events}"))
    assert agreed(leg).dtmf_payload_type is None


def test_the_right_one_of_two_key_events_is_taken() -> None:
    leg = a_leg()
    leg.answer(
        body(
            "m=audio 4000 RTP/AVP 0 96 97\r\na=rtpmap:96 telephone-event/48000\r\n"
            "a=rtpmap:97 telephone-event/8000"
        )
    )
    assert agreed(leg).dtmf_payload_type == 97


@pytest.mark.parametrize(
    ("offered", "answered", "held"),
    [
        (Direction.SENDRECV, Direction.SENDRECV, False),
        (Direction.SENDONLY, Direction.RECVONLY, True),
        (Direction.RECVONLY, Direction.SENDONLY, False),
        (Direction.INACTIVE, Direction.INACTIVE, True),
    ],
)
def test_direction_is_answered_from_our_side(
    offered: Direction, answered: Direction, held: bool
) -> None:
    leg = a_leg()
    session, audio = audio_of(leg.answer(body(f"{AUDIO}\r\na={offered.value}")))
    assert session.direction_of(audio) is answered
    agreement = agreed(leg)
    assert agreement.held is held
    assert (agreement.sends, agreement.receives) == (answered.sends, answered.receives)
    assert agreement.sound_expected is (offered is Direction.SENDRECV)


def test_hold_by_address_zero_is_answered_recvonly() -> None:
    leg = a_leg()
    session, audio = audio_of(leg.answer(body(AUDIO, head="c=IN IP4 0.0.0.0")))
    assert session.direction_of(audio) is Direction.RECVONLY
    assert agreed(leg).held
    assert agreed(leg).address is None
    assert not agreed(leg).sound_expected


def test_a_peer_that_is_silent_between_words_is_not_missed() -> None:
    leg = a_leg()
    leg.answer(body(f"{AUDIO}\r\na=silenceSupp:on - - - -"))
    assert not agreed(leg).sound_expected


def test_other_media_are_refused_in_their_places() -> None:
    leg = a_leg()
    session = parse_session(
        leg.answer(
            body(
                "m=video 5000 RTP/AVP 31",
                "m=audio 4002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
                AUDIO,
                "m=application 9 UDP/BFCP *",
                "m=audio 4004 RTP/AVP 0",
                head="c=IN IP4 192.0.2.10\r\na=group:BUNDLE 0 1 2",
            )
        )
    )
    assert [(line.kind, line.port) for line in session.media] == [
        ("video", 0),
        ("audio", 0),
        ("audio", 20000),
        ("application", 0),
        ("audio", 0),
    ]
    assert session.media[3].formats == ("*",)
    assert session.attributes == ()  # no group in the answer: no bundle


@pytest.mark.parametrize(
    ("offer", "problem"),
    [
        (body(), "no media"),
        (body("m=audio 4000 RTP/AVP 9 18"), "no codec in common"),
        (body("m=audio 4000 RTP/AVP"), "no codec in common"),
        (body("m=audio 4000 RTP/SAVP 0 8"), "RTP/SAVP"),
        (body("m=audio 9 UDP/TLS/RTP/SAVPF 0 8"), "SAVPF"),
        (body("m=audio 0 RTP/AVP 0 8"), "switched off"),
        (body("m=video 5000 RTP/AVP 31"), "no audio, but video"),
        (body("m=audio 4 RTP/AVP 9", "m=video 5 RTP/AVP 31"), "no codec in common"),
        (body(AUDIO, head="c=IN IP4 224.2.1.1/127"), "no single host"),
        (body(AUDIO, head="c=IN IP4 255.255.255.255"), "no single host"),
        (body(AUDIO, head="c=IN IP6 2001:db8::1"), "does not reach"),
    ],
)
def test_nothing_in_common_is_not_acceptable(offer: bytes, problem: str) -> None:
    leg = a_leg()
    with pytest.raises(NotAcceptable, match=problem) as refused:
        leg.answer(offer)
    assert refused.value.status == 488
    assert leg.agreement is None


def test_a_malformed_offer_is_told_apart() -> None:
    with pytest.raises(MalformedSession) as refused:
        a_leg().answer(b"<presence/>")
    assert refused.value.status == 400


def test_a_refused_re_offer_changes_nothing() -> None:
    leg = a_leg()
    first = leg.answer(body(AUDIO))
    before = leg.agreement
    with pytest.raises(NotAcceptable):
        leg.answer(body("m=audio 4000 RTP/AVP 9"))
    assert leg.agreement == before
    assert leg.answer(body(AUDIO)) == first


def test_the_version_moves_only_with_the_body() -> None:
    leg = a_leg()

    def version(sdp: bytes) -> int:
        return parse_session(sdp).origin.version

    assert version(leg.answer(body(AUDIO))) == 0
    assert version(leg.answer(body(AUDIO))) == 0
    assert version(leg.answer(body(f"{AUDIO}\r\na=sendonly"))) == 1
    assert version(leg.answer(body(f"{AUDIO}\r\na=sendonly"))) == 1
    assert version(leg.answer(body(AUDIO))) == 2
    assert version(leg.offer()) == 3  # lists both codecs again
    assert version(leg.offer()) == 3


def test_timing_is_repeated() -> None:
    offer = body(AUDIO).replace(b"t=0 0", b"t=3034423619 3042462419")
    assert parse_session(a_leg().answer(offer)).timing == "3034423619 3042462419"


def test_a_re_offer_keeps_payload_types_and_places() -> None:
    """RFC 3264 §8 and §8.3.2: as many m= lines, and a number never changes its meaning."""
    leg = a_leg()
    leg.answer(
        body(
            "m=video 5000 RTP/AVP 31",
            "m=audio 4000 RTP/AVP 8 101 96\r\na=rtpmap:101 opus/48000/2\r\n"
            "a=rtpmap:96 telephone-event/8000",
        )
    )
    session = parse_session(leg.offer())
    assert [(line.kind, line.port) for line in session.media] == [("video", 0), ("audio", 20000)]
    assert [(f.payload_type, f.name) for f in session.media[1].payloads()] == [
        (8, "PCMA"),  # in use, so first
        (0, "PCMU"),
        (96, "telephone-event"),
    ]
    assert session.media[1].payloads()[2].parameters == "0-16"


def test_a_number_that_the_peer_uses_otherwise_is_avoided() -> None:
    leg = a_leg()
    leg.answer(body("m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 opus/48000/2"))
    events = audio_of(leg.offer())[1].payloads()[-1]
    assert (events.name, events.payload_type) == ("telephone-event", 96)


def test_a_peer_that_uses_every_number_is_still_offered_something() -> None:
    leg = a_leg()
    numbers = range(96, 128)
    maps = "\r\n".join(f"a=rtpmap:{n} opus/48000/2" for n in numbers)
    leg.answer(body(f"m=audio 4000 RTP/AVP 0 {' '.join(map(str, numbers))}\r\n{maps}"))
    assert audio_of(leg.offer())[1].payloads()


def test_the_answer_to_our_offer_settles_it() -> None:
    leg = a_leg()
    leg.offer()
    agreement = leg.accept_answer(body(AUDIO.replace("0 8 101", "8 0 101")))
    assert agreement is leg.agreement
    assert (agreement.codec, agreement.payload_type, agreement.dtmf_payload_type) == (
        "PCMA",
        8,
        101,
    )
    assert not agreement.held


def test_the_same_answer_may_come_twice() -> None:
    leg = a_leg()
    leg.offer()
    assert leg.accept_answer(body(AUDIO)) == leg.accept_answer(body(AUDIO))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (body(), "fewer media"),
        (body("m=audio 0 RTP/AVP 0"), "switched off"),
        (body("m=audio 4000 RTP/AVP 18"), "no codec in common"),
    ],
)
def test_an_answer_that_refuses_is_not_acceptable(answer: bytes, problem: str) -> None:
    leg = a_leg()
    leg.offer()
    with pytest.raises(NotAcceptable, match=problem):
        leg.accept_answer(answer)
    assert leg.agreement is None


def test_an_answer_may_not_agree_to_what_was_not_offered() -> None:
    leg = a_leg("PCMA")
    leg.offer()
    with pytest.raises(NotAcceptable, match="no codec in common"):
        leg.accept_answer(body("m=audio 4000 RTP/AVP 0"))


@pytest.mark.parametrize(
    ("lines", "ptime_ms"),
    [
        ("", 20),
        ("a=ptime:40", 40),
        ("a=ptime:35", 30),
        ("a=ptime:500", 60),
        ("a=ptime:1", 10),
        ("a=maxptime:10", 10),
        ("a=ptime:60\r\na=maxptime:30", 30),
        ("a=ptime:0", 20),
    ],
)
def test_sound_per_packet_is_what_the_peer_wants_within_reason(lines: str, ptime_ms: int) -> None:
    leg = a_leg()
    leg.answer(body(f"{AUDIO}\r\n{lines}"))
    assert agreed(leg).ptime_ms == ptime_ms


def test_rtcp_may_have_a_port_of_its_own() -> None:
    leg = a_leg()
    leg.answer(body(f"{AUDIO}\r\na=rtcp:4999"))
    assert agreed(leg).rtcp_port == 4999


def test_a_name_in_place_of_an_address_is_left_to_the_latch() -> None:
    leg = a_leg()
    leg.answer(body(AUDIO, head="c=IN IP4 phone.example.com"))
    assert agreed(leg).address is None
    assert not agreed(leg).held


def test_ipv6_meets_ipv6() -> None:
    leg = a_leg(address="2001:db8::5")
    sdp = leg.answer(body(AUDIO, head="c=IN IP6 2001:db8::1"))
    assert b"c=IN IP6 2001:db8::5\r\n" in sdp
    assert agreed(leg).address == "2001:db8::1"


def test_feedback_profile_is_answered_in_kind() -> None:
    leg = a_leg()
    _, audio = audio_of(leg.answer(body(AUDIO.replace("RTP/AVP", "RTP/AVPF"))))
    assert audio.protocol == "RTP/AVPF"
    assert audio_of(leg.offer())[1].protocol == "RTP/AVPF"


@pytest.mark.parametrize("steps", ["offer", "answer"])
def test_a_restored_negotiation_goes_on(steps: str) -> None:
    leg = a_leg()
    if steps == "offer":
        leg.offer()
        leg.accept_answer(body(AUDIO))
    else:
        leg.answer(body("m=video 5 RTP/AVP 31", f"{AUDIO}\r\na=sendonly"))
    local = LocalStream(address="192.0.2.1", port=20000, codecs=CODECS)
    again = Negotiation.restore(local, leg.snapshot())
    assert again.agreement == leg.agreement
    assert again.snapshot() == leg.snapshot()
    assert again.offer() == leg.offer()


NAMES = st.lists(st.sampled_from(CODECS), min_size=1, unique=True).map(tuple)


@given(ours=NAMES, theirs=NAMES, rounds=st.lists(st.booleans(), min_size=1, max_size=6))
def test_two_of_us_always_agree_when_they_can(
    ours: tuple[str, ...], theirs: tuple[str, ...], rounds: list[bool]
) -> None:
    a, b = a_leg(*ours), a_leg(*theirs, address="192.0.2.2", port=30000)
    for a_offers in rounds:
        offerer, answerer = (a, b) if a_offers else (b, a)
        try:
            offerer.accept_answer(answerer.answer(offerer.offer()))
        except NotAcceptable:
            assert not set(ours) & set(theirs)
            return
        assert agreed(a).codec == agreed(b).codec
        assert agreed(a).codec in set(ours) & set(theirs)
        assert (agreed(a).payload_type, agreed(a).dtmf_payload_type) == (
            agreed(b).payload_type,
            agreed(b).dtmf_payload_type,
        )
        assert (agreed(a).address, agreed(a).port) == ("192.0.2.2", 30000)
        assert (agreed(b).address, agreed(b).port) == ("192.0.2.1", 20000)


@given(st.lists(st.tuples(st.sampled_from(["offer", "answer", "accept"]), BODIES), max_size=5))
def test_a_hostile_peer_gets_a_typed_error_or_an_answer(steps: list[tuple[str, bytes]]) -> None:
    leg = a_leg()
    leg.offer()
    for step, sdp in steps:
        try:
            if step == "offer":
                parse_session(leg.offer())
            elif step == "answer":
                parse_session(leg.answer(sdp))
            else:
                leg.accept_answer(sdp)
        except NotAcceptable:
            continue
