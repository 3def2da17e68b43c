"""What reading and writing SIP costs: CPU per message, and per plain call of a user agent server.

    python -m bench.sip.parse [--messages 3000] [--calls 500] [--rounds 5]

A message is parsed, all its addresses are read, and it is written again; its body stays bytes.
No two messages are alike in what differs between calls, so no cache answers for them. Where the
package `sippy` can be imported, the same messages go through it too, and ratios are printed.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from sip.address import Address
from sip.edges.transport import Failed, Receiver, Transport
from sip.edges.user_agent import UserAgent
from sip.headers.cseq import parse_cseq
from sip.headers.name_addr import parse_name_addr
from sip.headers.via import parse_via
from sip.message import Message, Request, Response, header, header_values
from sip.parser import parse_message
from sip.serialiser import serialise
from sip.settings import SipSettings
from sip.uri import parse_uri
from tests.sip.parties import PlainDirectory

SDP: Final = (
    b"v=0\r\no=- 3847 3847 IN IP4 203.0.113.9\r\ns=call\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n"
    b"m=audio 17384 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
)
SERVER: Final = Address("UDP", "192.0.2.10", 5060)
CALLER: Final = Address("UDP", "192.0.2.1", 5060)
TARGETS_US: Final = {"INVITE": 25.0, "200": 20.0, "UAS call": 600.0}


def invite(number: int) -> bytes:
    """An INVITE as a proxy hands it on: two hops, a route, new ids each time."""
    return (
        f"INVITE sip:1001@192.0.2.10:5060 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number:08x}a;rport\r\n"
        f"Via: SIP/2.0/UDP 203.0.113.9:5062;branch=z9hG4bK{number:08x}b;rport=5062"
        f";received=203.0.113.9\r\n"
        f"Record-Route: <sip:192.0.2.1;lr>\r\n"
        f"Max-Forwards: 69\r\n"
        f'From: "Caller {number}" <sip:+62812{number:07}@example.com>;tag=f{number:08x}\r\n'
        f"To: <sip:1001@example.com>\r\n"
        f"Call-ID: {number:016x}@203.0.113.9\r\n"
        f"CSeq: 102 INVITE\r\n"
        f"Contact: <sip:+62812{number:07}@203.0.113.9:5062>\r\n"
        f"User-Agent: Bench 1.0\r\n"
        f"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n"
        f"Supported: replaces, timer\r\n"
        f"Content-Type: application/sdp\r\n"
        f"Content-Length: {len(SDP)}\r\n\r\n"
    ).encode() + SDP


def ok(number: int) -> bytes:
    return (
        f"SIP/2.0 200 OK\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number:08x}c;rport=5060\r\n"
        f"Record-Route: <sip:192.0.2.1;lr>\r\n"
        f'From: "Caller {number}" <sip:+62812{number:07}@example.com>;tag=f{number:08x}\r\n'
        f"To: <sip:1001@example.com>;tag=t{number:08x}\r\n"
        f"Call-ID: {number:016x}@203.0.113.9\r\n"
        f"CSeq: 102 INVITE\r\n"
        f"Contact: <sip:1001@192.0.2.10:5060>\r\n"
        f"Content-Type: application/sdp\r\n"
        f"Content-Length: {len(SDP)}\r\n\r\n"
    ).encode() + SDP


def through_ours(data: bytes) -> bytes:
    message = parse_message(data)
    read_addresses(message)
    return serialise(message)


def read_addresses(message: Message) -> None:
    if isinstance(message, Request):
        parse_uri(message.uri)
    for via in header_values(message, "Via"):
        parse_via(via)
    for name in ("From", "To"):
        parse_uri(parse_name_addr(header(message, name), name).uri)
    for name in ("Contact", "Record-Route"):
        for value in header_values(message, name):
            parse_uri(parse_name_addr(value, name).uri)
    parse_cseq(header(message, "CSeq"))


def sippy_way() -> Callable[[bytes], str] | None:
    """The same work by sippy; None where it is not installed."""
    try:
        from sippy.SipRequest import SipRequest  # type: ignore[import-not-found]
        from sippy.SipResponse import SipResponse  # type: ignore[import-not-found]
    except ImportError:
        return None

    def through(data: bytes) -> str:
        text = data.decode()
        message = SipResponse(text) if text.startswith("SIP/") else SipRequest(text)
        for name in ("via", "from", "to", "contact", "record-route", "cseq"):
            message.getHFBodys(name)  # reads the values
        return str(message)

    return through


def microseconds(work: Callable[[bytes], object], messages: Sequence[bytes], rounds: int) -> float:
    """CPU per message: the best round, as the others shared the machine."""
    best = float("inf")
    for _ in range(rounds):
        before = time.thread_time()
        for data in messages:
            work(data)
        best = min(best, time.thread_time() - before)
    return 1e6 * best / len(messages)


class Wire:
    """The server's only transport: keeps what it sent last, delivers what it is given."""

    def __init__(self, local: Address, receiver: Receiver) -> None:
        self.local = local
        self.receiver = receiver
        self.sent = b""

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        self.sent = data

    def keep_alive(self, to: Address) -> None: ...

    def reaches(self, to: Address) -> bool:
        return True

    async def close(self) -> None: ...


