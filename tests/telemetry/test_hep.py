"""HEP3 packets, read back chunk by chunk, and sent to a real socket."""

import asyncio
import socket
import struct

import pytest

from telemetry.hep import Endpoint, HepExporter, encode
from telemetry.settings import HepSettings

OURS, THEIRS = Endpoint("192.0.2.1", 5060), Endpoint("198.51.100.7", 5070)
MESSAGE = b"OPTIONS sip:x SIP/2.0\r\n\r\n"


def chunks(packet: bytes) -> dict[int, bytes]:
    assert packet[:4] == b"HEP3"
    assert struct.unpack_from(">H", packet, 4)[0] == len(packet)
    found, position = {}, 6
    while position < len(packet):
        vendor, kind, length = struct.unpack_from(">HHH", packet, position)
        assert vendor == 0
        found[kind] = packet[position + 6 : position + length]
        position += length
    return found


def test_a_packet_says_who_when_and_what() -> None:
    packet = encode("UDP", THEIRS, OURS, MESSAGE, 1700000000.25, capture_id=7, password="key")
    assert chunks(packet) == {
        1: b"\x02",
        2: b"\x11",
        3: bytes([198, 51, 100, 7]),
        4: bytes([192, 0, 2, 1]),
        7: struct.pack(">H", 5070),
        8: struct.pack(">H", 5060),
        9: struct.pack(">I", 1700000000),
        10: struct.pack(">I", 250000),
        11: b"\x01",
        12: struct.pack(">I", 7),
        14: b"key",
        15: MESSAGE,
    }


def test_ipv6_and_streams() -> None:
    six = Endpoint("2001:db8::1", 5061)
    found = chunks(encode("TLS", six, six, MESSAGE, 0.0, capture_id=1))
    assert (found[1], found[2], len(found[5]), len(found[6])) == (b"\x0a", b"\x06", 16, 16)
    assert 14 not in found


@pytest.mark.parametrize(
    ("source", "data"),
    [(Endpoint("2001:db8::1", 1), b""), (Endpoint("name", 1), b""), (THEIRS, b"x" * 65_001)],
)
def test_what_cannot_be_told_is_refused(source: Endpoint, data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        encode("UDP", source, OURS, data, 0.0, capture_id=1)


async def test_messages_reach_the_collector_and_impossible_ones_are_counted() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.setblocking(False)
        settings = HepSettings(collector="127.0.0.1", port=collector.getsockname()[1])
        exporter = HepExporter(
            settings, steady_to_utc=lambda at: 1000.0 + at, local=lambda *_: OURS
        )
        exporter.add("in", "UDP", THEIRS.host, THEIRS.port, MESSAGE, 5.5)
        exporter.add("out", "UDP", THEIRS.host, THEIRS.port, MESSAGE, 6.0)
        exporter.add("out", "UDP", "name", 1, MESSAGE, 6.0)
        loop = asyncio.get_running_loop()
        came, went = [chunks(await loop.sock_recv(collector, 2000)) for _ in range(2)]
        assert (came[3], came[9]) == (bytes([198, 51, 100, 7]), struct.pack(">I", 1005))
        assert (went[3], went[4]) == (bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7]))
        assert exporter.dropped == 1
        exporter.close()
