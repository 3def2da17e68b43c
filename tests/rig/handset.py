"""The sound of a caller whose signalling SIPp speaks: one RTP stream, keys, and what is heard.

SIPp sends and receives SIP to the letter but cannot listen. Its SDP names this port instead, and
the person at the handset answers to what they hear. Sending begins with the first packet that
arrives, to where it came from.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias

import numpy as np

from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.rtp_pcap import (
    PACKET_MS,
    PCMU,
    PCMU_SILENCE,
    SAMPLES,
    TELEPHONE_EVENT,
    decode_pcmu,
    encode_pcmu,
    key_packets,
    rtp_header,
)
from tests.sound import RATE_HZ, Samples, bytes_of

KeysBy: TypeAlias = Literal["rtpevent", "inband"]

PRESS_MS: Final = 120
PAUSE_PACKETS: Final = 6
RTP_HEADER_BYTES: Final = 12

_LOW_HZ: Final = (697, 770, 852, 941)
_HIGH_HZ: Final = (1209, 1336, 1477, 1633)
_KEYPAD: Final = ("123A", "456B", "789C", "*0#D")


class Handset(asyncio.DatagramProtocol):
    """One call's sound, PCMU; use it with `async with`."""

    def __init__(self, *, keys_by: KeysBy = "rtpevent", events_as: int = TELEPHONE_EVENT) -> None:
        """`events_as`: payload type of keys by RFC 4733; who is called sends what was offered."""
        self.port = free_ports(2)
        self._events_as = events_as
        self._keys_by = keys_by
        self._heard: list[bytes] = []
        self._first: deque[bytes | str] = deque()
        """What is sent before all else: payloads of sound, and keys by RFC 4733."""
        self._says: list[bytes] = []
        self._remote: tuple[str, int] | None = None
        self._number, self._timestamp, self._at = 1000, 160_000, 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(LOOPBACK, self.port)
        )
        self._talking = asyncio.create_task(self._talk())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._talking.cancel()
        await asyncio.wait({self._talking})
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > RTP_HEADER_BYTES and data[1] & 0x7F == PCMU:
            self._remote = self._remote or addr
            self._heard.append(data[RTP_HEADER_BYTES:])

    def heard(self) -> Samples:
        """Packets one after another as they came: time in which none came is not in it."""
        return decode_pcmu(b"".join(self._heard))

    def speak_to(self, remote: tuple[str, int]) -> None:
        """Begin before anything is heard from there."""
        self._remote = remote

    def press(self, keys: str) -> None:
        for key in keys:
            self._first += [key] if self._keys_by == "rtpevent" else _tones(key)
            self._first += [PCMU_SILENCE] * PAUSE_PACKETS

    def say(self, sound: bytes) -> None:
        """Over and over, from now on."""
        payload = encode_pcmu(sound)
        whole = len(payload) - len(payload) % SAMPLES
        self._says = [payload[at : at + SAMPLES] for at in range(0, whole, SAMPLES)]

    async def _talk(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += PACKET_MS / 1000
            await asyncio.sleep(due - loop.time())
            if self._remote is not None:
                due += (self._send(self._remote) - 1) * PACKET_MS / 1000

    def _send(self, remote: tuple[str, int]) -> int:
        """How many packets it was; those of a key go out at once, as after a stall."""
        first = self._first.popleft() if self._first else self._word()
        if isinstance(first, str):
            packets = key_packets(first, self._number, self._timestamp, PRESS_MS, self._events_as)
        else:
            header = rtp_header(PCMU, self._number, self._timestamp, mark=self._number == 1000)
            packets = [header + first]
        for packet in packets:
            self._transport.sendto(packet, remote)
        self._number += len(packets)
        self._timestamp += len(packets) * SAMPLES
        return len(packets)

    def _word(self) -> bytes:
        if not self._says:
            return PCMU_SILENCE
        self._at = (self._at + 1) % len(self._says)
        return self._says[self._at]


def key_tones(keys: str) -> bytes:
    """Keys as somebody presses them one by one, each the two tones of ITU-T Q.23; PCM."""
    pause = bytes(PAUSE_PACKETS * SAMPLES * 2)
    return b"".join(bytes_of(_pair(key)) + pause for key in keys)


def _tones(key: str) -> list[bytes]:
    """One key, in packets."""
    payload = encode_pcmu(bytes_of(_pair(key)))
    return [payload[at : at + SAMPLES] for at in range(0, len(payload), SAMPLES)]


def _pair(key: str) -> Samples:
    row = next(at for at, keys in enumerate(_KEYPAD) if key in keys)
    pair = (_LOW_HZ[row], _HIGH_HZ[_KEYPAD[row].index(key)])
    n = np.arange(PRESS_MS * RATE_HZ // 1000)
    sound: Samples = sum((0.2 * np.sin(2 * np.pi * hz * n / RATE_HZ) for hz in pair), np.zeros(1))
    return sound