async def uas_call_us(calls: int) -> float:
    """CPU of a user agent that answers and is hung up on: INVITE, 200, ACK, BYE, 200. Sockets
    are left out: what they cost is the kernel's."""
    wires: list[Wire] = []

    async def plug(address: Address, receiver: Receiver, _: SipSettings) -> Transport:
        wires.append(Wire(address, receiver))
        return wires[-1]

    agent = UserAgent(
        SipSettings(listen=SERVER.host, transports=("UDP",), max_transactions=1_000_000),
        PlainDirectory(trunk_hosts={CALLER.host: "carrier"}),
        on_call=lambda leg: leg.answer(SDP),
        on_binding=lambda _: None,
        rng=random.Random(1),
        transports=plug,
    )
    await agent.start()
    wire = wires[0]
    spent_s = 0.0
    for number in range(calls):
        first = invite(number)
        before = time.thread_time()
        wire.receiver.received(first, CALLER)
        spent_s += time.thread_time() - before
        answer = parse_message(wire.sent)
        assert isinstance(answer, Response), answer
        assert answer.status == 200, answer
        ack, bye = (in_dialog(method, answer, number) for method in ("ACK", "BYE"))
        before = time.thread_time()
        wire.receiver.received(ack, CALLER)
        wire.receiver.received(bye, CALLER)
        spent_s += time.thread_time() - before
        assert wire.sent.startswith(b"SIP/2.0 200"), wire.sent[:40]
        await asyncio.sleep(0)
    assert agent.dialog_count == 0
    await agent.stop()
    return 1e6 * spent_s / calls


def in_dialog(method: str, answer: Response, number: int) -> bytes:
    target = parse_name_addr(header(answer, "Contact"), "Contact").uri
    cseq = 102 if method == "ACK" else 103
    return (
        f"{method} {target} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number:08x}{method};rport\r\n"
        f"Max-Forwards: 69\r\n"
        f"From: {header(answer, 'From')}\r\n"
        f"To: {header(answer, 'To')}\r\n"
        f"Call-ID: {header(answer, 'Call-ID')}\r\n"
        f"CSeq: {cseq} {method}\r\n"
        f"Content-Length: 0\r\n\r\n"
    ).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    theirs = sippy_way()
    for kind, make in (("INVITE", invite), ("200", ok)):
        messages = [make(number) for number in range(given.messages)]
        ours_us = microseconds(through_ours, messages, given.rounds)
        line = f"{kind}: {ours_us:.1f} µs (target {TARGETS_US[kind]:g})"
        if theirs is not None:
            theirs_us = microseconds(theirs, messages, given.rounds)
            line += f"; sippy {theirs_us:.1f} µs, ours is {ours_us / theirs_us:.2f} of that"
        print(line, flush=True)
    calls_us = min(asyncio.run(uas_call_us(given.calls)) for _ in range(given.rounds))
    print(f"UAS call: {calls_us:.0f} µs (target {TARGETS_US['UAS call']:g})")


if __name__ == "__main__":
    main()
