"""What the fuzzer feeds, and what each must promise whatever it is fed.

The parser raises nothing but MalformedMessage and reads back what it writes. The stack logs no
error, keeps to its bounds, gives each refusal one of the known reasons and goes on answering. A
stream comes to the same however it is cut into reads, bare or in WebSocket frames.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from itertools import pairwise
from random import Random
from typing import Final, TypeAlias
from zlib import crc32

from websockets.frames import Frame, Opcode

from sip.address import Address
from sip.edges.stream_codec import PlainCodec, StreamCodec
from sip.edges.transport import Failed, Receiver, Transport
from sip.edges.user_agent import UserAgent
from sip.edges.websocket import WebSocketCodec
from sip.errors import MalformedMessage
from sip.inspection import inspect_request
from sip.message import Request
from sip.observer import NullObserver
from sip.parser import parse_message
from sip.redirection import diversion_headers, read_diversions
from sip.rejections import Rejection
from sip.serialiser import serialise
from sip.settings import SipSettings
from sip.stun import is_stun
from tests.media.sdp.fuzz_target import SEEDS as BODIES
from tests.media.sdp.fuzz_target import negotiation
from tests.sip.parties import ANSWER, PlainDirectory

PEERS: Final = (Address("UDP", "127.0.0.1", 5070), Address("TCP", "127.0.0.1", 40_000))

_REQUESTS: Final = tuple(
    (
        f"{method} sip:1000@127.0.0.1 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKfuzz;rport\r\n"
        "Max-Forwards: 70\r\n"
        'From: "F" <sip:fuzz@127.0.0.1>;tag=f\r\n'
        "To: <sip:1000@127.0.0.1>\r\n"
        f"Call-ID: fuzz@127.0.0.1\r\nCSeq: 1 {method}\r\n"
        "Contact: <sip:fuzz@127.0.0.1:5070>\r\n"
        f"{extra}Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    ).encode()
    for method, extra in (
        ("INVITE", "Supported: 100rel, timer\r\nSession-Expires: 1800;refresher=uac\r\n"),
        ("INVITE", "Require: 100rel\r\nRecord-Route: <sip:127.0.0.9;lr>, <sip:127.0.0.8>\r\n"),
        ("REGISTER", 'Authorization: Digest username="2001", realm="sentral", nonce="n"\r\n'),
        ("OPTIONS", "Accept: application/sdp\r\n"),
        ("BYE", "Reason: Q.850;cause=16\r\n"),
        ("ACK", ""),
        ("CANCEL", ""),
        ("PRACK", "RAck: 1 1 INVITE\r\n"),
        ("REFER", "Refer-To: <sip:a@h?Replaces=x%3Bto-tag%3D1>\r\n"),
        ("REFER", "Refer-To: <sip:a@h>\r\nTarget-Dialog: fuzz;local-tag=1;remote-tag=2\r\n"),
        ("UPDATE", "Min-SE: 90\r\n"),
        ("SUBSCRIBE", "Event: refer;id=1\r\nExpires: 60\r\n"),
        (
            "INVITE",
            "Privacy: id;critical\r\nDiversion: <sip:1@h>;reason=no-answer;privacy=full\r\n",
        ),
        (
            "INVITE",
            "Privacy: none\r\nHistory-Info: <sip:1@h?Privacy=history>;index=1, <sip:2@h>\r\n",
        ),
        ("INFO", ""),
    )
)
REASONS: Final = frozenset(Rejection)
SEEDS: Final = (
    *_REQUESTS,
    b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nf: <sip:a@h>;tag=1\r\n"
    b"t: <sip:b@h>;tag=2\r\ni: 1\r\nCSeq: 1 INVITE\r\nm: <sip:b@h>\r\nl: 0\r\n\r\n",
    b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes",
)


def parser(data: bytes) -> None:
    """What the parser takes, it reads the same again once written; any past of a call is told."""
    try:
        message = parse_message(data)
    except MalformedMessage as error:
        if error.partial is not None:
            serialise(error.partial)
        return
    again = parse_message(serialise(message))
    kept = [pair for pair in message.headers if pair[0] != "Content-Length"]
    assert [pair for pair in again.headers if pair[0] != "Content-Length"] == kept
    assert again.body == message.body
    diversion_headers(read_diversions(message), style="history_info", domain="h", target="sip:9@h")
    if isinstance(message, Request):
        with suppress(MalformedMessage):
            inspect_request(message)


class Wire:
    """The stack's only transport: what it sends is thrown away."""

    def __init__(self, local: Address, receiver: Receiver) -> None:
        self.local = local
        self.receiver = receiver
        self.sent = 0

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        self.sent += 1
        assert is_stun(data) or data.startswith((b"SIP/2.0 ", b"BYE ", b"OPTIONS ")), data[:80]

    def keep_alive(self, to: Address) -> None:
        self.sent += 1

    def reaches(self, to: Address) -> bool:
        return True

    async def close(self) -> None: ...


