"""The other side of a leg: a plain UDP socket that speaks RTP, and waiting for the engine's events.

Written apart from the engine, so that the two do not share mistakes.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Final, TypeAlias

from sentral_media_engine import Engine

from tests.rig.ports import free_ports

Event: TypeAlias = tuple[str, int, object, object]

LOOPBACK: Final = "127.0.0.1"
PATIENCE_S: Final = 30.0
KEY_PAYLOAD_TYPE: Final = 101
FRAME_SAMPLES: Final = 160


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet. `at` is when it was read, in seconds of the steady clock."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    at: float = 0.0

    @classmethod
    def read(cls, datagram: bytes) -> "Packet":
        flags, kind, sequence, timestamp, ssrc = struct.unpack("!BBHII", datagram[:12])
        assert flags == 0x80, "version 2 and nothing else"
        marker, payload_type = bool(kind & 0x80), kind & 0x7F
        now = time.monotonic()
        return cls(payload_type, marker, sequence, timestamp, ssrc, datagram[12:], now)

    def to_bytes(self) -> bytes:
        kind = self.payload_type | (0x80 if self.marker else 0)
        head = struct.pack("!BBHII", 0x80, kind, self.sequence, self.timestamp, self.ssrc)
        return head + self.payload


class Peer:
    """A phone's RTP port on 127.0.0.1, with a stream of its own."""

    def __init__(self, *, ssrc: int = 0x5E47A1, payload_type: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 0))
        self.socket.settimeout(PATIENCE_S)
        self.port: int = self.socket.getsockname()[1]
        self.engine = (LOOPBACK, 9)
        self.leg = 0
        self.ssrc, self.payload_type = ssrc, payload_type
        self.sequence, self.timestamp = 65_533, 2**32 - 320  # both wrap soon

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, payload: bytes, *, payload_type: int | None = None) -> None:
        """The next packet of the stream."""
        chosen = self.payload_type if payload_type is None else payload_type
        packet = Packet(chosen, False, self.sequence, self.timestamp, self.ssrc, payload)
        self.socket.sendto(packet.to_bytes(), self.engine)
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + len(payload)) & 0xFFFFFFFF

    def send_key(self, code: int, durations: list[int], *, ends: int = 3) -> None:
        """One key press: an update for each duration in samples, and the end that many times."""
        payloads = [struct.pack("!BBH", code, 10, duration) for duration in durations]
        payloads += [struct.pack("!BBH", code, 0x8A, durations[-1] + FRAME_SAMPLES)] * ends
        for payload in payloads:
            packet = Packet(
                KEY_PAYLOAD_TYPE, False, self.sequence, self.timestamp, self.ssrc, payload
            )
            self.socket.sendto(packet.to_bytes(), self.engine)
            self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + durations[-1] + FRAME_SAMPLES) & 0xFFFFFFFF

    def hear(self) -> Packet:
        """The next packet; raises TimeoutError when none comes."""
        return Packet.read(self.socket.recv(2048))

    def hear_all(self, count: int) -> list[Packet]:
        return [self.hear() for _ in range(count)]

    def hears_nothing(self) -> bool:
        """True when no packet waits to be read."""
        return not select.select([self.socket], [], [], 0)[0]


def port_range(count: int = 40) -> tuple[int, int]:
    """The first and the last of as many free ports."""
    first = free_ports(count)
    return first, first + count - 1


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.close()


def connect(
    engine: Engine,
    peer: Peer,
    *,
    codec: str = "PCMU",
    keys: int | None = KEY_PAYLOAD_TYPE,
    latch: str = "strict",
    ptime_ms: int = 20,
) -> int:
    """A leg for this peer. Returns its number."""
    peer.leg, port = engine.open_leg(LOOPBACK)
    peer.engine = (LOOPBACK, port)
    peer.payload_type = {"PCMU": 0, "PCMA": 8}[codec]
    engine.set_codec(peer.leg, codec, peer.payload_type, dtmf_payload_type=keys, ptime_ms=ptime_ms)
    engine.set_remote(peer.leg, LOOPBACK, peer.port, latch=latch, signalling_ip=LOOPBACK)
    return peer.leg


class Events:
    """What the engine tells, in order; each waited for on its file descriptor."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[Event] = []

    def next(self, kind: str) -> Event:
        """The next event of this kind; others that come before it are dropped."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            while self._waiting:
                event = self._waiting.pop(0)
                if event[0] == kind:
                    return event
            left = max(0.0, deadline - time.monotonic())
            assert select.select([self._engine.event_fd], [], [], left)[0], f"no {kind} came"
            self._waiting += self._engine.drain()


def wait_until(condition: Callable[[], bool]) -> None:
    """For what the engine only counts and does not tell."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        os.sched_yield()


def samples(count: int, *, start: int = 0) -> bytes:
    """16-bit samples that differ from frame to frame."""
    values = [((start + n) * 37) % 20_000 - 10_000 for n in range(count)]
    return struct.pack(f"<{count}h", *values)


def assert_continuous(packets: list[Packet]) -> None:
    """One SSRC, sequence by one, timestamps by the samples of each packet.

    A talkspurt may begin some frames later: as many as this machine was late.
    """
    assert len({packet.ssrc for packet in packets}) == 1
    for before, after in pairwise(packets):
        assert after.sequence == (before.sequence + 1) & 0xFFFF
        skipped = (after.timestamp - before.timestamp - len(before.payload)) & 0xFFFFFFFF
        if after.marker:
            assert skipped % FRAME_SAMPLES == 0
            assert skipped < PATIENCE_S * 8000
        else:
            assert skipped == 0
