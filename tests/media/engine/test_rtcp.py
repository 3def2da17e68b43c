"""RTCP on the wire (RFC 3550 §6); timing and round trip are tested in Rust, faster than time."""

import socket
import struct

from sentral_media_engine import Engine

from tests.media.engine.peer import (
    LOOPBACK,
    PATIENCE_S,
    Peer,
    connect,
    port_range,
    running,
    samples,
)


def test_a_closed_leg_says_what_it_sent_and_heard_and_goodbye() -> None:
    with (
        running(Engine(*port_range())) as engine,
        Peer() as peer,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports,
    ):
        reports.bind((LOOPBACK, 0))
        reports.settimeout(PATIENCE_S)
        leg = connect(engine, peer)
        rtcp_port = reports.getsockname()[1]
        engine.set_remote(leg, LOOPBACK, peer.port, rtcp_port=rtcp_port, latch="strict")
        peer.send(bytes(160))
        peer.sequence = (peer.sequence + 1) & 0xFFFF
        peer.send(bytes(160))
        engine.play(leg, [engine.load_sound(samples(320))], playback=1)
        sent = peer.hear_all(2)
        counted = engine.close_leg(leg)
        assert (counted.packets_sent, counted.bytes_sent) == (2, 2 * 172)

        datagram, source = reports.recvfrom(2048)
        assert source == (LOOPBACK, peer.engine[1] + 1), "from our RTCP port"
        flags, kind, words, ssrc = struct.unpack("!BBHI", datagram[:8])
        assert (flags, kind, words) == (0x81, 200, 12)
        assert ssrc == sent[0].ssrc
        packets, octets = struct.unpack("!II", datagram[20:28])
        assert (packets, octets) == (2, 320)
        their_ssrc, lost, highest = struct.unpack("!III", datagram[28:40])
        assert (their_ssrc, lost & 0xFFFFFF) == (peer.ssrc, 1)
        assert lost >> 24 == 256 // 3
        assert highest & 0xFFFF == (peer.sequence - 1) & 0xFFFF
        assert datagram[-8:] == struct.pack("!BBHI", 0x81, 203, 1, ssrc)
