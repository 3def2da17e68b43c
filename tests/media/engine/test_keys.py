"""Telephone-events (RFC 4733): heard, sent and passed on."""

import struct

from sentral_media_engine import Engine

from tests.media.engine.peer import (
    KEY_PAYLOAD_TYPE,
    LOOPBACK,
    Events,
    Packet,
    Peer,
    assert_continuous,
    connect,
    port_range,
    running,
    samples,
)

KEYS = "0123456789*#ABCD"


def test_every_key_is_told_once_in_order() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        events = Events(engine)
        for code in range(16):
            peer.send_key(code, [160, 320, 480])
        told = [events.next("digit") for _ in range(16)]
        assert told == [("digit", leg, key, 20) for key in KEYS]


def test_a_press_is_told_at_its_first_packet() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        events = Events(engine)
        peer.send_key(9, [160], ends=0)
        assert events.next("digit") == ("digit", leg, "9", 20)


def test_a_press_of_which_only_an_end_arrives_counts() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        packet = struct.pack("!BBH", 11, 0x8A, 800)
        peer.send(packet, payload_type=KEY_PAYLOAD_TYPE)
        assert Events(engine).next("digit") == ("digit", leg, "#", 100)


def test_the_payload_type_that_sipp_always_uses_is_understood() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        peer.send(struct.pack("!BBH", 4, 10, 160), payload_type=96)
        assert Events(engine).next("digit") == ("digit", leg, "4", 20)


def test_our_key_is_three_parts_of_one_event() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        engine.send_digit(leg, "*", 100)
        engine.send_digit(leg, "d", 60)
        heard = peer.hear_all(7 + 5)
        first, second = heard[:7], heard[7:]
        for press, code in ((first, 10), (second, 15)):
            assert {packet.payload_type for packet in press} == {KEY_PAYLOAD_TYPE}
            assert len({packet.timestamp for packet in press}) == 1
            assert [packet.marker for packet in press] == [True] + [False] * (len(press) - 1)
            fields = [struct.unpack("!BBH", packet.payload) for packet in press]
            assert {field[0] for field in fields} == {code}
            ends = [bool(field[1] & 0x80) for field in fields]
            assert ends == [False] * (len(press) - 3) + [True] * 3
        durations = [struct.unpack("!BBH", packet.payload)[2] for packet in first]
        assert durations == [160, 320, 480, 640, 800, 800, 800]
        sequences = [(p.sequence - first[0].sequence) & 0xFFFF for p in heard]
        assert sequences == list(range(12))
        pause = (second[0].timestamp - first[0].timestamp) & 0xFFFFFFFF
        assert pause >= 800 + 320, "at least 40 ms between two keys"


def test_our_key_interrupts_a_prompt_and_the_stream_goes_on() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        engine.play(leg, [engine.load_sound(samples(16_000))], playback=1)
        heard = [peer.hear()]
        engine.send_digit(leg, "5", 40)
        while (
            len([p for p in heard if p.payload_type == 0 and p.sequence != heard[0].sequence]) < 8
        ):
            heard.append(peer.hear())
        kinds = [packet.payload_type for packet in heard]
        assert kinds.count(KEY_PAYLOAD_TYPE) == 4
        assert [(p.sequence - heard[0].sequence) & 0xFFFF for p in heard] == list(range(len(heard)))
        stamps = [(p.timestamp - heard[0].timestamp) & 0xFFFFFFFF for p in heard]
        assert stamps == sorted(stamps)


def pressed(peer: Peer, count: int) -> list[Packet]:
    return [packet for packet in peer.hear_all(count) if packet.payload_type != 0]


def test_keys_pass_a_bridge_with_the_other_sides_payload_type() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        connect(engine, a)
        connect(engine, b, keys=97)
        engine.bridge(a.leg, b.leg)
        events = Events(engine)
        a.send(bytes(160))
        sound = b.hear()
        a.send_key(7, [160, 320, 480])
        keys = pressed(b, 6)
        assert {packet.payload_type for packet in keys} == {97}
        assert {packet.timestamp for packet in keys} == {(sound.timestamp + 160) & 0xFFFFFFFF}
        assert [(p.sequence - sound.sequence) & 0xFFFF for p in keys] == [1, 2, 3, 4, 5, 6]
        assert [packet.marker for packet in keys] == [True] + [False] * 5
        durations = [struct.unpack("!BBH", packet.payload)[2] for packet in keys]
        assert durations == [160, 320, 480, 640, 640, 640]
        assert events.next("digit") == ("digit", a.leg, "7", 20), "and the owner knows"
        a.send(bytes(160))
        after = b.hear()
        assert after.timestamp == (keys[0].timestamp + 640) & 0xFFFFFFFF


def test_keys_are_tones_to_who_takes_no_events_and_leave_no_gap() -> None:
    with (
        running(Engine(*port_range())) as engine,
        Peer() as a,
        Peer() as b,
        Peer() as third,
    ):
        connect(engine, a)
        engine.bridge(a.leg, connect(engine, b, keys=None))
        listener = connect(engine, third, keys=None)
        events = Events(engine)
        a.send(bytes(160))
        heard = [b.hear()]
        a.send_key(7, [160, 320])
        assert events.next("digit") == ("digit", a.leg, "7", 20)
        heard += b.hear_all(12)  # 160 ms of tones and a pause of 80 ms
        a.send(b"\x01" * 160)
        heard.append(b.hear())
        assert heard[-1].payload == b"\x01" * 160, "once, however many packets the key had"
        assert {packet.payload_type for packet in heard} == {0}
        assert [(p.sequence - heard[0].sequence) & 0xFFFF for p in heard] == list(range(14))
        for packet in heard[1:13]:
            third.send(packet.payload)
        assert events.next("digit") == ("digit", listener, "7", 25)


def test_captures_that_repeat_everything_are_separate_presses() -> None:
    """SIPp replays one capture per digit: the same SSRC, sequence and timestamp each time."""
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        events = Events(engine)
        stamps = set()
        for code in (1, 2, 3):
            a.ssrc, a.sequence, a.timestamp = 77, 500, 9000
            a.send_key(code, [160, 320])
            assert events.next("digit") == ("digit", a.leg, KEYS[code], 20)
            heard = b.hear_all(5)
            assert len({packet.timestamp for packet in heard}) == 1
            stamps.add(heard[0].timestamp)
        assert len(stamps) == 3
        assert engine.open_leg(LOOPBACK)[0] != a.leg


def test_a_peer_without_telephone_event_gets_tones_and_its_tones_are_heard() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        ours, theirs = connect(engine, a, keys=None), connect(engine, b, keys=None, codec="PCMA")
        engine.send_digit(ours, "7", 40)
        engine.send_digit(ours, "#", 60)
        events = Events(engine)
        for _ in range(9):  # 40 ms and 60 ms of tones, 50 ms of pause after each: 200 ms
            b.send(a.hear().payload, payload_type=0)
        assert events.next("digit") == ("digit", theirs, "7", 25)
        assert events.next("digit") == ("digit", theirs, "#", 25)


def test_tones_end_and_a_prompt_goes_on() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer, keys=None)
        sound = engine.load_sound(samples(1600))
        engine.play(leg, [sound], playback=3)
        engine.send_digit(leg, "1", 40)
        heard = peer.hear_all(10)
        assert_continuous(heard)
        assert Events(engine).next("playback_finished")[2] == 3
