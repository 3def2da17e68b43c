"""TCP: a listener, the connections it accepted and those we opened, found by the peer's address.

A response, and any request to a phone that registered over TCP, goes over the connection that is
open to its address; only otherwise we connect, RFC 3261 §18.
"""

import asyncio
from typing import Final, cast

from sip.address import Address
from sip.edges.transport import Failed, ListenFailed, Receiver, os_problem
from sip.errors import MalformedMessage, TransportFailed
from sip.framing import KeepAlive, StreamFramer
from sip.settings import SipSettings

SWEEPS_PER_IDLE_LIMIT: Final = 4
SLOW_MESSAGE_S: Final = 30.0
"""A message begun and not completed within this time: nobody types SIP by hand."""
WAITING_AT_MOST: Final = 64
"""Messages kept while a connection is being opened."""


class Connection(asyncio.Protocol):
    """One connection in either direction."""

    def __init__(self, owner: "TcpTransport") -> None:
        self._owner = owner
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        self.peer = Address("TCP", "", 0)
        self.last_moved_at = owner.now()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is none by type
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if peer is None:  # gone before we could look
            transport.abort()
            return
        self.peer = Address("TCP", peer[0], peer[1])
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        self.last_moved_at = self._owner.now()
        try:
            items = self._framer.feed(data)
        except MalformedMessage as error:
            self._owner.receiver.unframed(error, self.peer)
            self.close()
            return
        for item in items:
            if item is KeepAlive.PING:
                self.write(b"\r\n")  # RFC 5626 §4.4.1
            elif isinstance(item, bytes):
                self._owner.receiver.received(item, self.peer)

    def connection_lost(self, error: Exception | None) -> None:
        self._owner.closed(self)

    def write(self, data: bytes) -> bool:
        """False when the peer does not read fast enough: then it is cut off."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > self._owner.buffer_bytes:
            transport.abort()
            return False
        transport.write(data)
        self.last_moved_at = self._owner.now()
        return True

    def is_stale(self, now: float, idle_s: float) -> bool:
        limit_s = idle_s if self._framer.idle else min(idle_s, SLOW_MESSAGE_S)
        return now - self.last_moved_at > limit_s

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class TcpTransport:
    """Made by `listen_tcp`."""

    def __init__(self, local: Address, receiver: Receiver, settings: SipSettings) -> None:
        self.local = local
        self.receiver = receiver
        self.buffer_bytes = settings.connection_buffer_bytes
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._connections: dict[Address, Connection] = {}
        self._waiting: dict[Address, list[tuple[bytes, Failed]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closed = False
        self._sweep_later()

    def now(self) -> float:
        return self._loop.time()

    async def listen(self) -> None:
        """Raises OSError."""
        self._server = await self._loop.create_server(
            lambda: Connection(self), self.local.host, self.local.port, backlog=512
        )
        port = self._server.sockets[0].getsockname()[1]
        self.local = Address("TCP", self.local.host, port)

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        connection = self._connections.get(to)
        if connection is not None:
            if not connection.write(data):
                failed(TransportFailed(str(to), "the connection is closed or choked"))
            return
        waiting = self._waiting.get(to)
        if self._closed:
            failed(TransportFailed(str(to), "we are stopping"))
        elif waiting is None:
            self._waiting[to] = [(data, failed)]
            task = self._loop.create_task(self._connect(to))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif len(waiting) < WAITING_AT_MOST:
            waiting.append((data, failed))
        else:
            failed(TransportFailed(str(to), "too many messages wait for a connection"))

    def reaches(self, to: Address) -> bool:
        return to in self._connections

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

    def opened(self, connection: Connection) -> None:
        if self._closed or len(self._connections) >= self._settings.max_connections:
            connection.abort()
            return
        self._connections[connection.peer] = connection

    def closed(self, connection: Connection) -> None:
        if self._connections.get(connection.peer) is connection:
            del self._connections[connection.peer]
            if not self._closed:
                self.receiver.disconnected(connection.peer)

    async def _connect(self, to: Address) -> None:
        problem = "the connection was closed at once"
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await self._loop.create_connection(lambda: Connection(self), to.host, to.port)
        except TimeoutError:
            problem = "no connection in time"
        except OSError as error:
            problem = os_problem(error)
        except asyncio.CancelledError:
            self._waiting.pop(to, None)
            raise
        connection = self._connections.get(to)
        for data, failed in self._waiting.pop(to, ()):
            if connection is None or not connection.write(data):
                failed(TransportFailed(str(to), problem))

    def _sweep_later(self) -> None:
        every_s = min(self._settings.connection_idle_s / SWEEPS_PER_IDLE_LIMIT, SLOW_MESSAGE_S)
        self._sweep = self._loop.call_later(every_s, self._close_stale)

    def _close_stale(self) -> None:
        now = self.now()
        for connection in tuple(self._connections.values()):
            if connection.is_stale(now, self._settings.connection_idle_s):
                connection.close()
        self._sweep_later()


async def listen_tcp(address: Address, receiver: Receiver, settings: SipSettings) -> TcpTransport:
    """Raises ListenFailed."""
    transport = TcpTransport(address, receiver, settings)
    try:
        await transport.listen()
    except OSError as error:
        await transport.close()
        raise ListenFailed(address, os_problem(error)) from error
    return transport
