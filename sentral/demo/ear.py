"""Hears what a phone hears: the engine hands the phone's sound on to a socket of ours.

A phone's leg of the media engine keeps its packets to itself, so it is bridged to a second leg,
whose peer is this ear.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Final, cast

from sentral.demo.hearing import decoded, level_db

HOST: Final = "127.0.0.1"
PACKET_S: Final = 0.02
LONGEST_S: Final = 60.0
"""A demo's call is shorter; what comes later is not kept."""

_RTP_HEADER: Final = struct.Struct("!BBHII")
_PCMU: Final = 0


class Ear(asyncio.DatagramProtocol):
    """Keeps the payload of every packet with the time of its arrival. Use `Ear.open`."""

    def __init__(self) -> None:
        self.packets: list[tuple[float, bytes]] = []
        self._transport: asyncio.DatagramTransport
        self._arrived = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(cls) -> "tuple[Ear, Callable[[], None]]":
        """A new ear.

        Returns:
            The ear, and what closes it.
        """
        loop = asyncio.get_running_loop()
        transport, ear = await loop.create_datagram_endpoint(cls, local_addr=(HOST, 0))
        return ear, transport.close

    def sdp(self) -> bytes:
        """Our half of the agreement with the leg that talks to us."""
        port = self._transport.get_extra_info("sockname")[1]
        lines = (
            *("v=0", f"o=- 1 1 IN IP4 {HOST}", "s=-", f"c=IN IP4 {HOST}", "t=0 0"),
            *(f"m=audio {port} RTP/AVP {_PCMU}", "a=recvonly"),
        )
        return "".join(f"{line}\r\n" for line in lines).encode()

    async def next(self, seconds: float, *, within_s: float = 5.0) -> list[int]:
        """The sound of the next `seconds`; what came of it if less comes within `within_s`."""
        first = len(self.packets)
        wanted = round(seconds / PACKET_S)
        try:
            async with asyncio.timeout(seconds + within_s):
                while len(self.packets) < first + wanted:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            pass
        return self.since(first, wanted)

    def since(self, first: int, count: int | None = None) -> list[int]:
        """Samples of the packets from number `first` on."""
        last = None if count is None else first + count
        return decoded(b"".join(payload for _, payload in self.packets[first:last]))

    async def pause(self, silent_s: float) -> None:
        """Return when something was heard and then nothing for so long, silence being nothing."""
        await self._heard_something()
        quiet_since = self._loop.time()
        while (left_s := quiet_since + silent_s - self._loop.time()) > 0:
            before = len(self.packets)
            self._arrived.clear()
            try:
                async with asyncio.timeout(left_s):
                    await self._arrived.wait()
            except TimeoutError:
                return
            if any(_is_loud(payload) for _, payload in self.packets[before:]):
                quiet_since = self._loop.time()

    async def _heard_something(self) -> None:
        while not any(_is_loud(payload) for _, payload in self.packets):
            self._arrived.clear()
            await self._arrived.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(data) <= _RTP_HEADER.size or len(self.packets) > LONGEST_S / PACKET_S:
            return
        if _RTP_HEADER.unpack_from(data)[1] & 0x7F != _PCMU:
            return
        self.packets.append((self._loop.time(), data[_RTP_HEADER.size :]))
        self._arrived.set()


def _is_loud(payload: bytes) -> bool:
    return level_db(decoded(payload)) > -45.0
