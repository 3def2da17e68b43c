"""TCP, TLS and WebSocket: a listener, the connections it accepted and those we opened.

A response, and any request to a phone that registered over a connection, goes over the connection
that is open to its address; only otherwise we connect, RFC 3261 §18.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final, cast

from sip.address import Address
from sip.edges.marking import mark
from sip.edges.stream_codec import PlainCodec, StreamCodec
from sip.edges.tls import TlsContexts
from sip.edges.transport import Failed, ListenFailed, Receiver, os_problem
from sip.edges.websocket import WebSocketCodec
from sip.errors import MalformedMessage, TransportFailed
from sip.rejections import Rejection
from sip.settings import SipSettings

SWEEPS_PER_IDLE_LIMIT: Final = 4
SWEEP_AT_LEAST_EVERY_S: Final = 10.0
WAITING_AT_MOST: Final = 64
"""Messages kept while a connection is being opened."""

_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """One connection in either direction; `to` is set in those that we open."""

    def __init__(self, owner: "StreamTransport", codec: StreamCodec, to: Address | None) -> None:
        now = owner.now()
        self._owner = owner
        self._codec = codec
        self._transport: asyncio.Transport | None = None
        self.ours = to is not None
        self.peer = to or Address(owner.local.transport, "", 0, owner.local.listener)
        self.last_moved_at = now
        self._begun_at: float | None = None if self.ours else now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is none by type
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if peer is None:  # gone before we could look
            transport.abort()
            return
        if not self.ours:
            self.peer = self.peer._replace(host=peer[0], port=peer[1])
        elif not self._owner.trusts(transport.get_extra_info("peercert"), self.peer):
            transport.abort()
            return
        mark(transport.get_extra_info("socket"), self._owner.dscp)
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        now = self.last_moved_at = self._owner.now()
        messages, reply, broken = self._codec.feed(data)
        if reply:
            self._write_raw(reply)
        for message in messages:
            self._owner.receiver.received(message, self.peer)
        if broken is not None:
            self._owner.receiver.unframed(broken, self.peer)
            self.close()
            return
        if self._codec.idle:
            if messages:
                self._begun_at = None
        elif messages or self._begun_at is None:
            self._begun_at = now
        if self._codec.ended:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._owner.closed(self)

    def write(self, data: bytes) -> bool:
        """False when the peer does not read fast enough: then it is cut off."""
        if self._transport is None or self._transport.is_closing() or self._codec.ended:
            return False
        try:
            return self._write_raw(self._codec.wrap(data))
        except MalformedMessage:
            return False

    def keep_alive(self) -> None:
        """Does not count as movement: a peer that is gone must still be noticed."""
        if self._transport is not None and not self._transport.is_closing():
            moved_at = self.last_moved_at
            self._write_raw(self._codec.keep_alive())
            self.last_moved_at = moved_at

    def is_slow(self, now: float, settings: SipSettings) -> bool:
        """Too slow with a message: dribbling bytes does not help."""
        return self._begun_at is not None and now - self._begun_at > settings.slow_message_s

    def is_silent(self, now: float, settings: SipSettings) -> bool:
        return now - self.last_moved_at > settings.connection_idle_s

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _write_raw(self, data: bytes) -> bool:
        assert self._transport is not None
        if self._transport.get_write_buffer_size() + len(data) > self._owner.buffer_bytes:
            self._owner.receiver.cut_off(self.peer, Rejection.SLOW_READER)
            self._transport.abort()
            return False
        self._transport.write(data)
        self.last_moved_at = self._owner.now()
        return True


class StreamTransport:
    """Made by `listen_stream`."""

    def __init__(
        self, local: Address, receiver: Receiver, settings: SipSettings, tls: TlsContexts | None
    ) -> None:
        self.local = local
        self.receiver = receiver
        self.buffer_bytes = settings.connection_buffer_bytes
        self.dscp = settings.dscp
        self._settings = settings
        self._tls = tls
        self._codec = _codec_for(local.transport, settings)
        self._loop = asyncio.get_running_loop()
        self._connections: dict[Address, Connection] = {}
        self._proved: dict[Address, Connection] = {}  # by address without the domain proved
        self._hosts: Counter[str] = Counter()
        self._waiting: dict[Address, list[tuple[bytes, Failed]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closed = False
        self._sweep_later()

    def now(self) -> float:
        return self._loop.time()

    async def listen(self) -> None:
        """Raises OSError."""
        tls = self._tls
        self._server = await self._loop.create_server(
            lambda: Connection(self, self._codec(), None),
            self.local.host,
            self.local.port,
            backlog=512,
            ssl=tls.server if tls else None,
            ssl_handshake_timeout=self._handshake_timeout_s,
        )
        self.local = self.local._replace(port=self._server.sockets[0].getsockname()[1])

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        connection = self._connection(to)
        if connection is not None:
            if not connection.write(data):
                failed(TransportFailed(str(to), "the connection is closed or choked"))
            return
        waiting = self._waiting.get(to)
        if self._closed or to.transport in ("WS", "WSS"):
            problem = "we are stopping" if self._closed else "a browser cannot be called back"
            failed(TransportFailed(str(to), problem))
        elif waiting is None:
            self._waiting[to] = [(data, failed)]
            task = self._loop.create_task(self._connect(to))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif len(waiting) < WAITING_AT_MOST:
            waiting.append((data, failed))
        else:
            failed(TransportFailed(str(to), "too many messages wait for a connection"))

    def keep_alive(self, to: Address) -> None:
        connection = self._connection(to)
        if connection is not None:
            connection.keep_alive()

    def reaches(self, to: Address) -> bool:
        return self._connection(to) is not None

    def _connection(self, to: Address) -> Connection | None:
        """The one open to there. A dialog whose Contact is a bare address keeps to the connection
        that was proved to be the domain's: no certificate names the address, RFC 5923 §9."""
        connection = self._connections.get(to)
        if connection is None and to.domain == to.host:
            connection = self._proved.get(to._replace(domain=""))
        return connection

    async def close(self) -> None:
        self._closed = True
        self._sweep.cancel()
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in tuple(self._connections.values()):
            connection.abort()
        self._waiting.clear()

    # ---- for the connections

    def trusts(self, certificate: object, peer: Address) -> bool:
        """Whether whom we connected to proved to be the domain that we asked for."""
        return self._tls is None or self._tls.proves(certificate, peer.domain or peer.host)

    def opened(self, connection: Connection) -> None:
        host = connection.peer.host
        full = len(self._connections) >= self._settings.max_connections
        crowded = self._hosts[host] >= self._settings.max_connections_per_host
        if self._closed or full or (crowded and not connection.ours):
            if not self._closed:
                self.receiver.cut_off(connection.peer, Rejection.CONNECTIONS)
            connection.abort()
            return
        self._connections[connection.peer] = connection
        if connection.peer.domain:
            self._proved[connection.peer._replace(domain="")] = connection
        self._hosts[host] += 1

    def closed(self, connection: Connection) -> None:
        if self._connections.get(connection.peer) is connection:
            del self._connections[connection.peer]
            place = connection.peer._replace(domain="")
            if self._proved.get(place) is connection:
                del self._proved[place]
            self._hosts[connection.peer.host] -= 1
            if not self._hosts[connection.peer.host]:
                del self._hosts[connection.peer.host]
            if not self._closed:
                self.receiver.disconnected(connection.peer)

    # ---- inside

    @property
    def _handshake_timeout_s(self) -> float | None:
        tls = self._settings.tls
        return tls.handshake_timeout_s if self._tls is not None and tls is not None else None

    async def _connect(self, to: Address) -> None:
        problem = "the connection was closed at once"
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await self._loop.create_connection(
                    lambda: Connection(self, self._codec(), to),
                    to.host,
                    to.port,
                    ssl=self._tls.client if self._tls else None,
                    server_hostname=(to.domain or to.host) if self._tls else None,
                    local_addr=(self.local.host, 0) if self.local.listener else None,
                )
        except TimeoutError:
            problem = "no connection in time"
        except OSError as error:
            problem = os_problem(error)
        except asyncio.CancelledError:
            self._waiting.pop(to, None)
            raise
        connection = self._connections.get(to)
        if connection is None and self._tls is not None:
            _log.info("no connection to %s: %s", to, problem)
        for data, failed in self._waiting.pop(to, ()):
            if connection is None or not connection.write(data):
                failed(TransportFailed(str(to), problem))

    def _sweep_later(self) -> None:
        every_s = min(
            self._settings.connection_idle_s / SWEEPS_PER_IDLE_LIMIT,
            self._settings.slow_message_s,
            SWEEP_AT_LEAST_EVERY_S,
        )
        self._sweep = self._loop.call_later(every_s, self._look_around)

    def _look_around(self) -> None:
        now = self.now()
        for connection in tuple(self._connections.values()):
            if connection.is_slow(now, self._settings):
                self.receiver.cut_off(connection.peer, Rejection.SLOW_SENDER)
                connection.close()
            elif connection.is_silent(now, self._settings):
                connection.close()
        if self._tls is not None:
            self._tls.reload_if_changed()
        self._sweep_later()


async def listen_stream(
    address: Address, receiver: Receiver, settings: SipSettings
) -> StreamTransport:
    """Listen on TCP, TLS, WS or WSS; raises ListenFailed."""
    try:
        tls = _contexts(address, settings)
    except OSError as error:
        raise ListenFailed(address, f"the certificate cannot be used: {error}") from error
    transport = StreamTransport(address, receiver, settings, tls)
    try:
        await transport.listen()
    except OSError as error:
        await transport.close()
        raise ListenFailed(address, os_problem(error)) from error
    return transport


def _contexts(address: Address, settings: SipSettings) -> TlsContexts | None:
    if not address.is_encrypted:
        return None
    if settings.tls is None:
        raise ListenFailed(address, "there is no `tls` in the settings")
    return TlsContexts(settings.tls)


def _codec_for(transport: str, settings: SipSettings) -> Callable[[], StreamCodec]:
    if transport in ("WS", "WSS"):
        return lambda: WebSocketCodec(settings.max_message_bytes)
    return PlainCodec
