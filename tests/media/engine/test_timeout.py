"""Silence of the peer: told once, and again only after it spoke."""

import struct
import time

from sentral_media_engine import Engine

from tests.media.engine.peer import Events, Peer, connect, port_range, running


def test_silence_is_told_once_and_again_after_a_packet() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        events = Events(engine)
        engine.set_timeout(leg, 0.2)
        kind, told_leg, silent_ms, _ = events.next("rtp_timeout")
        assert (kind, told_leg) == ("rtp_timeout", leg)
        assert isinstance(silent_ms, int)
        assert silent_ms >= 200
        peer.send(bytes(160))
        assert events.next("latched")[1] == leg
        events.next("rtp_timeout")


def test_switched_off_nothing_is_told() -> None:
    with running(Engine(*port_range())) as engine, Peer() as quiet, Peer() as other:
        connect(engine, quiet)
        connect(engine, other)
        engine.set_timeout(quiet.leg, 0.1)
        engine.set_timeout(quiet.leg, 0)
        engine.set_timeout(other.leg, 0.5)
        assert Events(engine).next("rtp_timeout")[1] == other.leg


def test_rtcp_is_a_sign_of_life() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer, Peer() as other:
        leg = connect(engine, peer)
        engine.set_timeout(leg, 3.0)
        other_leg = connect(engine, other)
        engine.set_timeout(other_leg, 0.2)
        events = Events(engine)
        rtcp = (peer.engine[0], peer.engine[1] + 1)
        assert events.next("rtp_timeout")[1] == other_leg
        reported_at = time.monotonic()
        peer.socket.sendto(struct.pack("!BBHI", 0x80, 201, 1, 7), rtcp)
        assert events.next("rtp_timeout")[1] == leg
        assert time.monotonic() - reported_at >= 3.0, "counted from the report, not from the start"
        assert engine.statistics(leg).dropped_malformed == 0
