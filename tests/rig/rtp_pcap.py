"""A caller's RTP as a capture file that SIPp plays: sound all along, keys by RFC 4733 in between.

SIPp's own key captures restart SSRC, sequence and timestamp at every key; a phone never does. Here
one stream goes on from the first packet to the last, and each key is sent as a phone sends it: an
event packet every 20 ms with the mark bit on the first, the end repeated three times.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from tests.sound import Samples

KEYS: Final = "0123456789*#ABCD"
PACKET_MS: Final = 20
SAMPLES: Final = 160
PCMU: Final = 0
TELEPHONE_EVENT: Final = 96
"""As the scenarios offer it."""
PCMU_SILENCE: Final = b"\xff" * SAMPLES
VOLUME: Final = 10
SSRC: Final = 0x53454E54


def rtp_packets(
    length_ms: int, presses: Sequence[tuple[int, str]], *, press_ms: int = 120
) -> list[tuple[int, bytes]]:
    """(milliseconds, RTP packet) of a stream with keys pressed at the given milliseconds."""
    packets: list[tuple[int, bytes]] = []
    down = {at // PACKET_MS: key for at, key in presses}
    number, timestamp = 1000, 160_000
    slot = 0
    while slot * PACKET_MS < length_ms:
        if slot in down:
            event = key_packets(down[slot], number, timestamp, press_ms)
            packets += [((slot + i) * PACKET_MS, packet) for i, packet in enumerate(event)]
            used = len(event)
        else:
            header = rtp_header(PCMU, number, timestamp, mark=slot == 0)
            packets.append((slot * PACKET_MS, header + PCMU_SILENCE))
            used = 1
        slot += used
        number += used
        timestamp += used * SAMPLES
    return packets


def rtp_header(payload_type: int, number: int, timestamp: int, *, mark: bool = False) -> bytes:
    return struct.pack(
        "!BBHII", 0x80, payload_type | (0x80 if mark else 0), number & 0xFFFF, timestamp, SSRC
    )


def key_packets(
    key: str, number: int, timestamp: int, press_ms: int, payload_type: int = TELEPHONE_EVENT
) -> list[bytes]:
    """All packets of one key: the same timestamp, a growing duration, the end three times."""
    steps = press_ms // PACKET_MS
    packets = []
    for i in range(steps + 2):
        ended = i >= steps - 1
        duration = min(i + 1, steps) * SAMPLES
        payload = struct.pack("!BBH", KEYS.index(key), (0x80 if ended else 0) | VOLUME, duration)
        header = rtp_header(payload_type, number + i, timestamp, mark=i == 0)
        packets.append(header + payload)
    return packets


def write_pcap(path: Path, packets: Sequence[tuple[int, bytes]]) -> Path:
    """A capture with made-up Ethernet, IP and UDP headers: SIPp writes its own addresses."""
    with path.open("wb") as target:
        target.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at_ms, rtp in packets:
            udp = struct.pack("!HHHH", 4000, 4000, 8 + len(rtp), 0) + rtp
            loopback = bytes((127, 0, 0, 1))
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + loopback * 2
            frame = bytes(12) + b"\x08\x00" + ip + udp
            seconds, rest_ms = divmod(at_ms, 1000)
            target.write(struct.pack("<IIII", seconds, rest_ms * 1000, len(frame), len(frame)))
            target.write(frame)
    return path


def encode_pcmu(samples: bytes) -> bytes:
    """16-bit little-endian samples as G.711 mu-law, written from the standard, not from `media`."""
    return bytes(_mu_law(sample) for (sample,) in struct.iter_unpack("<h", samples))


def _mu_law(sample: int) -> int:
    """One sample: sign, three bits of segment, four bits of step, all inverted (G.711 table 2a)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32_635) + 132
    segment = magnitude.bit_length() - 8
    return ~(sign | segment << 4 | (magnitude >> (segment + 3)) & 0x0F) & 0xFF


def decode_pcmu(payload: bytes) -> Samples:
    """The other way: samples of -1 to 1."""
    return _EXPANDED[np.frombuffer(payload, dtype=np.uint8)]


def _expanded(code: int) -> float:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return (-magnitude if code & 0x80 else magnitude) / 32768


_EXPANDED: Final = np.array([_expanded(code) for code in range(256)])
