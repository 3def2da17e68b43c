"""A phone's sound for tests: speaks SDP and RTP on loopback, and remembers every packet.

Written apart from the engine and in Python, so that the two do not share mistakes.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

PACKET_S: Final = 0.02
PACKET_SAMPLES: Final = 160
SSRC: Final = 0x5E47A1
KEYS: Final = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class Heard:
    """One RTP packet."""

    at: float
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


class RtpPeer(asyncio.DatagramProtocol):
    """PCMU, or whatever `codec` says, on one port of 127.0.0.1."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.payload_type = {"PCMU": 0, "PCMA": 8}[codec]
        self.packets: list[Heard] = []
        self.remote: tuple[str, int] = ("127.0.0.1", 9)
        self._transport: asyncio.DatagramTransport
        self._sequence = 65_500  # wraps soon, as any stream must be able to
        self._timestamp = 2**32 - 8000
        self._news = asyncio.Event()
        self._version = 0

    @classmethod
    async def open(cls, codec: str = "PCMU") -> "RtpPeer":
        loop = asyncio.get_running_loop()
        _, peer = await loop.create_datagram_endpoint(
            lambda: cls(codec), local_addr=("127.0.0.1", 0)
        )
        return peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        first, second, sequence, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
        assert first == 0x80, "version 2, nothing else"
        heard = Heard(
            asyncio.get_running_loop().time(),
            second & 0x7F,
            bool(second & 0x80),
            sequence,
            timestamp,
            ssrc,
            data[12:],
        )
        self.packets.append(heard)
        self._news.set()

    @property
    def port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        self._transport.close()

    def sdp(
        self, *, direction: str = "sendrecv", address: str = "127.0.0.1", more: str = ""
    ) -> bytes:
        """Our description, as an offer or an answer; `more` payload types after ours."""
        self._version += 1
        lines = [
            "v=0",
            f"o=peer 1 {self._version} IN IP4 127.0.0.1",
            "s=-",
            f"c=IN IP4 {address}",
            "t=0 0",
            f"m=audio {self.port} RTP/AVP {self.payload_type} 101{more}",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16",
            f"a={direction}",
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()

    def aim(self, sdp: bytes) -> None:
        """Send to where this description wants its sound."""
        line = next(line for line in sdp.decode().splitlines() if line.startswith("m=audio"))
        self.remote = ("127.0.0.1", int(line.split()[1]))

    async def speak(self, samples: bytes) -> None:
        """Send 16-bit samples in real time, 20 ms a packet."""
        encoded = encode(self.codec, samples)
        loop = asyncio.get_running_loop()
        due = loop.time()
        for start in range(0, len(encoded), PACKET_SAMPLES):
            self._send(self.payload_type, encoded[start : start + PACKET_SAMPLES])
            self._timestamp += PACKET_SAMPLES
            due += PACKET_S
            await asyncio.sleep(due - loop.time())  # the pace of speech, not a wait for anything

    async def press(
        self, key: str, *, duration_ms: int = 100, ends: int = 3, payload_type: int = 101
    ) -> None:
        """One key as RFC 4733 packets: updates every 20 ms, the end `ends` times."""
        code = KEYS.index(key)
        for elapsed_ms in range(20, duration_ms, 20):
            update = struct.pack("!BBH", code, 10, elapsed_ms * 8)
            self._send(payload_type, update, elapsed_ms == 20)
            await asyncio.sleep(PACKET_S)
        for _ in range(ends):
            self._send(payload_type, struct.pack("!BBH", code, 0x80 | 10, duration_ms * 8))
        self._timestamp += duration_ms * 8

    def sound(self) -> list[Heard]:
        """What came of sound, without keys, each packet once and in order."""
        packets = {p.sequence: p for p in self.packets if p.payload_type == self.payload_type}
        start = self.packets[0].sequence if self.packets else 0
        return sorted(packets.values(), key=lambda p: (p.sequence - start) & 0xFFFF)

    def heard(self) -> bytes:
        """The sound as a phone would play it: by timestamps, silence where nothing came."""
        packets = self.sound()
        if not packets:
            return b""
        first = packets[0].timestamp
        ends = [((p.timestamp - first) & 0xFFFFFFFF) + len(p.payload) for p in packets]
        played = np.zeros(max(ends), dtype="<i2")
        for packet, end in zip(packets, ends, strict=True):
            played[end - len(packet.payload) : end] = decode(self.codec, packet.payload)
        return played.tobytes()

    def keys(self) -> list[str]:
        """Keys that came as telephone-events, each once."""
        presses = {p.timestamp: p.payload[0] for p in self.packets if p.payload_type == 101}
        return [KEYS[code] for code in presses.values()]

    async def until(self, arrived: Callable[[], bool], *, within_s: float = 30.0) -> None:
        """Wait until packets have made something true."""
        async with asyncio.timeout(within_s):
            while not arrived():
                self._news.clear()
                await self._news.wait()

    async def hears(self, length: int) -> None:
        """Wait until this much sound has come: bytes of 16-bit samples."""
        await self.until(lambda: len(self.heard()) >= length)

    def forget(self) -> None:
        self.packets.clear()

    def _send(self, payload_type: int, payload: bytes, marker: bool = False) -> None:
        header = struct.pack(
            "!BBHII",
            0x80,
            payload_type | (0x80 if marker else 0),
            self._sequence & 0xFFFF,
            self._timestamp & 0xFFFFFFFF,
            SSRC,
        )
        self._sequence += 1
        self._transport.sendto(header + payload, self.remote)


def _mulaw_table() -> NDArray[np.int16]:
    """ITU-T G.711 §3.2: 8 segments of 16 steps, each twice as coarse; bits inverted."""
    code = ~np.arange(256) & 0xFF
    segment, step = (code >> 4) & 7, code & 15
    magnitude = ((2 * step + 33) << segment) - 33
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16) * np.int16(4)


def _alaw_table() -> NDArray[np.int16]:
    """ITU-T G.711 §3.1: even bits inverted; the first two segments are equally fine."""
    code = np.arange(256) ^ 0x55
    segment, step = (code >> 4) & 7, code & 15
    magnitude = np.where(segment == 0, 2 * step + 1, (2 * step + 33) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16) * np.int16(8)


TABLES: Final = {"PCMU": _mulaw_table(), "PCMA": _alaw_table()}


def decode(codec: str, payload: bytes) -> NDArray[np.int16]:
    return TABLES[codec][np.frombuffer(payload, dtype=np.uint8)]


def encode(codec: str, samples: bytes) -> bytes:
    """The code whose value is nearest to each sample: slow and plainly right."""
    table = TABLES[codec]
    order = np.argsort(table, kind="stable")
    values = table[order].astype(np.int32)
    wanted = np.frombuffer(samples, dtype="<i2").astype(np.int32)
    above = np.clip(np.searchsorted(values, wanted), 1, 255)
    nearest = np.where(wanted - values[above - 1] <= values[above] - wanted, above - 1, above)
    return order[nearest].astype(np.uint8).tobytes()
