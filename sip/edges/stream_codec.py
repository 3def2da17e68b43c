"""How messages lie in a byte stream: bare on TCP and TLS, in frames on WebSocket."""

from typing import Protocol

from sip.edges.transport import KEEP_ALIVE
from sip.framing import KeepAlive, StreamFramer


class StreamCodec(Protocol):
    """One per connection. After it raised, the connection is closed."""

    @property
    def idle(self) -> bool:
        """Whether no message has been begun."""

    @property
    def ended(self) -> bool:
        """Whether the peer said good-bye: nothing more can be sent."""

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Take what was read: the messages now complete, and what is written back at once.

        Raises:
            MalformedMessage: the stream can no longer be cut into messages.
        """

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

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        items = self._framer.feed(data)
        pongs = sum(item is KeepAlive.PING for item in items)
        return [item for item in items if isinstance(item, bytes)], b"\r\n" * pongs

    def wrap(self, data: bytes) -> bytes:
        return data

    def keep_alive(self) -> bytes:
        return KEEP_ALIVE
