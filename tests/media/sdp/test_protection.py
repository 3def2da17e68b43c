"""SDES, DTLS-SRTP and ICE in offers and answers."""

from base64 import b64encode
from dataclasses import replace

import pytest

from media.errors import NotAcceptable
from media.sdp.negotiation import LocalStream, Negotiation
from media.sdp.parser import parse_session
from media.sdp.protection import SUITES, LocalProtection, Offer, Policy
from tests.media.sdp.test_negotiation import body

OURS = LocalProtection(
    fingerprint="sha-256 " + ":".join(["AB"] * 32),
    ufrag="ours",
    password="our password of 22 characters",
    keys={suite: bytes([number] * length) for number, (suite, length) in enumerate(SUITES.items())},
)
THEIRS = replace(
    OURS,
    fingerprint="sha-256 " + ":".join(["CD"] * 32),
    ufrag="theirs",
    keys={suite: bytes([9] * length) for suite, length in SUITES.items()},
)
STRONG = "AES_CM_128_HMAC_SHA1_80"
KEY = b64encode(bytes([7] * 30)).decode()

BROWSER = body(
    "a=group:BUNDLE 0",
    "a=msid-semantic: WMS stream",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 110",
    "c=IN IP4 0.0.0.0",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=ice-ufrag:Fq3k",
    "a=ice-pwd:a3XbW9sKfP0sTqkVhW1YxB2z",
    "a=ice-options:trickle",
    "a=fingerprint:" + THEIRS.fingerprint,
    "a=setup:actpass",
    "a=mid:0",
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:110 telephone-event/8000",
)


def leg(
    local: LocalProtection = OURS, *, policy: Policy = "preferred", offer: Offer = "plain"
) -> Negotiation:
    stream = LocalStream(address="192.0.2.1", port=20000, codecs=("PCMU", "PCMA"))
    protection = replace(local, policy=policy, offer=offer)
    return Negotiation(stream, session_id=1, protection=protection)


def lines(sdp: bytes, *starts: str) -> list[str]:
    return [line for line in sdp.decode().split("\r\n") if line.startswith(starts)]


def sdes(*crypto: str, protocol: str = "RTP/SAVP") -> bytes:
    return body(f"m=audio 4000 {protocol} 0", *(f"a=crypto:{line}" for line in crypto))


def test_keys_in_an_offer_are_answered_with_ours_under_the_same_tag() -> None:
    it = leg()
    answer = it.answer(sdes("3 F8_128_HMAC_SHA1_80 inline:" + KEY, f"7 {STRONG} inline:{KEY}|2^31"))
    ours = b64encode(OURS.keys[STRONG]).decode()
    assert lines(answer, "m=", "a=crypto") == [
        "m=audio 20000 RTP/SAVP 0",
        f"a=crypto:7 {STRONG} inline:{ours}",
    ]
    assert it.agreement is not None
    keys = it.agreement.protected.sdes
    assert keys is not None
    assert (keys.ours, keys.theirs) == (OURS.keys[STRONG], bytes([7] * 30))
    assert KEY not in repr(it.agreement)
    assert str(keys.theirs) not in repr(it.agreement)


@pytest.mark.parametrize(
    "crypto",
    [
        "",
        "1",
        f"1 {STRONG}",
        f"1 {STRONG} inline:",
        f"1 {STRONG} inline:AAAA",
        f"1 {STRONG} inline:{KEY}!",
        f"1 {STRONG} inline:{KEY}|2^20|1:4",  # a key index in each packet
        f"1 {STRONG} inline:{KEY};inline:{KEY}",
        f"1 {STRONG} inline:{KEY} UNENCRYPTED_SRTP",
        f"1 {STRONG} inline:{KEY} KDR=4",
        f"x {STRONG} inline:{KEY}",
        f"1 AEAD_AES_128_GCM inline:{KEY}",  # 30 bytes where 28 belong
        f"1 NULL_HMAC_SHA1_80 inline:{KEY}",
    ],
)
def test_keys_that_we_cannot_use_are_as_if_they_were_not_there(crypto: str) -> None:
    with pytest.raises(NotAcceptable, match="no way that we know"):
        leg().answer(sdes(crypto))
    it = leg()
    it.answer(sdes(crypto, protocol="RTP/AVP"))
    assert it.agreement is not None
    assert it.agreement.protected.kind == "plain"


@pytest.mark.parametrize("policy", ["required", "preferred", "off"])
def test_the_policy_decides_about_offers(policy: Policy) -> None:
    plain = body("m=audio 4000 RTP/AVP 0")
    best = sdes(f"1 {STRONG} inline:{KEY}", protocol="RTP/AVP")
    kinds = []
    for offer in (plain, best, sdes(f"1 {STRONG} inline:{KEY}"), BROWSER):
        it = leg(policy=policy)
        try:
            it.answer(offer)
        except NotAcceptable as error:
            kinds.append(str(error.status))
        else:
            assert it.agreement is not None
            kinds.append(it.agreement.protected.kind.split(" ")[0])
    assert (
        kinds
        == {
            "required": ["488", "sdes", "sdes", "dtls"],
            "preferred": ["plain", "sdes", "sdes", "dtls"],
            "off": ["plain", "plain", "488", "488"],
        }[policy]
    )


