"""Two legs hear each other: bit-exact with one codec, by table with two, always as one stream."""

from sentral_media_engine import Engine

from tests.media.engine.g711 import alaw_of_linear, linear_of_alaw, linear_of_ulaw, ulaw_of_linear
from tests.media.engine.peer import (
    Events,
    Packet,
    Peer,
    assert_continuous,
    connect,
    port_range,
    running,
    samples,
    wait_until,
)


def converse(a: Peer, b: Peer, rounds: int) -> tuple[list[Packet], list[Packet]]:
    """Each says different things; what each heard of the other."""
    heard_by_a, heard_by_b = [], []
    for turn in range(rounds):
        a.send(bytes((turn + n) & 0xFF for n in range(160)))
        heard_by_b.append(b.hear())
        b.send(bytes((turn * 3 + n) & 0xFF for n in range(160)))
        heard_by_a.append(a.hear())
    return heard_by_a, heard_by_b


def test_one_codec_passes_bit_for_bit_both_ways() -> None:
    with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        heard_by_a, heard_by_b = converse(a, b, 20)
        for turn in range(20):
            assert heard_by_b[turn].payload == bytes((turn + n) & 0xFF for n in range(160))
            assert heard_by_a[turn].payload == bytes((turn * 3 + n) & 0xFF for n in range(160))
        for heard in (heard_by_a, heard_by_b):
            assert_continuous(heard)
            assert [packet.marker for packet in heard] == [True] + [False] * 19
            assert heard[0].ssrc not in (1, 2), "the engine is the source"


def test_prompt_bridge_prompt_is_one_stream() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        connect(engine, a)
        connect(engine, b)
        sound = engine.load_sound(samples(480))
        engine.play(a.leg, [sound], playback=1)
        heard = a.hear_all(3)
        engine.bridge(a.leg, b.leg)
        for _ in range(5):
            b.send(bytes(160))
            heard.append(a.hear())
        engine.play(a.leg, [sound], playback=2)
        heard += a.hear_all(3)
        assert [packet.marker for packet in heard] == [n in (0, 3, 8) for n in range(11)]
        assert_continuous(heard)


def test_what_plays_on_a_bridged_leg_is_heard_instead_of_the_other_side() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        engine.play(a.leg, [engine.load_sound(samples(8000))], playback=1, loop=True)
        a.hear()
        b.send(b"\x01" * 160)
        a.send(b"\x02" * 160)
        assert b.hear().payload == b"\x02" * 160, "only the leg that plays hears it"
        assert all(packet.payload != b"\x01" * 160 for packet in a.hear_all(3))
        engine.stop(a.leg)
        b.send(b"\x03" * 160)
        while (packet := a.hear()).payload != b"\x03" * 160:
            pass
        assert packet.marker


def test_the_two_laws_are_transcoded_by_table() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a, codec="PCMU"), connect(engine, b, codec="PCMA"))
        for codes in (bytes(range(160)), bytes(range(96, 256))):
            a.send(codes)
            heard = b.hear()
            assert heard.payload_type == 8
            for code, ours in zip(codes, heard.payload, strict=True):
                right = alaw_of_linear(linear_of_ulaw(code))
                assert near(linear_of_alaw(ours), right, linear_of_alaw)
            b.send(codes)
            heard = a.hear()
            assert heard.payload_type == 0
            for code, ours in zip(codes, heard.payload, strict=True):
                right = ulaw_of_linear(linear_of_alaw(code))
                assert near(linear_of_ulaw(ours), right, linear_of_ulaw)


def near(level: int, codes: set[int], linear: object) -> bool:
    """At a level that a right code has; both zeros are one."""
    assert callable(linear)
    return any(abs(level - linear(code)) <= 8 for code in codes)


def test_a_peer_that_answers_in_the_other_law_is_understood() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        a.send(b"\xd5" * 160, payload_type=8)
        heard = b.hear()
        assert (heard.payload_type, heard.payload) == (0, b"\xfe" * 160)


