"""Connections that misuse us: slow senders, silent ones, too many of one host."""

import asyncio

import pytest

from sip.address import Address
from sip.edges.streams import StreamTransport, listen_stream
from sip.errors import MalformedMessage
from sip.rejections import Rejection
from sip.settings import SipSettings

MESSAGE = b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n"


class Ear:
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def received(self, data: bytes, source: Address) -> None:
        self.heard.put_nowait(data)

    def unframed(self, error: MalformedMessage, source: Address) -> None: ...

    def cut_off(self, peer: Address, reason: Rejection) -> None: ...

    def disconnected(self, peer: Address) -> None: ...


async def listening(ear: Ear, settings: SipSettings) -> StreamTransport:
    return await listen_stream(Address("TCP", "127.0.0.1", 0), ear, settings)


async def connected(
    transport: StreamTransport,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", transport.local.port)


async def dribble(writer: asyncio.StreamWriter) -> None:
    """A byte every 20 ms, for ever."""
    for byte in b"OPTIONS sip:x SIP/2.0\r\nSubject: " + b"x" * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("first", [b"", MESSAGE])
async def test_a_sender_who_dribbles_is_cut_off_though_never_silent(first: bytes) -> None:
    transport = await listening(Ear(), SipSettings(slow_message_s=0.2))
    reader, writer = await connected(transport)
    writer.write(first)
    dribbling = asyncio.create_task(dribble(writer))
    assert await reader.read() == b""
    dribbling.cancel()
    writer.close()
    await transport.close()


async def test_whoever_connects_and_says_nothing_is_cut_off() -> None:
    transport = await listening(Ear(), SipSettings(slow_message_s=0.1))
    reader, writer = await connected(transport)
    assert await reader.read() == b""
    writer.close()
    await transport.close()


async def test_a_phone_that_has_spoken_may_be_silent_until_the_idle_limit() -> None:
    ear = Ear()
    transport = await listening(ear, SipSettings(slow_message_s=0.05, connection_idle_s=0.4))
    reader, writer = await connected(transport)
    writer.write(MESSAGE)
    await ear.heard.get()
    closed = asyncio.create_task(reader.read())
    done, _ = await asyncio.wait([closed], timeout=0.25)
    assert not done
    assert await closed == b""
    writer.close()
    await transport.close()


async def test_one_host_cannot_take_all_connections() -> None:
    ear = Ear()
    transport = await listening(ear, SipSettings(max_connections_per_host=2))
    kept = [await connected(transport) for _ in range(2)]
    for _, writer in kept:
        writer.write(MESSAGE)
        await ear.heard.get()
    reader, writer = await connected(transport)
    assert await reader.read() == b""
    writer.close()
    kept[0][1].close()
    await kept[0][1].wait_closed()
    for _ in range(50):  # our side notices in its own time
        reader, writer = await connected(transport)
        writer.write(MESSAGE)
        heard = asyncio.create_task(ear.heard.get())
        refused = asyncio.create_task(reader.read())
        done, waiting = await asyncio.wait([heard, refused], return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        writer.close()
        if heard in done:
            break
    else:
        raise AssertionError("the place of a closed connection was never given again")
    kept[1][1].close()
    await transport.close()