class Reasons(NullObserver):
    def rejected(self, reason: str) -> None:
        assert reason in REASONS or reason.startswith("status_"), reason


class Stack:
    """A user agent that answers every call, bounded tightly."""

    def __init__(self, rng: Random) -> None:
        self._wires: list[Wire] = []
        self._errors: list[logging.LogRecord] = []
        self._limit = 200
        self.agent = UserAgent(
            SipSettings(max_dialogs=50, max_transactions=self._limit),
            PlainDirectory(phones={"2001": "secret"}, trunk_hosts={PEERS[0].host: "fuzz"}),
            on_call=lambda leg: leg.answer(ANSWER),
            on_binding=lambda _: None,
            rng=rng,
            transports=self._plug,
            clock=asyncio.get_running_loop().time,
            observer=Reasons(),
        )

    async def _plug(self, address: Address, receiver: Receiver, _: SipSettings) -> Transport:
        self._wires.append(Wire(address, receiver))
        return self._wires[-1]

    async def __aenter__(self) -> "Stack":
        self._handler = logging.Handler(logging.ERROR)
        self._handler.emit = self._errors.append  # type: ignore[method-assign,assignment]
        logging.getLogger("sip").addHandler(self._handler)
        await self.agent.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        logging.getLogger("sip").removeHandler(self._handler)
        await self.agent.stop()

    def receive(self, data: bytes) -> None:
        """By UDP or TCP, always the same for the same bytes."""
        peer = PEERS[crc32(data) % len(PEERS)]
        self._wires[0].receiver.received(data, peer)
        if self._errors:
            raise AssertionError(self._errors[0].getMessage(), self._errors[0].exc_info)
        assert sum(self.agent.transaction_counts().values()) <= 2 * self._limit
        assert self.agent.dialog_count <= 50


# ---- streams

Fed: TypeAlias = tuple[list[bytes], bytes, bool]
HANDSHAKE: Final = (
    b"GET / HTTP/1.1\r\nHost: sip.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)
FRAMES: Final = tuple(
    b"".join(Frame(opcode, data, fin).serialize(mask=True) for opcode, data, fin in frames)
    for frames in (
        [(Opcode.TEXT, _REQUESTS[3], True)],
        [(Opcode.BINARY, _REQUESTS[0][:100], False), (Opcode.CONT, _REQUESTS[0][100:], True)],
        [(Opcode.PING, b"still there?", True), (Opcode.TEXT, b"\r\n\r\n", True)],
        [(Opcode.TEXT, _REQUESTS[4], True), (Opcode.CLOSE, b"\x03\xe8bye", True)],
    )
)
LONGEST_FRAMES: Final = 4_000


def browser() -> StreamCodec:
    """Behind its handshake."""
    codec = WebSocketCodec(LONGEST_FRAMES)
    assert codec.feed(HANDSHAKE).reply.startswith(b"HTTP/1.1 101 ")
    return codec


def comes_to_the_same(open_codec: Callable[[], StreamCodec]) -> Callable[[bytes], None]:
    def target(data: bytes) -> None:
        whole = fed(open_codec(), [data])
        assert fed(open_codec(), pieces(data, Random(crc32(data)))) == whole
        assert fed(open_codec(), [data[at : at + 1] for at in range(len(data))]) == whole

    return target


def fed(codec: StreamCodec, reads: Sequence[bytes]) -> Fed:
    messages: list[bytes] = []
    replies = b""
    for data in reads:
        found, reply, broken = codec.feed(data)
        messages += found
        replies += reply
        if broken is not None:
            return messages, replies, True
        if codec.ended:
            break
    return messages, replies, False


def pieces(data: bytes, rng: Random) -> list[bytes]:
    cuts = [0, *sorted(rng.randrange(len(data) + 1) for _ in range(rng.randint(1, 9))), len(data)]
    return [data[start:end] for start, end in pairwise(cuts)]


# ---- all of them

Running: TypeAlias = AbstractAsyncContextManager[tuple[Callable[[bytes], None], Sequence[bytes]]]


@asynccontextmanager
async def stack(rng: Random) -> AsyncIterator[tuple[Callable[[bytes], None], Sequence[bytes]]]:
    async with Stack(rng) as running:
        yield running.receive, SEEDS


def plain(target: Callable[[bytes], None], seeds: Sequence[bytes]) -> Callable[[Random], Running]:
    @asynccontextmanager
    async def running(
        rng: Random,
    ) -> AsyncIterator[tuple[Callable[[bytes], None], Sequence[bytes]]]:
        yield target, seeds

    return running


TARGETS: Final[Mapping[str, Callable[[Random], Running]]] = {
    "parser": plain(parser, SEEDS),
    "stack": stack,
    "stream": plain(comes_to_the_same(PlainCodec), (*SEEDS, b"\r\n\r\n".join(_REQUESTS))),
    "websocket": plain(comes_to_the_same(browser), FRAMES),
    "sdp": plain(negotiation, BODIES),
}
