"""How messages lie in a byte stream: bare on TCP and TLS, in frames on WebSocket."""

from typing import NamedTuple, Protocol

from sip.edges.transport import KEEP_ALIVE
from sip.errors import MalformedMessage
from sip.framing import KeepAlive, StreamFramer


class Fed(NamedTuple):
    """What came of the bytes that were read.

    Attributes:
        messages: those now complete.
        reply: written back at once.
        broken: why the stream can no longer be cut into messages; the connection is closed.
    """

    messages: list[bytes]
    reply: bytes
    broken: MalformedMessage | None = None


class StreamCodec(Protocol):
    """One per connection."""

    @property
    def idle(self) -> bool:
        """Whether no message has been begun."""

    @property
    def ended(self) -> bool:
        """Whether the peer said good-bye: nothing more can be sent."""

    def feed(self, data: bytes) -> Fed:
        """Take what was read; however it is cut, the same comes of it."""

    def wrap(self, data: bytes) -> bytes:
        """A message as it goes onto the stream."""

    def keep_alive(self) -> bytes:
        """What shows the peer, and the routers between, that we are there."""


class PlainCodec:
    """RFC 3261 §18.3, and the CRLF keep-alive of RFC 5626 §4.4.1."""

    ended = False

    def __init__(self) -> None:
        self._framer = StreamFramer()

    @property
    def idle(self) -> bool:
        return self._framer.idle

    def feed(self, data: bytes) -> Fed:
        messages: list[bytes] = []
        pongs = 0
        try:
            for item in self._framer.feed(data):
                if isinstance(item, bytes):
                    messages.append(item)
                else:
                    pongs += item is KeepAlive.PING
        except MalformedMessage as error:
            return Fed(messages, b"\r\n" * pongs, error)
        return Fed(messages, b"\r\n" * pongs)

    def wrap(self, data: bytes) -> bytes:
        return data

    def keep_alive(self) -> bytes:
        return KEEP_ALIVE
