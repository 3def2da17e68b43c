"""The source lock on real sockets; its rules over time are tested in Rust, faster than time."""

import pytest
from sentral_media_engine import Engine

from tests.media.engine.peer import (
    LOOPBACK,
    Events,
    Peer,
    connect,
    port_range,
    running,
    samples,
    wait_until,
)


@pytest.mark.parametrize("latch", ["strict", "nat"])
def test_a_second_source_is_refused_and_counted(latch: str) -> None:
    with running(Engine(*port_range())) as engine, Peer() as phone, Peer() as thief, Peer() as b:
        engine.bridge(connect(engine, phone, latch=latch), connect(engine, b))
        events = Events(engine)
        phone.send(b"\x01" * 160)
        assert b.hear().payload == b"\x01" * 160
        assert events.next("latched") == ("latched", phone.leg, LOOPBACK, phone.port)
        thief.engine = phone.engine
        for _ in range(50):
            thief.send(b"\x66" * 160)
        phone.send(b"\x02" * 160)
        assert b.hear().payload == b"\x02" * 160, "nothing of the thief's was passed on"
        assert engine.statistics(phone.leg).dropped_source == 50
        assert engine.totals()["dropped_source"] == 50
        engine.play(phone.leg, [engine.load_sound(samples(160))], playback=1)
        assert phone.hear().payload_type == 0, "and our sound still goes to the phone"
        assert thief.hears_nothing()


def test_nat_follows_the_signalling_host_to_its_real_port() -> None:
    with running(Engine(*port_range())) as engine, Peer() as named, Peer() as real:
        leg = connect(engine, named, latch="nat")
        real.engine = named.engine
        engine.play(leg, [engine.load_sound(samples(160))], playback=1)
        named.hear()
        real.send(bytes(160))
        assert Events(engine).next("latched") == ("latched", leg, LOOPBACK, real.port)
        engine.play(leg, [engine.load_sound(samples(160))], playback=2)
        real.hear()


def test_learn_takes_the_first_stream_in_order() -> None:
    with running(Engine(*port_range())) as engine, Peer() as named, Peer() as trunk:
        leg = connect(engine, named)
        engine.set_remote(leg, LOOPBACK, named.port, latch="learn")
        trunk.engine = named.engine
        trunk.send(bytes(160))
        trunk.send(bytes(160))
        assert Events(engine).next("latched") == ("latched", leg, LOOPBACK, trunk.port)
        counted = engine.statistics(leg)
        assert (counted.packets_received, counted.dropped_source) == (1, 1)


def test_signalling_moves_a_leg() -> None:
    with running(Engine(*port_range())) as engine, Peer() as old, Peer() as new:
        leg = connect(engine, old)
        events = Events(engine)
        old.send(bytes(160))
        assert events.next("latched")[3] == old.port
        engine.set_remote(leg, LOOPBACK, new.port, latch="strict")
        new.engine = old.engine
        new.send(bytes(160))
        assert events.next("latched")[3] == new.port
        old.send(bytes(160))
        engine.play(leg, [engine.load_sound(samples(160))], playback=1)
        new.hear()
        wait_until(lambda: engine.statistics(leg).dropped_source == 1)


def test_nothing_is_heard_before_signalling_names_a_remote() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer, Peer() as known:
        leg, port = engine.open_leg(LOOPBACK)
        peer.engine = (LOOPBACK, port)
        peer.send(bytes(160))
        wait_until(lambda: engine.statistics(leg).dropped_source == 1)
        engine.bridge(leg, connect(engine, known))
        engine.set_remote(leg, LOOPBACK, peer.port)
        peer.send(b"\x01" * 160)
        assert known.hear().payload == b"\x01" * 160