def test_a_browser_gets_what_it_needs() -> None:
    it = leg()
    answer = it.answer(BROWSER)
    assert lines(answer, "m=", "a=") == [
        "a=group:BUNDLE 0",
        "a=ice-lite",
        "m=audio 20000 UDP/TLS/RTP/SAVPF 0 110",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:110 telephone-event/8000",
        "a=fmtp:110 0-16",
        "a=ptime:20",
        "a=sendrecv",
        "a=mid:0",
        "a=rtcp-mux",
        "a=fingerprint:" + OURS.fingerprint,
        "a=setup:passive",
        "a=ice-ufrag:ours",
        "a=ice-pwd:our password of 22 characters",
        "a=candidate:1 1 UDP 2130706431 192.0.2.1 20000 typ host",
        "a=end-of-candidates",
    ]
    assert it.agreement is not None
    assert not it.agreement.held, "0.0.0.0 is no hold where ICE finds the way"
    assert it.agreement.sound_expected
    assert it.agreement.protected.peer_ufrag == "Fq3k"
    assert it.agreement.protected.rtcp_mux


def test_a_browser_that_holds_is_held() -> None:
    it = leg()
    it.answer(BROWSER)
    answer = it.answer(BROWSER.replace(b"a=sendrecv", b"a=sendonly"))
    assert it.agreement is not None
    assert it.agreement.held
    assert lines(answer, "a=recvonly", "a=setup") == ["a=recvonly", "a=setup:passive"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ((b"a=fingerprint:sha-256", b"a=fingerprint:md5"), "no fingerprint"),
        ((b"a=fingerprint", b"a=finger"), "no fingerprint"),
        ((b"a=setup:actpass", b"a=setup:holdconn"), "holdconn"),
    ],
)
def test_a_handshake_that_cannot_be_is_refused(change: tuple[bytes, bytes], problem: str) -> None:
    with pytest.raises(NotAcceptable, match=problem):
        leg().answer(BROWSER.replace(*change))


@pytest.mark.parametrize("offer", ["plain", "best_effort", "sdes", "dtls"])
@pytest.mark.parametrize("theirs", ["preferred", "off", "required"])
def test_two_of_us_agree_on_the_same_thing_or_not_at_all(offer: Offer, theirs: Policy) -> None:
    ours, other = leg(offer=offer), leg(THEIRS, policy=theirs)
    offered = ours.offer()
    try:
        answer = other.answer(offered)
    except NotAcceptable:
        assert (theirs == "required") == (offer == "plain")
        assert theirs != "preferred"
        return
    ours.accept_answer(answer)
    assert ours.agreement is not None
    assert other.agreement is not None
    one, two = ours.agreement.protected, other.agreement.protected
    assert one.kind == two.kind
    if one.sdes and two.sdes:
        assert (one.sdes.ours, one.sdes.theirs) == (two.sdes.theirs, two.sdes.ours)
    if one.dtls and two.dtls:
        assert {one.dtls.active, two.dtls.active} == {True, False}
        assert (one.peer_ufrag, two.peer_ufrag) == ("theirs", "ours")
    if theirs == "preferred":
        assert one.kind.split(" ")[0] == {"best_effort": "sdes"}.get(offer, offer)
    for mine, peer in ((ours, other), (other, ours)):  # again, from either side
        before = (mine.agreement, peer.agreement)
        mine.accept_answer(peer.answer(mine.offer()))
        assert mine.agreement is not None
        assert before[0] is not None
        assert mine.agreement.protected == before[0].protected


def test_an_answer_cannot_bring_keys_that_nobody_asked_for() -> None:
    ours = leg(offer="plain")
    ours.offer()
    ours.accept_answer(sdes(f"1 {STRONG} inline:{KEY}", protocol="RTP/AVP"))
    assert ours.agreement is not None
    assert ours.agreement.protected.kind == "plain"


def test_new_keys_in_a_re_offer_are_taken_and_ours_stay() -> None:
    it = leg()
    first = it.answer(sdes(f"1 {STRONG} inline:{KEY}"))
    other = b64encode(bytes([8] * 30)).decode()
    second = it.answer(sdes(f"1 {STRONG} inline:{other}"))
    assert lines(first, "a=crypto") == lines(second, "a=crypto")
    assert it.agreement is not None
    assert it.agreement.protected.sdes is not None
    assert it.agreement.protected.sdes.theirs == bytes([8] * 30)


@pytest.mark.parametrize("offer", [BROWSER, sdes(f"1 {STRONG} inline:{KEY}")])
def test_what_was_agreed_outlives_the_process(offer: bytes) -> None:
    it = leg()
    it.answer(offer)
    stream = LocalStream(address="192.0.2.1", port=20000, codecs=("PCMU", "PCMA"))
    again = Negotiation.restore(stream, it.snapshot(), OURS)
    assert again.agreement == it.agreement
    assert parse_session(again.offer()).media == parse_session(it.offer()).media
