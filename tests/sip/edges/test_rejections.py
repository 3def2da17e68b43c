"""Every reason for which a message is refused or dropped is reached, and counted once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest

from sip.address import Address
from sip.edges.streams import StreamTransport, listen_stream
from sip.errors import MalformedMessage
from sip.observer import NullObserver
from sip.rejections import Rejection, rejection_of
from sip.settings import SipSettings
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import OFFER, Party, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import ALICE, RAW, SERVICE_URI, TRUNKS, settings_at
from tests.virtual_time import in_virtual_time

HEAD: Final = (
    "OPTIONS {uri} {version}\r\nVia: {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
    "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n{more}\r\n"
)
STUN: Final = b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes"
PHONES: Final = {"2001": "secret"}


class Counted(NullObserver):
    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def rejected(self, reason: str) -> None:
        self.reasons[reason] += 1


def written(
    raw: RawPeer, *, uri: str = "sip:us@d", version: str = "SIP/2.0", more: str = ""
) -> bytes:
    return HEAD.format(uri=uri, version=version, via=raw.via, more=more).encode()


async def guess_until_banned(raw: RawPeer) -> None:
    """Each guess answers a nonce of ours, or it would not be one."""
    raw.send(raw.request("REGISTER", "sip:example.test", cseq=1))
    nonce = next(
        value.partition('nonce="')[2].partition('"')[0]
        for name, value in (await raw.next_response(401)).headers
        if name == "WWW-Authenticate"
    )
    proof = (
        f'Digest username="2001", realm="sentral", nonce="{nonce}", uri="sip:example.test", '
        f'algorithm=MD5, response="{"0" * 32}"'
    )
    raw.send(
        raw.request("REGISTER", "sip:example.test", headers=(("Authorization", proof),), cseq=2)
    )
    await raw.next_response(403)
    raw.send(written(raw))


async def flood(raw: RawPeer) -> None:
    for number in range(3):
        raw.send(raw.request("PUBLISH", SERVICE_URI, call_id=str(number)))


async def ask_too_often(raw: RawPeer) -> None:
    for number in range(200):
        raw.send(raw.request("OPTIONS", SERVICE_URI, call_id=str(number)))


async def keep_too_alive(raw: RawPeer) -> None:
    for _ in range(200):
        raw.send(STUN)


async def call_twice(raw: RawPeer) -> None:
    for _ in range(2):  # each with a branch of its own
        raw.send(raw.request("INVITE", SERVICE_URI, body=OFFER))


async def open_too_many(raw: RawPeer) -> None:
    for number in range(2):
        raw.send(raw.request("OPTIONS", SERVICE_URI, call_id=str(number)))


def saying(make: Callable[[RawPeer], bytes]) -> Callable[[RawPeer], Awaitable[None]]:
    async def say(raw: RawPeer) -> None:
        raw.send(make(raw))

    return say


STRAY: Final = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bKnobody\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"
)
LIMITS: Final[Mapping[Rejection, dict[str, object]]] = {
    Rejection.BANNED: {"ban_after_failures": 1},
    Rejection.CREDENTIALS: {"ban_after_failures": 100},
    Rejection.RATE: {"requests_burst": 2, "requests_per_s": 1},
    Rejection.TRANSACTIONS: {"max_transactions": 1},
}
MESSAGES: Final[Mapping[Rejection, Callable[[RawPeer], Awaitable[None]]]] = {
    Rejection.MALFORMED: saying(lambda raw: written(raw, more="a line without a colon\r\n")),
    Rejection.VERSION: saying(lambda raw: written(raw, version="SIP/3.0")),
    Rejection.SCHEME: saying(lambda raw: written(raw, uri="news:comp")),
    Rejection.BODY_TOO_LARGE: saying(lambda raw: written(raw, more="l: 70000\r\n")),
    Rejection.HEADERS_TOO_LARGE: saying(lambda raw: written(raw, more=f"s: {'x' * 17_000}\r\n")),
    Rejection.BANNED: guess_until_banned,
    Rejection.CREDENTIALS: guess_until_banned,
    Rejection.RATE: flood,
    Rejection.OPTIONS_RATE: ask_too_often,
    Rejection.STUN_RATE: keep_too_alive,
    Rejection.TRANSACTIONS: open_too_many,
    Rejection.MERGED: call_twice,
    Rejection.STRAY_RESPONSE: saying(lambda _: STRAY),
    Rejection.STRAY_ACK: saying(
        lambda raw: (
            written(raw).replace(b"OPTIONS", b"ACK").replace(b"<sip:c@d>", b"<sip:c@d>;tag=x")
        )
    ),
}


@pytest.mark.parametrize("reason", MESSAGES)
@in_virtual_time
async def test_a_message_is_refused_or_dropped(reason: Rejection) -> None:
    network, counted = MemoryNetwork(), Counted()
    trusted = reason is Rejection.MERGED
    party = Party(
        settings_at(ALICE, **LIMITS.get(reason, {})),
        PlainDirectory(phones=PHONES, trunk_hosts=TRUNKS if trusted else {}),
        transports=network.open,
        observer=counted,
    )
    await party.agent.start()
    raw = await RawPeer(party.address).open(network.open, RAW)
    await MESSAGES[reason](raw)
    await asyncio.sleep(0.1)
    assert counted.reasons[reason] >= 1, counted.reasons
    others = {Rejection.CREDENTIALS, *MESSAGES} - {reason}
    if reason is Rejection.BANNED:
        others.remove(Rejection.CREDENTIALS)
    assert not others & counted.reasons.keys()
    await party.agent.stop()


# ---- connections


class Ear:
    """Hears why connections were ended."""

    def __init__(self) -> None:
        self.reasons: asyncio.Queue[Rejection] = asyncio.Queue()
        self.heard: asyncio.Queue[Address] = asyncio.Queue()

    def received(self, data: bytes, source: Address) -> None:
        self.heard.put_nowait(source)

    def unframed(self, error: MalformedMessage, source: Address) -> None: ...

    def cut_off(self, peer: Address, reason: Rejection) -> None:
        self.reasons.put_nowait(reason)

    def disconnected(self, peer: Address) -> None: ...


async def crowd(transport: StreamTransport, ear: Ear) -> list[asyncio.StreamWriter]:
    return [(await asyncio.open_connection("127.0.0.1", transport.local.port))[1] for _ in range(2)]


async def say_half(transport: StreamTransport, ear: Ear) -> list[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection("127.0.0.1", transport.local.port)
    writer.write(b"OPTIONS sip:x SIP/2.0\r\n")
    return [writer]


async def never_read(transport: StreamTransport, ear: Ear) -> list[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection("127.0.0.1", transport.local.port, limit=1024)
    writer.write(b"OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n")
    source = await ear.heard.get()
    for _ in range(1000):
        if not ear.reasons.empty():
            break
        transport.send(b"x" * 60_000, source, lambda _: None)
        await asyncio.sleep(0)
    return [writer]


CONNECTIONS: Final = {
    Rejection.CONNECTIONS: (crowd, SipSettings(max_connections_per_host=1)),
    Rejection.SLOW_SENDER: (say_half, SipSettings(slow_message_s=0.05)),
    Rejection.SLOW_READER: (never_read, SipSettings(connection_buffer_bytes=65_536)),
}


@pytest.mark.parametrize("reason", CONNECTIONS)
async def test_a_connection_is_refused_or_ended(reason: Rejection) -> None:
    misbehave, settings = CONNECTIONS[reason]
    ear = Ear()
    transport = await listen_stream(Address("TCP", "127.0.0.1", 0), ear, settings)
    writers = await misbehave(transport, ear)
    async with asyncio.timeout(60):
        assert await ear.reasons.get() is reason
    for writer in writers:
        writer.close()
    await transport.close()


def test_no_reason_is_without_its_way_there() -> None:
    assert set(Rejection) == {*MESSAGES, *CONNECTIONS}


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "status_404"), (600, "status_600"), (302, None), (401, None), (407, None), (487, None)],
)
def test_a_refusing_answer_is_counted_by_its_status(status: int, reason: str | None) -> None:
    assert rejection_of(status) == reason
