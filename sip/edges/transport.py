"""What the stack asks of a network, and how it asks: real sockets here, in memory in tests."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from sip.address import Address
from sip.errors import MalformedMessage, TransportFailed
from sip.rejections import Rejection
from sip.settings import SipSettings

Failed: TypeAlias = Callable[[TransportFailed], None]


@dataclass(eq=False)
class ListenFailed(Exception):
    """We cannot listen where the configuration says."""

    address: Address
    problem: str

    def __str__(self) -> str:
        return f"cannot listen on {self.address}: {self.problem}"


def os_problem(error: OSError) -> str:
    """The system's own words, without what asyncio wraps around them."""
    return os.strerror(error.errno) if error.errno else str(error)


KEEP_ALIVE: Final = b"\r\n\r\n"


class Receiver(Protocol):
    """Who hears what arrives."""

    def received(self, data: bytes, source: Address) -> None:
        """One datagram, or one message out of a stream."""

    def unframed(self, error: MalformedMessage, source: Address) -> None:
        """A stream that can no longer be cut into messages; it is closed after this returns."""

    def cut_off(self, peer: Address, reason: Rejection) -> None:
        """A connection is refused or ended by us, as it breaks a limit."""

    def disconnected(self, peer: Address) -> None:
        """A connection has closed, whoever closed it."""


class Transport(Protocol):
    """One listening socket and what goes out of it."""

    @property
    def local(self) -> Address:
        """Where it listens, with the real port."""

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        """Send now, or as soon as the network takes it. `failed` is called at most once, now or
        later, when it is known that `data` did not leave; silence proves nothing."""

    def keep_alive(self, to: Address) -> None:
        """Two CRLFs, RFC 5626 §3.5.1 (a ping on WebSocket), where that needs no new connection."""

    def reaches(self, to: Address) -> bool:
        """Whether `send` needs no new connection."""

    async def close(self) -> None:
        """Stop at once; nothing is received or told any more."""


TransportFactory: TypeAlias = Callable[[Address, Receiver, SipSettings], Awaitable[Transport]]
"""Listen on an address; raises ListenFailed."""
