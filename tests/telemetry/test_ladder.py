"""The ladder of a call: what it says, and that it fits whatever happens."""

from hypothesis import given
from hypothesis import strategies as st

from telemetry.captured import CapturedMessage
from telemetry.ladder import draw_ladder
from telemetry.settings import TelemetrySettings
from telemetry.sip_capture import SipCapture
from tests.telemetry.sip_messages import CALL, Wire, queue_call

EXPECTED = """\
Call c-1, 2027-01-15 08:00:10 UTC, seconds from its start

            trunk loopback                        Sentral                         phone 2001
            127.0.0.1:5070                                                      127.0.0.1:5091
                   │                                 │                                 │
   +0.000          │───────── INVITE (SDP) ─────────▶│                                 │
"""


def drawn(width: int = 100) -> list[str]:
    capture = SipCapture(TelemetrySettings())
    queue_call(Wire(capture))
    text = capture.ladder(CALL, width)
    assert text is not None
    return text.splitlines()


def row(lines: list[str], text: str) -> str:
    found = [line for line in lines if text in line]
    assert len(found) == 1, (text, lines)
    return found[0]


def test_the_parties_have_their_names_and_addresses() -> None:
    lines = drawn()
    names, addresses = lines[2].split(), lines[3].split()
    assert names == ["trunk", "loopback", "Sentral", "phone", "2001"]
    assert addresses == ["127.0.0.1:5070", "127.0.0.1:5091"]


def test_arrows_point_the_way_the_messages_went() -> None:
    lines = drawn()
    bars = [index for index, each in enumerate(lines[4]) if each == "│"]
    caller, ours, phone = bars
    first = row(lines, "+0.000")
    assert first[caller + 1 : ours].replace("─", "") == " INVITE (SDP) ▶"
    ringing = row(lines, "180 Ringing")
    assert ringing[ours + 1] == "◀"
    assert ringing[phone] == "│"
    answered = row(lines, "×2")
    assert answered[caller + 1] == "◀"


def test_a_retransmission_is_counted_not_repeated() -> None:
    assert "200 OK (SDP) ×2" in row(drawn(), "×2")


def test_hold_is_seen_in_the_offer() -> None:
    assert "re-INVITE (SDP sendonly)" in row(drawn(), "re-INVITE")


def test_decisions_stand_between_the_messages_they_caused() -> None:
    lines = drawn()
    order = ["main: menu → 2", "waits in technical, priority 2", "offered to anna"]
    order += ["talks with anna, waited 1.9 s", "held by the agent", "ended: answered"]
    places = [lines.index(row(lines, text)) for text in order]
    assert places == sorted(places)
    offered = places[2]
    assert "INVITE" in lines[offered + 1], "the decision comes before its message"


def test_the_first_lines_as_they_are_printed() -> None:
    assert "\n".join(drawn()[:6]) + "\n" == EXPECTED


def test_many_parties_share_the_last_column() -> None:
    capture = SipCapture(TelemetrySettings())
    wire = Wire(capture)
    queue_call(wire)
    for port in range(6000, 6010):
        capture.link(CALL, f"d-{port}")
        wire.request(14.0, "out", port, "INVITE")
    text = capture.ladder(CALL) or ""
    lines = text.splitlines()
    assert "others" in lines[2]
    assert all(f"INVITE, 127.0.0.1:{port}" in text for port in range(6001, 6010))
    assert max(map(len, lines)) <= 100


MESSAGES = st.lists(
    st.builds(
        CapturedMessage,
        direction=st.sampled_from(["in", "out"]),
        transport=st.just("UDP"),
        host=st.sampled_from(["127.0.0.1", "2001:db8::1", "a-very-long-name.of.a.host.example"]),
        port=st.integers(1, 65535),
        data=st.binary(max_size=60),
        at=st.floats(0, 1e6),
        sip_call_id=st.sampled_from("abcdef"),
        repeated=st.integers(0, 1000),
    ),
    min_size=1,
    max_size=30,
)


@given(MESSAGES, st.integers(60, 200))
def test_whatever_peers_send_every_line_fits_and_every_message_has_one(
    messages: list[CapturedMessage], width: int
) -> None:
    lines = draw_ladder(CALL, messages, width=width).splitlines()
    assert all(len(line) <= width and line.isprintable() for line in lines)
    assert len([line for line in lines if "▶" in line or "◀" in line]) == len(messages)
