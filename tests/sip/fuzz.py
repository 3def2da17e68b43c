"""A coverage-guided fuzzer of the parser and of the whole stack's input.

    python -m tests.sip.fuzz [--seconds 300] [--seed 1] [--target parser|stack|both]

It mutates messages, keeps those that reach lines of `sip/` which none before did, and stops at the
first input that breaks a promise: it prints the input as Python bytes, to paste into a test. The
promises: the parser raises nothing but MalformedMessage and reads back what it writes; the stack
logs no error, keeps to its bounds and goes on answering.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any, Final

import sip
from sip.address import Address
from sip.edges.transport import Failed, Receiver, Transport
from sip.edges.user_agent import UserAgent
from sip.errors import MalformedMessage
from sip.inspection import inspect_request
from sip.message import Request
from sip.parser import parse_message
from sip.serialiser import serialise
from sip.settings import SipSettings
from sip.stun import is_stun
from tests.sip.parties import ANSWER, PlainDirectory

FOLDER: Final = str(Path(sip.__file__).parent)
PEER: Final = Address("UDP", "127.0.0.1", 5070)
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
        ("UPDATE", "Min-SE: 90\r\n"),
        ("INFO", ""),
    )
)
SEEDS: Final = (
    *_REQUESTS,
    b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nf: <sip:a@h>;tag=1\r\n"
    b"t: <sip:b@h>;tag=2\r\ni: 1\r\nCSeq: 1 INVITE\r\nm: <sip:b@h>\r\nl: 0\r\n\r\n",
    b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes",
)
WORDS: Final = (
    *(b"\r\n", b"\r\n ", b"\r\n\r\n", b"\n\n", b"\0", b"\xff\xfe", b"%00", b"%", b'"', b"\\", b"<"),
    *(b">", b";", b",", b":", b"@", b"=", b"[::1]", b"4294967296", b"-1", b"tag=x", b"rport"),
    *(b"tel:+1", b"sips:", b"Require: x\r\n", b"Content-Length: 99999\r\n", b"lr", b"\xc3\xa9"),
)


class Broken(Exception):
    """An input broke a promise."""


@dataclass
class Corpus:
    """Inputs worth mutating, and the lines that all of them have reached."""

    rng: Random
    inputs: list[bytes] = field(default_factory=lambda: list(SEEDS))
    lines: set[tuple[CodeType, int]] = field(default_factory=set)

    def mutated(self) -> bytes:
        data = bytearray(self.rng.choice(self.inputs))
        for _ in range(self.rng.randint(1, 6)):
            self._mutate(data)
        return bytes(data[:8000])

    def _mutate(self, data: bytearray) -> None:
        rng = self.rng
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64)))
        match rng.randrange(6):
            case 0:
                data[at:end] = bytes(rng.randrange(256) for _ in range(end - at))
            case 1:
                del data[at:end]
            case 2:
                data[at:at] = data[at:end] * rng.choice((1, 2, 50))
            case 3:
                data[at:at] = rng.choice(WORDS)
            case 4:
                data[at:end] = rng.choice(WORDS)
            case _:
                other = rng.choice(self.inputs)
                cut = rng.randrange(len(other) + 1)
                data[at:] = other[cut:]


async def fuzz(
    target: Callable[[bytes], None], rng: Random, goes_on: Callable[[int], bool]
) -> Corpus:
    """Try inputs while `goes_on(how many so far)`.

    Raises:
        Broken: with the input that did it.
    """
    corpus, tried = Corpus(rng), 0
    for data in SEEDS:
        _reached(target, data, corpus.lines)
    while goes_on(tried):
        data = corpus.mutated()
        tried += 1
        before = len(corpus.lines)
        try:
            _reached(target, data, corpus.lines)
        except Exception as error:
            raise Broken(f"{data!r}: {error!r}") from error
        if len(corpus.lines) > before:
            corpus.inputs.append(data)
        if tried % 64 == 0:
            await asyncio.sleep(0)
    return corpus


def _reached(
    target: Callable[[bytes], None], data: bytes, lines: set[tuple[CodeType, int]]
) -> None:
    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        lines.add((frame.f_code, frame.f_lineno))
        return on_line

    def on_call(frame: FrameType, event: str, _: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(FOLDER) else None

    sys.settrace(on_call)
    try:
        target(data)
    finally:
        sys.settrace(None)


def parser(data: bytes) -> None:
    """What the parser takes, it reads the same again once written."""
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


class Stack:
    """A user agent that answers every call, bounded tightly."""

    def __init__(self, rng: Random) -> None:
        self._wires: list[Wire] = []
        self._errors: list[logging.LogRecord] = []
        self._now = 0.0
        self._limit = 200
        self.agent = UserAgent(
            SipSettings(transports=("UDP",), max_dialogs=50, max_transactions=self._limit),
            PlainDirectory(phones={"2001": "secret"}, trunk_hosts={PEER.host: "fuzz"}),
            on_call=lambda leg: leg.answer(ANSWER),
            on_binding=lambda _: None,
            rng=rng,
            transports=self._plug,
            clock=lambda: self._now,
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
        wire = self._wires[0]
        wire.receiver.received(data, PEER)
        if self._errors:
            raise AssertionError(self._errors[0].getMessage(), self._errors[0].exc_info)
        assert sum(self.agent.transaction_counts().values()) <= 2 * self._limit
        assert self.agent.dialog_count <= 50


async def run(target: str, seed: int, goes_on: Callable[[int], bool]) -> Corpus:
    rng = Random(seed)
    if target == "parser":
        return await fuzz(parser, rng, goes_on)
    async with Stack(Random(seed)) as stack:
        return await fuzz(stack.receive, rng, goes_on)


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--seconds", type=float, default=300.0)
    parse.add_argument("--seed", type=int, default=None)
    parse.add_argument("--target", choices=("parser", "stack", "both"), default="both")
    given = parse.parse_args()
    targets = ("parser", "stack") if given.target == "both" else (given.target,)
    seed = Random().randrange(2**32) if given.seed is None else given.seed
    for target in targets:
        end = time.monotonic() + given.seconds / len(targets)
        tried = 0

        def goes_on(count: int, end: float = end) -> bool:
            nonlocal tried
            tried = count
            return time.monotonic() < end

        try:
            corpus = asyncio.run(run(target, seed, goes_on))
        except Broken as broken:
            raise SystemExit(f"{target}, seed {seed}, after {tried} inputs: {broken}") from broken
        print(f"{target}: {tried} inputs, {len(corpus.lines)} lines, {len(corpus.inputs)} kept")


if __name__ == "__main__":
    main()