def test_losses_stay_losses_and_are_counted() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        a.send(bytes(160))
        first = b.hear()
        a.sequence = (a.sequence + 3) & 0xFFFF
        a.timestamp = (a.timestamp + 480) & 0xFFFFFFFF
        a.send(bytes(160))
        second = b.hear()
        assert second.sequence == (first.sequence + 4) & 0xFFFF
        assert second.timestamp == (first.timestamp + 640) & 0xFFFFFFFF
        assert engine.statistics(a.leg).packets_lost == 3
        assert engine.totals()["packets_lost"] == 3


def test_unbridge_ends_it_for_both_and_a_new_bridge_continues_the_streams() -> None:
    with (
        running(Engine(*port_range())) as engine,
        Peer() as a,
        Peer() as b,
        Peer() as c,
    ):
        engine.bridge(connect(engine, a), connect(engine, b))
        connect(engine, c)
        a.send(b"\x01" * 160)
        before = b.hear()
        engine.unbridge(b.leg)
        a.send(b"\x02" * 160)
        wait_until(lambda: engine.statistics(a.leg).packets_received == 2)
        engine.bridge(b.leg, c.leg)
        c.send(b"\x03" * 160)
        after = b.hear()
        assert after.payload == b"\x03" * 160
        assert_continuous([before, after])
        engine.bridge(a.leg, c.leg)  # takes c away from b
        b.send(b"\x04" * 160)
        a.send(b"\x05" * 160)
        assert c.hear().payload == b"\x05" * 160


def test_echo_gives_back_sound_and_keys() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        engine.echo(leg, True)
        peer.send(b"\x55" * 160)
        first = peer.hear()
        assert first.payload == b"\x55" * 160
        peer.send_key(5, [160, 320])
        heard = peer.hear_all(5)
        assert {packet.payload[0] for packet in heard} == {5}
        engine.echo(leg, False)
        peer.send(b"\x66" * 160)
        wait_until(lambda: engine.statistics(leg).packets_received == 7)
        engine.echo(leg, True)
        peer.send(b"\x77" * 160)
        assert peer.hear().payload == b"\x77" * 160


def test_legs_of_two_workers_are_bridged_like_any_others() -> None:
    with running(Engine(*port_range(), workers=2)) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        heard_by_a, heard_by_b = converse(a, b, 5)
        assert_continuous(heard_by_a)
        assert_continuous(heard_by_b)


def test_closing_one_leg_leaves_the_other_working() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        a.send(bytes(160))
        before = b.hear()
        counted = engine.close_leg(a.leg)
        assert (counted.packets_received, counted.bytes_received) == (1, 172)
        b.send(bytes(160))
        engine.play(b.leg, [engine.load_sound(samples(160))], playback=1)
        after = b.hear()
        assert (after.ssrc, after.sequence) == (before.ssrc, (before.sequence + 1) & 0xFFFF)
        assert engine.totals()["legs"] == 1


def test_what_is_confidential_is_heard_by_nobody_and_told_all_the_same() -> None:
    with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        _, heard = converse(a, b, 3)
        engine.keep_confidential(a.leg, True)
        for _ in range(5):
            a.send(bytes(160))
        a.send_key(7, [160, 320])
        assert Events(engine).next("digit") == ("digit", a.leg, "7", 20)
        b.send(bytes(160))
        assert a.hear().payload == bytes(160), "the other side is still heard"
        wait_until(lambda: engine.statistics(a.leg).packets_received == 13)
        assert b.hears_nothing()
        engine.keep_confidential(a.leg, False)
        heard += converse(a, b, 3)[1]
        assert [packet.payload_type for packet in heard] == [0] * 6
        assert [packet.sequence for packet in heard] == [
            (heard[0].sequence + n) & 0xFFFF for n in (0, 1, 2, 3, 4, 5)
        ], "one stream without holes"
