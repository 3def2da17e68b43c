"""A network in memory with the face of `sip.edges.transport`: datagrams on the loop's clock.

Every datagram passes a hook, which returns the delays after which copies of it arrive: () loses
it, (a, b) doubles it. TCP is a pair of ends that keep order and lose nothing. Both count as the
real thing by tests/sip/edges/test_transport_contract.py.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sip.address import Address
from sip.edges.transport import KEEP_ALIVE, Failed, ListenFailed, Receiver, Transport
from sip.errors import MalformedMessage, TransportFailed
from sip.framing import KeepAlive, StreamFramer
from sip.settings import SipSettings

LATENCY_S: Final = 0.001
FIRST_FREE_PORT: Final = 40_000


@dataclass(frozen=True, slots=True)
class Datagram:
    """`number` counts from 0 over the whole network, whatever becomes of it."""

    number: int
    data: bytes
    source: Address
    destination: Address

    @property
    def start_line(self) -> str:
        return self.data.split(b"\r\n", 1)[0].decode("utf-8", "replace")


Hook = Callable[[Datagram], Sequence[float]]


def deliver(datagram: Datagram) -> Sequence[float]:
    return (LATENCY_S,)


def lose(datagram: Datagram) -> Sequence[float]:
    """A cut cable."""
    return ()


def losing(number: int) -> Hook:
    return lambda datagram: () if datagram.number == number else (LATENCY_S,)


def doubling(number: int) -> Hook:
    both = (LATENCY_S, 2 * LATENCY_S)
    return lambda datagram: both if datagram.number == number else (LATENCY_S,)


def delaying(number: int, by_s: float) -> Hook:
    late = (LATENCY_S + by_s,)
    return lambda datagram: late if datagram.number == number else (LATENCY_S,)


def on_the_wire(address: Address) -> Address:
    """Without what only its owner knows: the name of the listener."""
    return address._replace(listener="", domain="")


class MemoryUdp:
    def __init__(self, network: "MemoryNetwork", local: Address, receiver: Receiver) -> None:
        self.local = local
        self.receiver = receiver
        self._network = network
        self._closed = False

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        if not 0 < to.port < 65536:
            failed(TransportFailed(str(to), "no such port"))
        elif not self._closed:
            self._network.carry(data, self.local, to)

    def keep_alive(self, to: Address) -> None:
        self.send(KEEP_ALIVE, to, lambda _: None)

    def reaches(self, to: Address) -> bool:
        return True

    async def close(self) -> None:
        self._closed = True
        self._network.unplug(self.local)

    def arrive(self, data: bytes, source: Address) -> None:
        if not self._closed:
            self.receiver.received(data, source._replace(listener=self.local.listener))


@dataclass(slots=True)
class Stream:
    """One end of a connection."""

    owner: "MemoryTcp"
    peer: Address
    other: "Stream | None" = None
    framer: StreamFramer = field(default_factory=StreamFramer)
    open: bool = True

    def write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        assert self.other is not None
        loop.call_later(LATENCY_S, self.other.arrive, data)

    def arrive(self, data: bytes) -> None:
        if not self.open:
            return
        try:
            for item in self.framer.feed(data):
                if item is KeepAlive.PING:
                    self.write(b"\r\n")
                elif isinstance(item, bytes):
                    self.owner.receiver.received(item, self.peer)
        except MalformedMessage as error:
            self.owner.receiver.unframed(error, self.peer)
            self.shut()

    def shut(self) -> None:
        """Close both ends, the other one a moment later."""
        if self.open:
            self.open = False
            self.owner.forget(self.peer)
            assert self.other is not None
            asyncio.get_running_loop().call_later(LATENCY_S, self.other.shut)


class MemoryTcp:
    def __init__(self, network: "MemoryNetwork", local: Address, receiver: Receiver) -> None:
        self.local = local
        self.receiver = receiver
        self._network = network
        self._streams: dict[Address, Stream] = {}
        self._closed = False

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        stream = self._streams.get(to)
        if stream is None:
            listener = self._network.tcp_listener(to)
            if listener is None:
                problem = TransportFailed(str(to), "connection refused")
                asyncio.get_running_loop().call_later(LATENCY_S, failed, problem)
                return
            stream = self._connect(to, listener)
        stream.write(data)

    def keep_alive(self, to: Address) -> None:
        if to in self._streams:
            self._streams[to].write(KEEP_ALIVE)

    def reaches(self, to: Address) -> bool:
        return to in self._streams

    async def close(self) -> None:
        self._closed = True
        self._network.unplug(self.local)
        for stream in tuple(self._streams.values()):
            stream.shut()

    def accept(self, stream: Stream) -> None:
        self._streams[stream.peer] = stream

    def forget(self, peer: Address) -> None:
        if self._streams.pop(peer, None) is not None and not self._closed:
            self.receiver.disconnected(peer)

    def hang_up_on(self, peer: Address) -> None:
        """For tests: the connection breaks."""
        self._streams[peer].shut()

    def _connect(self, to: Address, listener: "MemoryTcp") -> Stream:
        ours = Address("TCP", self.local.host, self._network.free_port())
        near, far = Stream(self, to), Stream(listener, ours)
        near.other, far.other = far, near
        self._streams[to] = near
        listener.accept(far)
        return near


class MemoryNetwork:
    """Give `network.open` as the TransportFactory of every user agent on it."""

    def __init__(self, hook: Hook = deliver) -> None:
        self.hook = hook
        self.log: list[Datagram] = []
        self._ends: dict[Address, MemoryUdp | MemoryTcp] = {}
        self._next_port = FIRST_FREE_PORT

    async def open(self, address: Address, receiver: Receiver, settings: SipSettings) -> Transport:
        if address.port == 0:
            address = address._replace(port=self.free_port())
        if on_the_wire(address) in self._ends:
            raise ListenFailed(address, "Address already in use")
        kind = MemoryUdp if address.transport == "UDP" else MemoryTcp
        end = self._ends[on_the_wire(address)] = kind(self, address, receiver)
        return end

    def free_port(self) -> int:
        self._next_port += 1
        return self._next_port

    def carry(self, data: bytes, source: Address, destination: Address) -> None:
        source, destination = on_the_wire(source), on_the_wire(destination)
        datagram = Datagram(len(self.log), data, source, destination)
        self.log.append(datagram)
        loop = asyncio.get_running_loop()
        for delay_s in self.hook(datagram):
            loop.call_later(delay_s, self._arrive, datagram)

    def tcp_listener(self, address: Address) -> MemoryTcp | None:
        end = self._ends.get(on_the_wire(address))
        return end if isinstance(end, MemoryTcp) else None

    def unplug(self, address: Address) -> None:
        self._ends.pop(on_the_wire(address), None)

    def ladder(self) -> list[str]:
        """Start-lines in the order sent, for a test to compare or a human to read."""
        return [datagram.start_line for datagram in self.log]

    def _arrive(self, datagram: Datagram) -> None:
        end = self._ends.get(datagram.destination)
        if isinstance(end, MemoryUdp):
            end.arrive(datagram.data, datagram.source)
