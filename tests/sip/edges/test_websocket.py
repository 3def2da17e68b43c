"""SIP over WebSocket, spoken to us by an independent client as a browser does: RFC 7118."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from sip.address import Address
from sip.dialogs.leg_events import Answered
from sip.message import Request, Response, header, response_to
from sip.parser import parse_message
from sip.serialiser import serialise
from sip.settings import ListenerSettings, SipSettings
from tests.sip.parties import ANSWER, OFFER, Party, PlainDirectory
from tests.sip.people import with_credentials

SIP = [Subprotocol("sip")]
HOST = "df7jal23ls0d.invalid"  # a browser does not know its address, §5
DIRECTORY = PlainDirectory(phones={"2001": "pass-2001"})


@asynccontextmanager
async def served(max_message_bytes: int = 65_535) -> AsyncIterator[tuple[Party, str]]:
    listener = ListenerSettings(name="browsers", transport="WS", listen="127.0.0.1", port=0)
    settings = SipSettings(
        port=0,
        transports=("UDP",),
        listeners=(listener,),
        domain="example.test",
        max_message_bytes=max_message_bytes,
    )
    party = Party(settings, DIRECTORY)
    await party.agent.start()
    try:
        yield party, f"ws://127.0.0.1:{party.agent.listening[1].port}"
    finally:
        await party.agent.stop()


def request(method: str, *, cseq: int = 1, body: bytes = b"") -> Request:
    uri = "sip:example.test" if method == "REGISTER" else "sip:1001@example.test"
    return Request(
        method,
        uri,
        (
            ("Via", f"SIP/2.0/WS {HOST};branch=z9hG4bK{method}{cseq}"),
            ("Max-Forwards", "70"),
            ("From", "<sip:2001@example.test>;tag=b"),
            ("To", "<sip:2001@example.test>" if method == "REGISTER" else f"<{uri}>"),
            ("Call-ID", f"{method}@{HOST}"),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<sip:2001@{HOST};transport=ws>"),
            *((("Content-Type", "application/sdp"),) if body else ()),
        ),
        body,
    )


async def ask(socket: ClientConnection, message: Request) -> Response:
    await socket.send(serialise(message).decode())
    while True:
        response = parse_message(as_bytes(await socket.recv()))
        assert isinstance(response, Response)
        if response.status >= 200:
            return response


def as_bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


async def register(socket: ClientConnection) -> Response:
    challenge = await ask(socket, request("REGISTER"))
    assert challenge.status == 401
    again = with_credentials(request("REGISTER", cseq=2), challenge, "2001", "pass-2001")
    return await ask(socket, again)


async def test_a_browser_registers_and_is_called_over_its_connection() -> None:
    async with served() as (party, url), connect(url, subprotocols=SIP) as socket:
        assert (await register(socket)).status == 200
        target = party.agent.location.target("2001", asyncio.get_running_loop().time())
        assert target is not None
        assert target.address is not None
        assert target.address.transport == "WS"
        party.call_target(target)
        invite = parse_message(as_bytes(await socket.recv()))
        assert isinstance(invite, Request)
        assert header(invite, "Via").startswith("SIP/2.0/WS 127.0.0.1:")
        assert ";transport=ws" in header(invite, "Contact")
        headers = (
            ("Contact", f"<sip:2001@{HOST};transport=ws>"),
            ("Content-Type", "application/sdp"),
        )
        ok = response_to(invite, 200, to_tag="b2", headers=headers, body=ANSWER)
        await socket.send(serialise(ok).decode())
        await party.until(Answered)
        ack = parse_message(as_bytes(await socket.recv()))
        assert isinstance(ack, Request)
        assert ack.method == "ACK"


async def test_bytes_that_are_no_text_come_in_binary_and_fragments_are_put_together() -> None:
    async with served() as (_, url), connect(url, subprotocols=SIP) as socket:
        data = serialise(request("OPTIONS")).decode()
        await socket.send([data[:10], data[10:50], data[50:]])
        response = parse_message(as_bytes(await socket.recv()))
        assert isinstance(response, Response)
        assert response.status == 200
        assert "received=127.0.0.1" in header(response, "Via")


async def test_a_connection_that_closes_takes_its_registration_along() -> None:
    async with served() as (party, url):
        async with connect(url, subprotocols=SIP) as socket:
            assert (await register(socket)).status == 200
            assert [change.reachable for change in party.bindings] == [True]
        await party.until_bound(2)
        assert party.bindings[1].reason == "unreachable"


async def test_another_subprotocol_is_turned_away() -> None:
    async with served() as (_, url):
        with pytest.raises(InvalidStatus):
            await connect(url, subprotocols=[Subprotocol("chat")])
        with pytest.raises(InvalidStatus):
            await connect(url)


async def test_a_message_too_long_ends_the_connection() -> None:
    async with served(max_message_bytes=2000) as (_, url), connect(url, subprotocols=SIP) as socket:
        await socket.send("x" * 3000)
        with pytest.raises(ConnectionClosed):
            await socket.recv()


async def test_noise_instead_of_a_handshake_is_cut_off() -> None:
    async with served() as (party, _):
        host, port = "127.0.0.1", party.agent.listening[1].port
        for noise in (b"\x00" * 64, os.urandom(300), serialise(request("OPTIONS", body=OFFER))):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(noise + b"\r\n\r\n")
            await reader.read()
            writer.close()


async def test_a_browser_cannot_be_called_back() -> None:
    async with served() as (party, _):
        failures: list[int] = []
        gone = Address("WS", "127.0.0.1", 9, "browsers")
        transport = party.agent._listeners.transport(gone)
        assert transport is not None
        transport.send(b"x", gone, lambda error: failures.append(error.status))
        assert failures == [503]
