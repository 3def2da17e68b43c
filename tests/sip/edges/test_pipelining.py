"""Many messages in one segment, and one in many: the whole stack on real TCP and TLS connections.

RFC 3261 §18.3. The peer is played by asyncio's own streams, which frame by Content-Length.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

import pytest

from sip.dialogs.leg_events import Confirmed, HungUp
from sip.message import Message, Request, Response, header, response_to
from sip.parser import parse_message
from sip.serialiser import serialise
from sip.settings import ListenerSettings, SipSettings, TlsSettings
from tests.sip.authority import Authority, address
from tests.sip.parties import OFFER, Party, PlainDirectory
from tests.sip.raw_peer import branch

PATIENCE_S: Final = 30.0
HOST: Final = "127.0.0.1"
DIRECTORY = PlainDirectory(trunk_hosts={HOST: "loopback"})
LISTENER = ListenerSettings(name="tls", transport="TLS", listen=HOST, port=0)
US: Final = "sip:1000@example.test"
QUESTIONS: Final = 20


class Wire:
    """One connection to the party, whose writes are the test's own."""

    def __init__(
        self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.kind = kind
        self._reader = reader
        self._writer = writer
        self.port: int = writer.get_extra_info("sockname")[1]

    async def write(self, *pieces: bytes) -> None:
        """Each piece leaves by itself: asyncio sends at once, and TCP_NODELAY is its default."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def next(self) -> Message:
        line = b"\r\n"
        while line == b"\r\n":  # the answers to our keep-alives
            line = await self._reader.readuntil(b"\r\n")
        head = line + await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        return parse_message(head + await self._reader.readexactly(length))

    async def final_responses(self, count: int) -> list[Response]:
        found: list[Response] = []
        while len(found) < count:
            message = await self.next()
            assert isinstance(message, Response)
            if message.status >= 200:
                found.append(message)
        return found

    def request(self, method: str, *, call_id: str, cseq: int, to: str = "") -> Request:
        body = OFFER if method == "INVITE" else b""
        session = (("Content-Type", "application/sdp"),) if body else ()
        via = f"SIP/2.0/{self.kind} {HOST}:{self.port};branch={branch()};rport"
        return Request(
            method,
            US,
            (
                ("Via", via),
                ("Max-Forwards", "70"),
                ("From", "<sip:raw@example.test>;tag=raw"),
                ("To", to or f"<{US}>"),
                ("Call-ID", call_id),
                ("CSeq", f"{cseq} {method}"),
                ("Contact", f"<sip:raw@{HOST}:{self.port};transport={self.kind.lower()}>"),
                *session,
            ),
            body,
        )


@asynccontextmanager
async def connected(kind: str, folder: Path) -> AsyncIterator[tuple[Party, Wire]]:
    authority = Authority(folder)
    ours = authority.issue("us", [address(HOST)])
    tls = TlsSettings(certificate=ours.certificate, key=ours.key, authorities=authority.file)
    settings = SipSettings(port=0, transports=("TCP",), tls=tls, listeners=(LISTENER,))
    party = Party(settings, DIRECTORY)
    await party.agent.start()
    to = next(each for each in party.agent.listening if each.transport == kind)
    context = ssl.create_default_context(cafile=authority.file) if kind == "TLS" else None
    reader, writer = await asyncio.open_connection(HOST, to.port, ssl=context)
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield party, Wire(kind, reader, writer)
    finally:
        writer.close()
        await party.agent.stop()


def cut(data: bytes, rng: Random) -> Iterator[bytes]:
    """The same bytes in pieces of any size, many of them tiny."""
    edges = sorted({0, len(data), *(rng.randrange(len(data)) for _ in range(60))})
    return (data[start:end] for start, end in pairwise(edges))


def whole(data: bytes) -> Iterator[bytes]:
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


CUTS = {
    "one segment": whole,
    "anywhere": lambda data: cut(data, Random(1)),
    "elsewhere": lambda data: cut(data, Random(2)),
    "byte by byte": byte_by_byte,
}


@pytest.mark.parametrize("pieces", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("kind", ["TCP", "TLS"])
async def test_however_they_are_cut_each_request_gets_its_own_answer(
    kind: str, pieces: Callable[[bytes], Iterator[bytes]], tmp_path: Path
) -> None:
    async with connected(kind, tmp_path) as (party, wire):
        questions = [
            wire.request("OPTIONS", call_id=f"question {n}", cseq=n + 1) for n in range(QUESTIONS)
        ]
        invite = wire.request("INVITE", call_id="a call", cseq=1)
        first = [*questions[:7], invite, *questions[7:]]
        await wire.write(*pieces(b"\r\n\r\n".join(serialise(each) for each in first)))
        answers = await wire.final_responses(len(first))
        assert Counter(matched(each) for each in answers) == Counter(map(matched, first))
        assert {each.status for each in answers} == {200}

        ok = next(each for each in answers if header(each, "CSeq").endswith("INVITE"))
        rest = [
            wire.request("ACK", call_id="a call", cseq=1, to=header(ok, "To")),
            wire.request("OPTIONS", call_id="a call", cseq=2, to=header(ok, "To")),
            wire.request("BYE", call_id="a call", cseq=3, to=header(ok, "To")),
            wire.request("BYE", call_id="a call", cseq=4, to=header(ok, "To")),
        ]
        await wire.write(*pieces(b"".join(serialise(each) for each in rest)))
        ended = await wire.final_responses(3)
        statuses = {header(each, "CSeq"): each.status for each in ended}
        assert statuses == {"2 OPTIONS": 200, "3 BYE": 200, "4 BYE": 481}
        assert party.events == [Confirmed(), HungUp()]


def matched(message: Message) -> tuple[str, str, str]:
    """What a client matches an answer by, §17.1.3, and the call that it is about."""
    way = header(message, "Via").partition("branch=")[2].partition(";")[0]
    return way, header(message, "CSeq"), header(message, "Call-ID")


async def test_their_answer_and_their_next_request_share_a_segment(tmp_path: Path) -> None:
    """Our requests go the other way on the same connection, and find their answers there."""
    async with connected("TCP", tmp_path) as (party, wire):
        invites = [wire.request("INVITE", call_id=f"call {n}", cseq=1) for n in range(3)]
        await wire.write(b"".join(serialise(each) for each in invites))
        tags = {
            header(each, "Call-ID"): header(each, "To") for each in await wire.final_responses(3)
        }
        acks = [wire.request("ACK", call_id=name, cseq=1, to=to) for name, to in tags.items()]
        await wire.write(b"".join(serialise(each) for each in acks))
        await party.until_heard(3)
        for leg in party.legs:
            leg.hang_up()
        byes = [await wire.next() for _ in range(3)]
        parts: list[bytes] = []
        for n, bye in enumerate(reversed(byes)):  # out of order, each with a question behind it
            assert isinstance(bye, Request)
            assert bye.method == "BYE"
            question = wire.request("OPTIONS", call_id=f"question {n}", cseq=1)
            parts += [serialise(response_to(bye, 200)), serialise(question)]
        await wire.write(b"".join(parts))
        answers = await wire.final_responses(3)
        assert {header(each, "Call-ID") for each in answers} == {f"question {n}" for n in range(3)}
        await party.agent.drained()


async def test_a_message_that_breaks_the_stream_does_not_take_those_before_it(
    tmp_path: Path,
) -> None:
    async with connected("TCP", tmp_path) as (_, wire):
        good = wire.request("OPTIONS", call_id="good", cseq=1)
        endless = wire.request("OPTIONS", call_id="endless", cseq=1)
        broken = serialise(endless).replace(b"Content-Length: 0", b"Content-Length: x")
        assert broken != serialise(endless)
        await wire.write(serialise(good) + broken + serialise(good))
        answered = await wire.final_responses(2)
        assert [(header(each, "Call-ID"), each.status) for each in answered] == [
            ("good", 200),
            ("endless", 400),
        ]
        with pytest.raises(asyncio.IncompleteReadError):
            await wire.next()  # nobody knows where the next one would begin
