"""A peer without a stack: sends what it is told and keeps what it hears. For every odd case."""

import asyncio
from collections import deque
from itertools import count

from sip.address import Address
from sip.edges.transport import Transport, TransportFactory
from sip.errors import MalformedMessage, TransportFailed
from sip.message import Headers, Message, Request, Response, header, response_to
from sip.parser import parse_message
from sip.rejections import Rejection
from sip.serialiser import serialise
from sip.settings import SipSettings

_branches = count(1)


def branch() -> str:
    return f"z9hG4bKraw{next(_branches)}"


class RawPeer:
    """Heard messages wait in order until somebody asks for the next."""

    def __init__(self, towards: Address) -> None:
        self.towards = towards
        self._heard: deque[Message] = deque()
        self._arrived = asyncio.Event()
        self.keep_alives = 0
        self._transport: Transport | None = None

    async def open(self, transports: TransportFactory, local: Address) -> "RawPeer":
        self._transport = await transports(local, self, SipSettings())
        return self

    @property
    def transport(self) -> Transport:
        assert self._transport is not None
        return self._transport

    @property
    def local(self) -> Address:
        return self.transport.local

    @property
    def via(self) -> str:
        """A Via value with a branch of its own."""
        transport, host, port = self.local[:3]
        return f"SIP/2.0/{transport} {host}:{port};branch={branch()};rport"

    def send(self, message: Message | bytes) -> None:
        data = message if isinstance(message, bytes) else serialise(message)
        self.transport.send(data, self.towards, self._failed)

    def request(
        self,
        method: str,
        uri: str,
        *,
        to: str = "<sip:us@example.test>",
        sender: str = "<sip:raw@example.test>;tag=raw",
        call_id: str = "raw-call",
        cseq: int = 1,
        via: str | None = None,
        headers: Headers = (),
        body: bytes = b"",
    ) -> Request:
        """A well-formed request; what is odd about it is the test's."""
        session: Headers = (("Content-Type", "application/sdp"),) if body else ()
        return Request(
            method,
            uri,
            (
                ("Via", via or self.via),
                ("Max-Forwards", "70"),
                ("From", sender),
                ("To", to),
                ("Call-ID", call_id),
                ("CSeq", f"{cseq} {method}"),
                ("Contact", f"<sip:raw@{self.local.host}:{self.local.port}>"),
                *(() if any(name == "Content-Type" for name, _ in headers) else session),
                *headers,
            ),
            body,
        )

    def respond(
        self,
        request: Request,
        status: int,
        *,
        tag: str = "rawtag",
        headers: Headers = (),
        body: bytes = b"",
    ) -> None:
        contact = ("Contact", f"<sip:raw@{self.local.host}:{self.local.port}>")
        session: Headers = (("Content-Type", "application/sdp"),) if body else ()
        self.send(
            response_to(
                request, status, to_tag=tag, headers=(contact, *session, *headers), body=body
            )
        )

    async def next(self) -> Message:
        """The oldest message nobody has asked for."""
        while not self._heard:
            self._arrived.clear()
            await self._arrived.wait()
        return self._heard.popleft()

    async def next_request(self, method: str) -> Request:
        """The next message, which has to be this request."""
        message = await self.next()
        assert isinstance(message, Request), message
        assert message.method == method, message
        return message

    async def next_response(self, status: int) -> Response:
        """The next message that is not a 100, which has to be this response."""
        while True:
            message = await self.next()
            assert isinstance(message, Response), message
            if message.status != 100 or status == 100:
                assert message.status == status, message
                return message

    def drain(self) -> list[Message]:
        """Everything heard and not asked for."""
        heard = list(self._heard)
        self._heard.clear()
        return heard

    def received(self, data: bytes, source: Address) -> None:
        if not data.strip():
            self.keep_alives += 1
            return
        self._heard.append(parse_message(data))
        self._arrived.set()

    def unframed(self, error: MalformedMessage, source: Address) -> None:
        raise error

    def cut_off(self, peer: Address, reason: Rejection) -> None: ...

    def disconnected(self, peer: Address) -> None: ...

    def _failed(self, error: TransportFailed) -> None:
        raise error


def to_tag_of(response: Response) -> str:
    return header(response, "To").partition("tag=")[2]
