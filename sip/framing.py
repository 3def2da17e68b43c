"""Messages out of a byte stream: RFC 3261 §18.3, keep-alive by RFC 5626 §3.5.1."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from sip.errors import BodyTooLarge, MalformedMessage, MessageTooLarge
from sip.grammar import LWS, is_digits
from sip.message import Request
from sip.parser import DEFAULT_LIMITS, ParserLimits, parse_message

_END: Final = b"\r\n\r\n"


class KeepAlive(Enum):
    PING = auto()  # double CRLF: the receiver answers with a single one
    PONG = auto()  # that single one


class StreamFramer:
    """One per connection. After it raised, the stream has no known boundary: close it."""

    def __init__(self, limits: ParserLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0  # no end of head before this index: bytes may come one at a time
        self._needed = 0  # length of the message in front, once its head is complete
        self._half_ping = False

    @property
    def idle(self) -> bool:
        """Whether no message has been begun: an idle limit applies, not a slow-sender limit."""
        return not self._buffer

    def feed(self, data: bytes) -> Iterator[bytes | KeepAlive]:
        """Take what was read and give every message that is now complete.

        Raises:
            MalformedMessage: after those before it, a head too long, or a Content-Length missing,
                bad or too large; `partial` says whether an answer is possible before closing.
        """
        self._buffer += data
        while True:
            if not self._needed:
                yield from self._keep_alives()
                if not self._find_head():
                    return
            if len(self._buffer) < self._needed:
                return
            message = bytes(self._buffer[: self._needed])
            del self._buffer[: self._needed]
            self._needed = self._searched = 0
            yield message

    def _keep_alives(self) -> Iterator[KeepAlive]:
        """A lone CRLF is told at once, as its second half may never come."""
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
            yield KeepAlive.PING if self._half_ping else KeepAlive.PONG
            self._half_ping = not self._half_ping
            self._searched = 0
        if self._buffer and self._buffer != b"\r":
            self._half_ping = False

    def _find_head(self) -> bool:
        end = self._buffer.find(_END, self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - 3)
            end = len(self._buffer)
            if end <= self._limits.head_bytes:
                return False
        if end > self._limits.head_bytes:
            head = bytes(self._buffer[:end])
            raise self._refuse(
                MessageTooLarge("message", f"headers longer than {self._limits.head_bytes}", ""),
                head,
            )
        head = bytes(self._buffer[: end + 4])
        self._needed = end + 4 + self._content_length(head)
        return True

    def _content_length(self, head: bytes) -> int:
        text = _find_content_length(head)
        if text is None or not is_digits(text) or len(text) > 10:
            problem = "missing on a stream" if text is None else "not a length"
            raise self._refuse(MalformedMessage("Content-Length", problem, text or ""), head)
        if int(text) > self._limits.body_bytes:
            problem = f"more than {self._limits.body_bytes} bytes"
            raise self._refuse(BodyTooLarge("Content-Length", problem, text), head)
        return int(text)

    def _refuse(self, error: MalformedMessage, head: bytes) -> MalformedMessage:
        """Let the parser find out whether the head can be answered."""
        try:
            message = parse_message(head, limits=self._limits)
        except MalformedMessage as malformed:
            error.partial = malformed.partial
        else:
            if isinstance(message, Request) and message.method != "ACK":
                error.partial = message
        return error


def _find_content_length(head: bytes) -> str | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.rstrip().lower() in (b"content-length", b"l"):
            return value.decode("latin-1").strip(LWS)
    return None
