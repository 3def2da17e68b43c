"""What the stack relies on, of the real transports and of the in-memory ones alike."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from sip.address import Address
from sip.edges.sockets import real_sockets
from sip.edges.transport import ListenFailed, Transport, TransportFactory
from sip.errors import MalformedMessage, TransportFailed
from sip.rejections import Rejection
from sip.settings import SipSettings
from tests.sip.memory_network import MemoryNetwork

ANY_PORT = {kind: Address(kind, "127.0.0.1", 0) for kind in ("UDP", "TCP")}
MESSAGE = b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 3\r\n\r\nabc"
OTHER = MESSAGE.replace(b"abc", b"def")


class Ear:
    """A receiver that keeps everything, and lets a test wait for it."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[bytes, Address]] = asyncio.Queue()
        self.errors: asyncio.Queue[MalformedMessage] = asyncio.Queue()
        self.gone: asyncio.Queue[Address] = asyncio.Queue()

    def received(self, data: bytes, source: Address) -> None:
        self.messages.put_nowait((data, source))

    def unframed(self, error: MalformedMessage, source: Address) -> None:
        self.errors.put_nowait(error)

    def cut_off(self, peer: Address, reason: Rejection) -> None: ...

    def disconnected(self, peer: Address) -> None:
        self.gone.put_nowait(peer)


class Network:
    """Opens transports and closes them at the end."""

    def __init__(self, factory: TransportFactory) -> None:
        self._factory = factory
        self._opened: list[Transport] = []

    async def open(self, address: Address, ear: Ear) -> Transport:
        transport = await self._factory(address, ear, SipSettings())
        self._opened.append(transport)
        return transport

    async def close(self) -> None:
        for transport in self._opened:
            await transport.close()


FACTORIES: dict[str, Callable[[], TransportFactory]] = {
    "real": lambda: real_sockets,
    "memory": lambda: MemoryNetwork().open,
}


@pytest.fixture(params=FACTORIES)
async def network(request: pytest.FixtureRequest) -> AsyncIterator[Network]:
    network = Network(FACTORIES[request.param]())
    yield network
    await network.close()


def unexpected(error: TransportFailed) -> None:
    raise error


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
async def test_a_message_arrives_and_can_be_answered(network: Network, kind: str) -> None:
    near, far = Ear(), Ear()
    here = await network.open(ANY_PORT[kind], near)
    there = await network.open(ANY_PORT[kind], far)
    here.send(MESSAGE, there.local, unexpected)
    data, source = await far.messages.get()
    assert data == MESSAGE
    assert there.reaches(source)
    there.send(OTHER, source, unexpected)
    assert (await near.messages.get())[0] == OTHER


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
async def test_a_listener_knows_its_port_and_keeps_it(network: Network, kind: str) -> None:
    transport = await network.open(ANY_PORT[kind], Ear())
    assert transport.local.port > 0
    with pytest.raises(ListenFailed) as failure:
        await network.open(transport.local, Ear())
    assert str(failure.value) == f"cannot listen on {transport.local}: Address already in use"


async def test_udp_sends_from_the_port_it_listens_on(network: Network) -> None:
    near, far = Ear(), Ear()
    here = await network.open(ANY_PORT["UDP"], near)
    there = await network.open(ANY_PORT["UDP"], far)
    here.send(MESSAGE, there.local, unexpected)
    assert (await far.messages.get())[1] == here.local


async def test_an_impossible_address_fails_alone(network: Network) -> None:
    near, far = Ear(), Ear()
    here = await network.open(ANY_PORT["UDP"], near)
    there = await network.open(ANY_PORT["UDP"], far)
    failures: list[TransportFailed] = []
    here.send(MESSAGE, Address("UDP", "127.0.0.1", 99_999), failures.append)
    assert [failure.status for failure in failures] == [503]
    here.send(MESSAGE, there.local, unexpected)
    assert (await far.messages.get())[0] == MESSAGE


async def test_tcp_to_nobody_fails_later(network: Network) -> None:
    here = await network.open(ANY_PORT["TCP"], Ear())
    gone = await network.open(ANY_PORT["TCP"], Ear())
    nobody = gone.local
    await gone.close()
    failures: asyncio.Queue[TransportFailed] = asyncio.Queue()
    here.send(MESSAGE, nobody, failures.put_nowait)
    assert (await failures.get()).status == 503


async def test_tcp_cuts_a_stream_into_messages_and_keeps_their_order(network: Network) -> None:
    far = Ear()
    here = await network.open(ANY_PORT["TCP"], Ear())
    there = await network.open(ANY_PORT["TCP"], far)
    for data in (MESSAGE, OTHER + MESSAGE):
        here.send(data, there.local, unexpected)
    arrived = [(await far.messages.get())[0] for _ in range(3)]
    assert arrived == [MESSAGE, OTHER, MESSAGE]


async def test_tcp_without_boundaries_is_told_and_closed(network: Network) -> None:
    near, far = Ear(), Ear()
    here = await network.open(ANY_PORT["TCP"], near)
    there = await network.open(ANY_PORT["TCP"], far)
    here.send(b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\n\r\n", there.local, unexpected)
    assert (await far.errors.get()).element == "Content-Length"
    assert await near.gone.get() == there.local
    await far.gone.get()
    assert not here.reaches(there.local)


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
async def test_a_closed_port_can_be_had_again(network: Network, kind: str) -> None:
    first = await network.open(ANY_PORT[kind], Ear())
    await first.close()
    again = await network.open(first.local, Ear())
    assert again.local == first.local


async def test_a_keep_alive_is_no_message_and_opens_no_connection(network: Network) -> None:
    near, far = Ear(), Ear()
    here = await network.open(ANY_PORT["TCP"], near)
    there = await network.open(ANY_PORT["TCP"], far)
    here.keep_alive(there.local)
    assert not here.reaches(there.local)
    here.send(MESSAGE, there.local, unexpected)
    _, source = await far.messages.get()
    here.keep_alive(there.local)
    there.keep_alive(source)
    here.send(OTHER, there.local, unexpected)
    assert (await far.messages.get())[0] == OTHER
    assert near.messages.empty()


async def test_a_keep_alive_by_udp_is_two_crlfs(network: Network) -> None:
    far = Ear()
    here = await network.open(ANY_PORT["UDP"], Ear())
    there = await network.open(ANY_PORT["UDP"], far)
    here.keep_alive(there.local)
    assert await far.messages.get() == (b"\r\n\r\n", here.local)
