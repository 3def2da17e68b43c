"""SIP over WebSocket, as browsers speak it to us: RFC 7118. One message a WebSocket message."""

from typing import Final

from websockets.exceptions import ProtocolError, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as HttpRequest
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from sip.edges.stream_codec import Fed
from sip.errors import MalformedMessage

SUBPROTOCOL: Final = Subprotocol("sip")
_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class WebSocketCodec:
    """The server's side of one connection: its HTTP handshake first, then frames."""

    def __init__(self, max_bytes: int) -> None:
        self._protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=max_bytes)
        self._pieces: list[bytes] = []

    @property
    def idle(self) -> bool:
        return self._protocol.state is OPEN and not self._pieces

    @property
    def ended(self) -> bool:
        return self._protocol.close_expected()

    def feed(self, data: bytes) -> Fed:
        """It is broken when the peer breaks RFC 6455."""
        protocol = self._protocol
        try:
            protocol.receive_data(data)
        except (ProtocolError, EOFError) as error:
            return Fed([], b"", MalformedMessage("WebSocket", str(error), ""))
        messages: list[bytes] = []
        for event in protocol.events_received():
            if isinstance(event, HttpRequest):
                self._shake_hands(event)
            elif isinstance(event, Frame) and event.opcode in _DATA:
                messages += self._collect(event)
        reply = b"".join(protocol.data_to_send())
        if protocol.parser_exc is not None and not isinstance(protocol.parser_exc, EOFError):
            return Fed(messages, reply, MalformedMessage("WebSocket", str(protocol.parser_exc), ""))
        return Fed(messages, reply)

    def wrap(self, data: bytes) -> bytes:
        """Raises MalformedMessage before the handshake and after the good-bye."""
        try:
            self._protocol.send_text(data) if _is_text(data) else self._protocol.send_binary(data)
        except WebSocketException as error:
            raise MalformedMessage("WebSocket", str(error), "") from error
        return b"".join(self._protocol.data_to_send())

    def keep_alive(self) -> bytes:
        """A ping, which browsers answer by themselves, RFC 6455 §5.5.2."""
        if self._protocol.state is not OPEN:
            return b""
        self._protocol.send_ping(b"")
        return b"".join(self._protocol.data_to_send())

    def _shake_hands(self, request: HttpRequest) -> None:
        """§4.1 and §4.2: the subprotocol is "sip" or nothing."""
        response = self._protocol.accept(request)
        if response.status_code == 101 and self._protocol.subprotocol != SUBPROTOCOL:
            response = self._protocol.reject(400, "the subprotocol is sip\n")
        self._protocol.send_response(response)

    def _collect(self, frame: Frame) -> list[bytes]:
        self._pieces.append(bytes(frame.data))
        if not frame.fin:
            return []
        message = b"".join(self._pieces)
        self._pieces.clear()
        return [message] if message.strip(b"\r\n") else []  # a CRLF keep-alive, §6


def _is_text(data: bytes) -> bool:
    """Text frames must be UTF-8, §4.3: anything else goes as binary."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
