"""Prompts and music: what a phone hears is bit-exact, gapless and one stream."""

import struct
from itertools import pairwise
from statistics import median

import pytest
from sentral_media_engine import Engine

from tests.media.engine.g711 import alaw_of_linear, ulaw_of_linear
from tests.media.engine.peer import (
    Events,
    Peer,
    assert_continuous,
    connect,
    port_range,
    running,
    samples,
)

TRIES = 5
"""Of what is measured by the clock: a busy machine may read packets late."""


@pytest.mark.parametrize(("codec", "rule"), [("PCMU", ulaw_of_linear), ("PCMA", alaw_of_linear)])
def test_a_prompt_arrives_as_it_is(codec: str, rule: object) -> None:
    assert callable(rule)
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer, codec=codec)
        sound = samples(800)
        engine.play(leg, [engine.load_sound(sound)], playback=3)
        heard = peer.hear_all(5)
        assert [len(packet.payload) for packet in heard] == [160] * 5
        assert [packet.marker for packet in heard] == [True] + [False] * 4
        assert {packet.payload_type for packet in heard} == {peer.payload_type}
        assert_continuous(heard)
        payload = b"".join(packet.payload for packet in heard)
        for sample, code in zip(struct.unpack("<800h", sound), payload, strict=True):
            assert code in rule(sample)
        assert Events(engine).next("playback_finished") == ("playback_finished", leg, 3, None)


def test_what_is_still_spoken_is_heard_piece_by_piece_as_one_stream() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer, codec="PCMU")
        sound = samples(800)
        growing = engine.begin_sound()
        engine.extend_sound(growing, sound[:640])
        engine.play(leg, [growing], playback=3)
        packets = peer.hear_all(4)
        assert {code for packet in packets[2:] for code in packet.payload} == {0xFF}
        engine.extend_sound(growing, sound[640:])
        engine.end_sound(growing)
        while len(spoken := [each.payload for each in packets if set(each.payload) != {0xFF}]) < 5:
            packets += peer.hear_all(1)
        heard = b"".join(spoken)
        for sample, code in zip(struct.unpack("<800h", sound), heard, strict=True):
            assert code in ulaw_of_linear(sample)
        assert_continuous(packets)
        assert Events(engine).next("playback_finished") == ("playback_finished", leg, 3, None)
        counted = engine.statistics(leg)
        assert counted.starved_s == pytest.approx(0.02 * (len(packets) - 5))
        assert engine.totals()["starved_ms"] == round(counted.starved_s * 1000)


def test_packets_leave_twenty_milliseconds_apart() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        sound = engine.load_sound(samples(160 * 50))
        gap_s = 0.0
        for playback in range(TRIES):
            engine.play(leg, [sound], playback=playback)
            heard = peer.hear_all(50)
            gap_s = median(after.at - before.at for before, after in pairwise(heard))
            if 0.018 < gap_s < 0.022:
                return
        raise AssertionError(f"bursts, or a crawl: {gap_s} s")


def test_sounds_follow_one_another_without_a_gap() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        whole = samples(400)
        engine.play(leg, [engine.load_sound(whole)], playback=1)
        expected = b"".join(packet.payload for packet in peer.hear_all(3))
        parts = [whole[:300], whole[300:302], whole[302:]]
        engine.play(leg, [engine.load_sound(part) for part in parts], playback=2)
        assert b"".join(packet.payload for packet in peer.hear_all(3)) == expected
        assert expected[400:] == b"\xff" * 80, "the last packet ends in silence"


def test_a_loop_goes_round_inside_a_packet_until_it_is_stopped() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        music = engine.load_sound(samples(200))
        engine.play(leg, [music], playback=1, loop=True)
        heard = peer.hear_all(10)
        assert_continuous(heard)
        payload = b"".join(packet.payload for packet in heard)
        assert payload == (payload[:200] * 8)[:1600]
        engine.unload_sound(music)  # who listens keeps it
        peer.hear()
        engine.stop(leg)
        engine.send_digit(leg, "1", 40)  # the last word after all music
        while (last := peer.hear()).payload_type == 0:
            assert last.payload in payload * 2
        assert last.payload_type == 101


def test_listeners_to_one_music_have_their_own_offsets() -> None:
    with running(Engine(*port_range())) as engine, Peer() as first, Peer() as second:
        music = engine.load_sound(samples(8000))
        for peer, offset_ms in ((first, 0), (second, 500)):
            connect(engine, peer)
            engine.play(peer.leg, [music], playback=1, loop=True, offset_ms=offset_ms)
        early = first.hear_all(26)
        assert early[25].payload == second.hear().payload


def test_a_prompt_replaces_another_in_the_same_stream() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        low, high = (struct.pack("<h", level) * 8000 for level in (100, 9000))
        sounds = [engine.load_sound(sound) for sound in (low, high)]
        engine.play(leg, [sounds[0]], playback=1)
        heard = peer.hear_all(3)
        engine.play(leg, [sounds[1]], playback=2)
        while heard[-1].payload == heard[0].payload:
            heard.append(peer.hear())
        assert_continuous(heard)
        engine.stop(leg)
        engine.play(leg, [], playback=3)
        events = Events(engine)
        assert events.next("playback_finished")[2] == 3, "what is replaced or stopped tells nothing"


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 60])
def test_packet_times_from_ten_to_sixty_milliseconds(ptime_ms: int) -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer, ptime_ms=ptime_ms)
        engine.play(leg, [engine.load_sound(samples(4800))], playback=1)
        heard = peer.hear_all(600 // ptime_ms)
        assert {len(packet.payload) for packet in heard} == {ptime_ms * 8}
        assert_continuous(heard)


def test_without_send_a_prompt_passes_unheard() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        engine.set_direction(leg, send=False, receive=True)
        engine.play(leg, [engine.load_sound(samples(800))], playback=1)
        assert Events(engine).next("playback_finished")[2] == 1
        assert engine.statistics(leg).packets_sent == 0
        assert peer.hears_nothing()
