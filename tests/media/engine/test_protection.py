"""Protected legs on real sockets: two engines, a restart, both address families, marked packets."""

import socket

import pytest
from sentral_media_engine import Engine

from tests.media.engine.peer import LOOPBACK, Events, Peer, connect, port_range, running, samples
from tests.rig.ports import free_ports

SUITE = "AES_CM_128_HMAC_SHA1_80"
OURS, THEIRS = bytes([1] * 30), bytes([2] * 30)
FRAME = samples(160)


def pair(engine: Engine, *, suite: str = SUITE, size: int = 30) -> tuple[int, int]:
    """Two legs of one engine that send to each other, protected."""
    (a, at), (b, bt) = engine.open_leg(LOOPBACK), engine.open_leg(LOOPBACK)
    keys = (bytes([1] * size), bytes([2] * size))
    for leg, port, (send, receive) in ((a, bt, keys), (b, at, keys[::-1])):
        engine.set_remote(leg, LOOPBACK, port, latch="strict")
        engine.secure(leg, sdes=(suite, send, receive))
        engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101)
        engine.set_direction(leg, send=True, receive=True)
    return a, b


@pytest.mark.parametrize(
    ("suite", "size"),
    [
        (SUITE, 30),
        ("AES_CM_128_HMAC_SHA1_32", 30),
        ("AEAD_AES_128_GCM", 28),
        ("AEAD_AES_256_GCM", 44),
    ],
)
def test_keys_pressed_on_one_leg_are_heard_on_the_other(suite: str, size: int) -> None:
    with running(Engine(*port_range())) as engine:
        a, b = pair(engine, suite=suite, size=size)
        for key in "12#":
            engine.send_digit(a, key, 100)
        events = Events(engine)
        assert [events.next("digit")[2] for _ in "12#"] == ["1", "2", "#"]
        assert engine.statistics(b).dropped_insecure == 0


def test_a_handshake_brings_keys_and_only_then_is_anything_sent() -> None:
    with running(Engine(*port_range())) as engine:
        (a, at), (b, bt) = engine.open_leg(LOOPBACK), engine.open_leg(LOOPBACK)
        ours = engine.fingerprint()
        for leg, port, active in ((a, bt, True), (b, at, False)):
            engine.set_remote(leg, LOOPBACK, port, latch="strict")
            engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101)
            engine.secure(leg, dtls=(ours, active), rtcp_mux=True)
        engine.send_digit(a, "7", 100)
        events = Events(engine)
        suites = {events.next("secured")[2], events.next("secured")[2]}
        assert len(suites) == 1
        assert events.next("digit")[2] == "7"


def test_a_wrong_certificate_ends_in_silence_that_is_told() -> None:
    with running(Engine(*port_range())) as engine:
        (a, at), (b, bt) = engine.open_leg(LOOPBACK), engine.open_leg(LOOPBACK)
        stranger = "sha-256 " + ":".join(["00"] * 32)
        for leg, port, active in ((a, bt, True), (b, at, False)):
            engine.set_remote(leg, LOOPBACK, port, latch="strict")
            engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101)
            engine.secure(leg, dtls=(stranger, active), rtcp_mux=True)
        assert "announced" in str(Events(engine).next("security_failed")[2])
        assert engine.statistics(b).packets_received == 0


def until_key(engine: Engine, key: str) -> None:
    """Waits for a key; the rest of one that was being pressed may come before it."""
    events = Events(engine)
    while events.next("digit")[2] != key:
        pass


def test_protected_sound_goes_on_after_a_restart() -> None:
    ports, far_ports = port_range(), port_range()
    with running(Engine(*far_ports)) as far:
        other, port = far.open_leg(LOOPBACK)
        with running(Engine(*ports)) as engine:
            leg, near = engine.open_leg(LOOPBACK)
            for which, who, to, keys in (
                (engine, leg, port, (OURS, THEIRS)),
                (far, other, near, (THEIRS, OURS)),
            ):
                which.set_remote(who, LOOPBACK, to, latch="strict")
                which.secure(who, sdes=(SUITE, *keys))
                which.set_codec(who, "PCMU", 0, dtmf_payload_type=101)
            far.send_digit(other, "1", 100)
            until_key(engine, "1")
            engine.send_digit(leg, "2", 100)
            until_key(far, "2")
            snapshot = engine.snapshot(leg)
        assert snapshot["suite"] == SUITE
        with running(Engine(*ports)) as engine:
            leg, _ = engine.open_leg(LOOPBACK, snapshot=snapshot)
            engine.set_remote(leg, LOOPBACK, port, latch="strict")
            engine.secure(leg, sdes=(SUITE, OURS, THEIRS))
            engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101)
            far.send_digit(other, "3", 100)
            until_key(engine, "3")
            engine.send_digit(leg, "4", 100)
            until_key(far, "4")
            ssrc = engine.snapshot(leg)["ssrc"]
        assert ssrc != snapshot["ssrc"], "no packet may be sent twice under one key"


def test_a_leg_of_ipv4_and_one_of_ipv6_hear_each_other() -> None:
    with (
        running(Engine(*port_range())) as engine,
        Peer() as four,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six,
    ):
        six.bind(("::1", 0))
        six.settimeout(5)
        a = connect(engine, four)
        b, port = engine.open_leg("::1")
        engine.set_remote(b, "::1", six.getsockname()[1], latch="strict")
        engine.set_codec(b, "PCMU", 0, dtmf_payload_type=101)
        engine.bridge(a, b)
        four.send(bytes([0x55] * 160))
        assert six.recv(2048)[12:] == bytes([0x55] * 160)
        header = bytes([0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9])
        six.sendto(header + bytes([0x66] * 160), ("::1", port))
        assert four.hear().payload == bytes([0x66] * 160)


def test_packets_are_marked_for_the_network() -> None:
    first = free_ports(20)
    with (
        running(Engine(first, first + 19, dscp=46)) as engine,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
    ):
        peer.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        peer.bind((LOOPBACK, 0))
        peer.settimeout(5)
        leg, _ = engine.open_leg(LOOPBACK)
        engine.set_remote(leg, LOOPBACK, peer.getsockname()[1], latch="strict")
        engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101)
        engine.send_digit(leg, "1", 100)
        _, [(_, _, marks)], _, _ = peer.recvmsg(2048, 64)
        assert marks[0] == 46 << 2


def test_a_value_that_is_no_key_is_refused_and_not_shown() -> None:
    with running(Engine(*port_range())) as engine:
        leg, _ = engine.open_leg(LOOPBACK)
        with pytest.raises(ValueError, match="a key of 5 bytes") as refused:
            engine.secure(leg, sdes=(SUITE, b"hello", THEIRS))
        assert "hello" not in str(refused.value)
        with pytest.raises(ValueError, match="no suite"):
            engine.secure(leg, sdes=("ROT13", OURS, THEIRS))
        with pytest.raises(ValueError, match="no fingerprint"):
            engine.secure(leg, dtls=("md5 00", True))
        with pytest.raises(ValueError, match="by SDES and by DTLS"):
            engine.secure(leg, sdes=(SUITE, OURS, THEIRS), dtls=(engine.fingerprint(), True))
