"""UDP: one non-blocking socket, read until empty when the loop says so.

Not asyncio's DatagramTransport: it costs six times as much per datagram and closes the socket
when a single reply goes to an impossible address.
"""

import asyncio
import logging
import socket
from collections import deque
from contextlib import suppress
from typing import Final

from sip.address import Address
from sip.edges.marking import mark
from sip.edges.transport import KEEP_ALIVE, Failed, ListenFailed, Receiver, os_problem
from sip.errors import TransportFailed
from sip.settings import SipSettings

DRAIN_AT_MOST: Final = 64
"""Datagrams read in one turn of the loop, so that timers and other sockets get theirs."""

SO_RCVBUFFORCE: Final = 33
"""Linux: beyond the system's limit, for those who may; Python does not name it."""

_log = logging.getLogger(__name__)


class UdpTransport:
    """Made by `listen_udp`."""

    def __init__(
        self, sock: socket.socket, local: Address, receiver: Receiver, settings: SipSettings
    ) -> None:
        self.local = local
        self._socket = sock
        self._receiver = receiver
        self._max_bytes = settings.max_message_bytes
        self._queue_limit = settings.udp_send_queue
        self._waiting: deque[tuple[bytes, Address, Failed]] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._drain)

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        if self._waiting:
            self._queue(data, to, failed)
            return
        try:
            self._socket.sendto(data, (to.host, to.port))
        except (BlockingIOError, InterruptedError):
            self._queue(data, to, failed)
        except (OSError, OverflowError, ValueError) as error:  # this address, not this socket
            failed(TransportFailed(str(to), str(error)))

    def keep_alive(self, to: Address) -> None:
        self.send(KEEP_ALIVE, to, lambda _: None)

    def reaches(self, to: Address) -> bool:
        return True

    async def close(self) -> None:
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._waiting.clear()
        self._socket.close()

    def _queue(self, data: bytes, to: Address, failed: Failed) -> None:
        if len(self._waiting) >= self._queue_limit:
            failed(TransportFailed(str(to), "too many datagrams wait"))
            return
        if not self._waiting:
            self._loop.add_writer(self._socket, self._flush)
        self._waiting.append((data, to, failed))

    def _flush(self) -> None:
        while self._waiting:
            data, to, failed = self._waiting[0]
            try:
                self._socket.sendto(data, (to.host, to.port))
            except (BlockingIOError, InterruptedError):
                return
            except (OSError, OverflowError, ValueError) as error:
                self._waiting.popleft()
                failed(TransportFailed(str(to), str(error)))
                continue
            self._waiting.popleft()
        self._loop.remove_writer(self._socket)

    def _drain(self) -> None:
        for _ in range(DRAIN_AT_MOST):
            try:
                data, peer = self._socket.recvfrom(self._max_bytes)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:  # an ICMP report about an earlier datagram, perhaps
                _log.debug("UDP receive: %s", error)
                continue
            self._receiver.received(data, Address("UDP", peer[0], peer[1], self.local.listener))
            if self._socket.fileno() < 0:
                return  # closed by what it received


async def listen_udp(address: Address, receiver: Receiver, settings: SipSettings) -> UdpTransport:
    """Raises ListenFailed."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has its own listener
        for option in (socket.SO_RCVBUF, SO_RCVBUFFORCE):
            with suppress(OSError):  # a smaller buffer is no reason not to start
                sock.setsockopt(socket.SOL_SOCKET, option, settings.udp_receive_buffer_bytes)
        mark(sock, settings.dscp)
        sock.bind((address.host, address.port))
    except OSError as error:
        sock.close()
        raise ListenFailed(address, os_problem(error)) from error
    local = address._replace(port=sock.getsockname()[1])
    return UdpTransport(sock, local, receiver, settings)
