"""Datagrams that no phone sends: dropped, counted, and the call goes on."""

import random
import struct

from sentral_media_engine import Engine

from tests.media.engine.peer import Peer, connect, port_range, running

MALFORMED = [
    b"",
    b"\x80",
    b"\x80\x00" + bytes(9),
    b"\x00" * 172,  # version 0
    b"\x8f\x00" + bytes(10),  # fifteen contributors that are not there
    b"\x90\x00" + bytes(10),  # an extension that is not there
    b"\x90\x00" + bytes(12) + b"\xff\xff",  # an extension longer than the datagram
    b"\xa0\x00" + bytes(10) + b"\x00",  # padding of nothing
    b"\xa0\x00" + bytes(10) + b"\xff",  # padding longer than the datagram
    b"\x80\xc8\x00\x06",  # a sender report without its body
    b"\x80\x00" + bytes(1600),  # longer than any sound
]


def test_malformed_datagrams_are_counted_and_harmless() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        for datagram in MALFORMED:
            a.socket.sendto(datagram, a.engine)
            a.socket.sendto(datagram, (a.engine[0], a.engine[1] + 1))
        a.send(b"\x01" * 160)
        assert b.hear().payload == b"\x01" * 160
        counted = engine.statistics(a.leg)
        assert counted.packets_received == 1
        assert counted.dropped_malformed >= len(MALFORMED)


def test_ten_thousand_datagrams_of_noise_change_nothing() -> None:
    noise = random.Random(1889)
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        for turn in range(10_000):
            datagram = bytearray(noise.randbytes(noise.randrange(200)))
            if datagram and noise.random() < 0.9:
                datagram[0] = 0x80 | (datagram[0] & 0x3F)
            a.socket.sendto(datagram, (a.engine[0], a.engine[1] + turn % 2))
            if turn % 64 == 63:  # no more than the socket holds
                a.ssrc, a.sequence = 5, turn
                a.send(struct.pack("!I", turn) + bytes(156))
                while b.socket.recv(2048)[12:] != struct.pack("!I", turn) + bytes(156):
                    pass
        assert engine.totals()["legs"] == 2
        assert engine.statistics(a.leg).dropped_malformed > 1000


def test_payload_types_that_were_not_agreed_are_counted() -> None:
    with running(Engine(*port_range())) as engine, Peer() as a, Peer() as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        a.send(bytes(20), payload_type=18)
        a.send(b"\x20", payload_type=13)  # comfort noise: a sign of life
        a.send(b"\x01" * 160)
        assert b.hear().payload == b"\x01" * 160
        counted = engine.statistics(a.leg)
        assert (counted.packets_received, counted.dropped_payload) == (3, 1)
