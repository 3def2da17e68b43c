"""Payload types per direction: what the peer may send, whichever numbers it uses."""

import json

import pytest

from media.sdp.heard import MOST, Heard
from media.sdp.negotiation import Agreement, LocalStream, Negotiation
from tests.media.sdp.test_negotiation import body

KEYS = "telephone-event/8000"


def a_leg(*codecs: str) -> Negotiation:
    """Its offers number Opus as 96, and keys as 101 and, of 48 000 Hz, as 97."""
    local = LocalStream(address="192.0.2.1", port=20000, codecs=codecs)
    return Negotiation(local, session_id=77)


def described(numbers: dict[int, str]) -> bytes:
    """A description with these formats, by their payload types."""
    maps = [f"a=rtpmap:{number} {name}" for number, name in numbers.items()]
    listed = " ".join(map(str, numbers))
    return body("\r\n".join([f"m=audio 4000 RTP/AVP {listed}", *maps]))


def sent_and_heard(agreement: Agreement) -> tuple[set[str], set[str]]:
    """Each as "number name clock", static payload types by their number and name."""
    spelt = [
        {f"{number} {name} {clock_hz}" for number, name, clock_hz in entries}
        for entries in (agreement.sent, agreement.heard)
    ]
    return spelt[0], spelt[1]


OPUS, KEYS_48 = "OPUS 48000", "TELEPHONE-EVENT 48000"


@pytest.mark.parametrize(
    ("codecs", "answer", "sent", "heard"),
    [
        pytest.param(
            ("PCMU",),
            {0: "PCMU/8000", 101: KEYS},
            {"0 PCMU 8000", "101 TELEPHONE-EVENT 8000"},
            set(),
            id="our numbers",
        ),
        pytest.param(
            ("PCMU",),
            {0: "PCMU/8000", 96: KEYS},
            {"0 PCMU 8000", "96 TELEPHONE-EVENT 8000"},
            {"101 TELEPHONE-EVENT 8000"},
            id="keys under another number",
        ),
        pytest.param(
            ("PCMU",),
            {0: "PCMU/8000"},
            {"0 PCMU 8000"},
            set(),
            id="keys that were not agreed on are none",
        ),
        pytest.param(
            ("OPUS",),
            {111: "opus/48000/2", 110: "telephone-event/48000"},
            {f"111 {OPUS}", f"110 {KEYS_48}"},
            {f"96 {OPUS}", f"97 {KEYS_48}"},
            id="everything under another number",
        ),
        pytest.param(
            ("OPUS",),
            {96: "telephone-event/48000", 97: "opus/48000/2"},
            {f"97 {OPUS}", f"96 {KEYS_48}"},
            {f"96 {OPUS}", f"97 {KEYS_48}"},
            id="numbers exchanged: ours hold",
        ),
        pytest.param(
            ("OPUS",),
            {111: "opus/48000/2", 96: "telephone-event/48000", 101: KEYS},
            {f"111 {OPUS}", f"96 {KEYS_48}"},
            {f"96 {OPUS}", f"97 {KEYS_48}", "101 TELEPHONE-EVENT 8000"},
            id="keys of both clocks, one with a number of ours",
        ),
        pytest.param(
            ("OPUS", "PCMU"),
            {0: "PCMU/8000", 111: "opus/48000/2", 96: KEYS},
            {"0 PCMU 8000", "96 TELEPHONE-EVENT 8000"},
            {"101 TELEPHONE-EVENT 8000"},
            id="a number of a codec that is not in use may mean something else",
        ),
        pytest.param(
            ("PCMA",),
            {98: "PCMA/8000"},
            {"98 PCMA 8000"},
            {"8 PCMA 8000"},
            id="a static codec under a number of its own",
        ),
    ],
)
def test_the_peer_may_send_with_our_numbers_and_with_its_own(
    codecs: tuple[str, ...], answer: dict[int, str], sent: set[str], heard: set[str]
) -> None:
    leg = a_leg(*codecs)
    leg.offer()
    assert sent_and_heard(leg.accept_answer(described(answer))) == (sent, heard)


def agreed(leg: Negotiation) -> Agreement:
    assert leg.agreement is not None
    return leg.agreement


def test_our_answers_use_the_peers_numbers_both_ways() -> None:
    leg = a_leg("OPUS")
    leg.answer(described({111: "opus/48000/2", 126: KEYS}))
    assert sent_and_heard(agreed(leg)) == ({f"111 {OPUS}", "126 TELEPHONE-EVENT 8000"}, set())


def test_a_number_is_in_use_as_long_as_the_session_lasts() -> None:
    leg = a_leg("PCMU")
    leg.offer()
    leg.accept_answer(described({0: "PCMU/8000", 96: KEYS}))
    leg.answer(described({0: "PCMU/8000", 96: KEYS}))  # the peer holds, for instance
    assert sent_and_heard(agreed(leg))[1] == {"101 TELEPHONE-EVENT 8000"}
    leg.answer(described({0: "PCMU/8000", 100: KEYS}))
    both = {"101 TELEPHONE-EVENT 8000", "96 TELEPHONE-EVENT 8000"}
    assert sent_and_heard(agreed(leg))[1] == both
    leg.answer(described({0: "PCMU/8000", 100: KEYS, 101: "PCMU/8000"}))
    assert sent_and_heard(agreed(leg))[1] == {"101 PCMU 8000", "96 TELEPHONE-EVENT 8000"}
    leg.answer(described({0: "PCMU/8000"}))
    assert sent_and_heard(agreed(leg))[1] == {"101 PCMU 8000"}, "keys were given up"


def test_a_peer_that_numbers_everything_anew_does_not_fill_our_tables() -> None:
    leg = a_leg("PCMU")
    for number in range(96, 128):
        leg.answer(described({0: "PCMU/8000", number: KEYS}))
    assert agreed(leg).dtmf_payload_type == 127
    assert len(agreed(leg).heard) == MOST


def test_what_is_heard_outlives_a_restart() -> None:
    leg = a_leg("OPUS")
    leg.offer()
    leg.accept_answer(described({111: "opus/48000/2", 110: "telephone-event/48000"}))
    local = LocalStream(address="192.0.2.1", port=20000, codecs=("OPUS",))
    data = json.loads(json.dumps(leg.snapshot()))
    again = Negotiation.restore(local, data)
    assert again.agreement == leg.agreement
    assert agreed(again).heard == (Heard(96, "OPUS", 48000), Heard(97, "TELEPHONE-EVENT", 48000))
    del data["agreement"]["heard"]
    assert agreed(Negotiation.restore(local, data)).heard == (), "of an older version"
