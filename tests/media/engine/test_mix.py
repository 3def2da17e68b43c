"""Conferences: a distinct tone per party, and each hears exactly what the matrix says."""

from contextlib import ExitStack
from typing import Final

import pytest
from sentral_media_engine import Engine

from tests.media.engine.peer import Peer, assert_continuous, connect, port_range, running
from tests.media.engine.tones import FREQUENCIES_HZ, converse, found_in, tone

CALLER: Final = 0
AGENT: Final = 1
SUPERVISOR: Final = 2
MATRICES: Final = {
    "listen": [{AGENT}, {CALLER}, {CALLER, AGENT}],
    "whisper": [{AGENT}, {CALLER, SUPERVISOR}, {CALLER, AGENT}],
    "barge": [{AGENT, SUPERVISOR}, {CALLER, SUPERVISOR}, {CALLER, AGENT}],
    "four": [{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, set()],
}
SETTLED: Final = 15
"""Packets after which everybody's first sound has gone through the jitter buffer."""


def hears(peers: list[Peer], matrix: list[set[int]]) -> dict[int, list[int]]:
    return {
        peers[index].leg: [peers[other].leg for other in row] for index, row in enumerate(matrix)
    }


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("workers", [1, 2])
def test_each_hears_exactly_what_the_matrix_says(name: str, workers: int) -> None:
    matrix = MATRICES[name]
    with ExitStack() as stack:
        engine = stack.enter_context(running(Engine(*port_range(), workers=workers)))
        peers = [stack.enter_context(Peer(ssrc=index + 1)) for index in range(len(matrix))]
        for peer in peers:
            connect(engine, peer)
        engine.mix(hears(peers, matrix))
        for packets, expected in zip(converse(peers, 40), matrix, strict=True):
            assert_continuous(packets)
            steady = b"".join(packet.payload for packet in packets[SETTLED:])
            assert len(steady) >= 10 * 160
            assert found_in(steady, len(peers)) == expected


def test_a_bridge_becomes_a_mix_and_a_bridge_again_in_one_stream() -> None:
    with ExitStack() as stack:
        engine = stack.enter_context(running(Engine(*port_range())))
        peers = [stack.enter_context(Peer(ssrc=index + 1)) for index in range(3)]
        for peer in peers:
            connect(engine, peer)
        engine.bridge(peers[CALLER].leg, peers[AGENT].leg)
        bridged = converse(peers, 10)
        mix = engine.mix(hears(peers, MATRICES["listen"]))
        mixed = converse(peers, 30)
        engine.mix(hears(peers, MATRICES["whisper"]), mix=mix)
        whispered = converse(peers, 30)
        engine.unmix(mix)
        engine.bridge(peers[CALLER].leg, peers[AGENT].leg)
        again = converse(peers, 10)
        caller = [*bridged[0], *mixed[0], *whispered[0], *again[0]]
        assert len({packet.ssrc for packet in caller}) == 1
        sequences = [packet.sequence for packet in caller]
        assert sequences == [(sequences[0] + n) & 0xFFFF for n in range(len(caller))]
        agent = b"".join(packet.payload for packet in whispered[AGENT][SETTLED:])
        assert found_in(agent, 3) == {CALLER, SUPERVISOR}


def test_codecs_and_packet_times_may_differ() -> None:
    with ExitStack() as stack:
        engine = stack.enter_context(running(Engine(*port_range())))
        peers = [stack.enter_context(Peer(ssrc=index + 1)) for index in range(2)]
        connect(engine, peers[0])
        connect(engine, peers[1], codec="PCMA", ptime_ms=60)
        peers[1].payload_type = 0  # it may send what it likes of what was offered
        engine.mix({peers[0].leg: [peers[1].leg], peers[1].leg: [peers[0].leg]})
        heard = converse(peers, 40)
        assert {(p.payload_type, len(p.payload)) for p in heard[0]} == {(0, 160)}
        assert {(p.payload_type, len(p.payload)) for p in heard[1]} == {(8, 480)}
        assert found_in(b"".join(p.payload for p in heard[0][SETTLED:]), 2) == {1}


def test_what_cannot_be_is_refused() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        one, other = connect(engine, a), connect(engine, b)
        for wrong in ({one: [one]}, {one: [other]}, {}):
            with pytest.raises(ValueError, match="mix"):
                engine.mix(wrong)
        with pytest.raises(KeyError, match="no leg 999"):
            engine.mix({999: []})
        with pytest.raises(KeyError, match="no mix 7"):
            engine.mix({one: []}, mix=7)
        with pytest.raises(KeyError, match="no mix 7"):
            engine.unmix(7)


def test_what_is_lost_is_concealed_and_counted() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.mix({connect(engine, a): [connect(engine, b)], b.leg: []})
        sound = tone(FREQUENCIES_HZ[0])
        for number in range(30):
            payload = next(sound)
            if number in (10, 20):
                b.sequence = (b.sequence + 1) & 0xFFFF
                b.timestamp = (b.timestamp + len(payload)) & 0xFFFFFFFF
            else:
                b.send(payload)
            a.hear()  # the engine's own rhythm: 20 ms
        counted = engine.statistics(b.leg)
        assert counted.packets_lost == 2
        assert counted.concealed_s >= 0.04
        assert engine.statistics(a.leg).concealed_s == 0
