"""Calls over real sockets with T1 = 50 ms, and hostile bytes on them."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from random import Random
from typing import Literal

import pytest

from sip.address import Address
from sip.dialogs.leg_events import Answered, Confirmed, HungUp, Rejected, Ringing
from sip.edges.sip_leg import SipLeg
from sip.edges.transport import ListenFailed
from sip.settings import SipSettings
from tests.sip.parties import ANSWER, Party, PlainDirectory

T1_S = 0.05
DIRECTORY = PlainDirectory(trunk_hosts={"127.0.0.1": "loopback"})


def settings(*transports: Literal["UDP", "TCP"]) -> SipSettings:
    return SipSettings(port=0, transports=transports, t1_s=T1_S, t2_s=8 * T1_S, t4_s=0.2)


def ring_and_answer(party: Party, leg: SipLeg) -> None:
    leg.ring()
    leg.answer(ANSWER)


def ring(party: Party, leg: SipLeg) -> None:
    leg.ring()


@contextlib.asynccontextmanager
async def parties(
    *transports: Literal["UDP", "TCP"],
) -> AsyncIterator[tuple[Party, Party]]:
    alice = Party(settings(*transports), DIRECTORY, seed=1)
    bob = Party(settings(*transports), DIRECTORY, seed=2, on_call=ring_and_answer)
    await alice.agent.start()
    await bob.agent.start()
    try:
        yield alice, bob
    finally:
        await alice.agent.stop()
        await bob.agent.stop()


def uri(address: Address) -> str:
    return f"sip:bob@{address.host}:{address.port};transport={address.transport.lower()}"


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
async def test_a_call_from_start_to_end(kind: Literal["UDP", "TCP"]) -> None:
    async with parties(kind) as (alice, bob):
        leg = alice.call(uri(bob.address))
        await bob.until(Confirmed)
        leg.hang_up(cause="done")
        await bob.until(HungUp)
        assert alice.events == [Ringing(180), Answered(ANSWER)]
        assert bob.events == [Confirmed(), HungUp("done")]
        await alice.agent.drained()
        await bob.agent.drained()


async def test_a_call_to_nobody_is_told_as_408_by_udp_and_503_by_tcp() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with parties("UDP", "TCP") as (alice, _):
            alice.call(f"sip:bob@127.0.0.1:{port};transport=udp")
            alice.call(f"sip:bob@127.0.0.1:{port};transport=tcp")
            await alice.until_heard(2)
            statuses = {n: e.status for n, e in alice.heard if isinstance(e, Rejected)}
            assert statuses == {0: 408, 1: 503}


async def test_both_transports_share_one_port() -> None:
    async with parties("UDP", "TCP") as (alice, _):
        udp, tcp = alice.agent.listening
        assert (udp.transport, tcp.transport) == ("UDP", "TCP")
        assert udp.port == tcp.port


async def test_a_port_in_use_is_said_in_one_line() -> None:
    async with parties("UDP", "TCP") as (alice, _):
        taken = alice.agent.listening[0].port
        late = Party(SipSettings(port=taken), DIRECTORY)
        with pytest.raises(ListenFailed) as failure:
            await late.agent.start()
        assert (
            str(failure.value) == f"cannot listen on UDP 127.0.0.1:{taken}: Address already in use"
        )


MALFORMED = {
    "no SIP at all": (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", None),
    "binary": (bytes(range(256)) * 4, None),
    "nothing": (b"\r\n\r\n", None),
    "a response out of the blue": (
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK0\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        None,
    ),
    "a bad CSeq": (
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;rport\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: one INVITE\r\n\r\n",
        400,
    ),
    "an impossible port in Via": (
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:99999;branch=z9hG4bK2\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 2\r\nCSeq: 1 OPTIONS\r\n\r\n",
        400,
    ),
    "another version": (
        b"OPTIONS sip:a@b SIP/7.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK3;rport\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 3\r\nCSeq: 1 OPTIONS\r\n\r\n",
        505,
    ),
    "a body cut short": (
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK4;rport\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 4\r\nCSeq: 1 INVITE\r\n"
        b"Content-Length: 100\r\n\r\nv=0",
        400,
    ),
    "an unreadable From": (
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK5;rport\r\n"
        b'From: "never closed <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 5\r\n'
        b"CSeq: 1 INVITE\r\n\r\n",
        400,
    ),
    "a malformed ACK": (
        b"ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK6;rport\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: sip:\r\nCall-ID: 6\r\nCSeq: 1 ACK\r\n\r\n",
        None,
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_hostile_datagrams_get_an_answer_or_silence(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    data, status = MALFORMED[case]
    async with parties("UDP") as (alice, _):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind(("127.0.0.1", 0))
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(sock, data, (alice.address.host, alice.address.port))
            await loop.sock_sendto(
                sock, well_formed(sock), (alice.address.host, alice.address.port)
            )
            answers = [await loop.sock_recv(sock, 65_535)]
            if status is not None:
                answers.append(await loop.sock_recv(sock, 65_535))
        statuses = [int(answer.split()[1]) for answer in answers]
        assert statuses == ([status] if status else []) + [200]
    assert "Traceback" not in caplog.text


def well_formed(sock: socket.socket) -> bytes:
    """OPTIONS: its answer shows that the socket still lives."""
    port = sock.getsockname()[1]
    return (
        "OPTIONS sip:us@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKok\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:us@127.0.0.1>\r\nCall-ID: ok\r\nCSeq: 1 OPTIONS\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


async def test_noise_of_many_lengths_leaves_the_socket_alive(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    rng = Random(7)
    valid = b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKn;rport\r\n\r\n"
    async with parties("UDP") as (alice, _):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind(("127.0.0.1", 0))
            loop, to = asyncio.get_running_loop(), (alice.address.host, alice.address.port)
            for _ in range(300):
                noise = bytearray(valid + rng.randbytes(rng.randrange(200)))
                for _ in range(5):
                    noise[rng.randrange(len(noise))] = rng.randrange(256)
                await loop.sock_sendto(sock, bytes(noise), to)
            await loop.sock_sendto(sock, well_formed(sock), to)
            while not (await loop.sock_recv(sock, 65_535)).startswith(b"SIP/2.0 200"):
                pass
    assert "Traceback" not in caplog.text


async def test_a_tcp_peer_that_sends_nonsense_is_closed_and_others_served() -> None:
    async with parties("TCP") as (alice, _):
        reader, writer = await asyncio.open_connection(alice.address.host, alice.address.port)
        writer.write(b"NONSENSE" * 4000 + b"\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection(alice.address.host, alice.address.port)
        writer.write(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"\r\n"
        request = well_formed_tcp()
        writer.write(request[:50])
        writer.write(request[50:])
        assert (await reader.readline()).startswith(b"SIP/2.0 200")
        writer.close()


def well_formed_tcp() -> bytes:
    return (
        b"OPTIONS sip:us@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKok\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:us@127.0.0.1>\r\nCall-ID: ok\r\nCSeq: 1 OPTIONS\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


async def test_a_call_is_cancelled() -> None:
    alice = Party(settings("UDP"), DIRECTORY, seed=1)
    bob = Party(settings("UDP"), DIRECTORY, seed=2, on_call=ring)
    await alice.agent.start()
    await bob.agent.start()
    leg = alice.call(uri(bob.address))
    await alice.until(Ringing)
    leg.hang_up()
    assert await bob.until(HungUp) == HungUp(cancelled=True)
    await alice.agent.drained()
    await bob.agent.drained()
    await alice.agent.stop()
    await bob.agent.stop()
