"""URIs to transport addresses: numeric hosts at once, names by the system's resolver.

NAPTR and SRV records (RFC 3263 §4) are not asked: a name means its address records and the port
in the URI, or the default one.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from typing import Final

from sip.address import Address
from sip.errors import SipError, TransportFailed
from sip.uri import Uri, parse_uri

CACHED_S: Final = 30.0
CACHED_AT_MOST: Final = 10_000
LOOK_UP_AT_MOST_S: Final = 5.0
DEFAULT_PORT: Final = 5060

Found = Callable[[Address], None]
Failed = Callable[[SipError], None]


class Resolver:
    """Answers through callbacks: at once whenever no look-up is needed."""

    def __init__(
        self, transports: tuple[str, ...], clock: Callable[[], float], *, ipv6: bool = False
    ) -> None:
        """`transports` are those we serve, the preferred one first; `ipv6`: what we send from."""
        self._transports = transports
        self._family = socket.AF_INET6 if ipv6 else socket.AF_INET
        self._clock = clock
        self._cache: dict[str, tuple[float, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def resolve(self, uri_text: str, found: Found, failed: Failed) -> None:
        """Call exactly one of the two, once."""
        try:
            uri = parse_uri(uri_text)
            transport = self._transport_of(uri)
        except SipError as error:
            failed(error)
            return
        port = uri.port or DEFAULT_PORT
        host = self.known(uri.host)
        if host is not None:
            found(Address(transport, host, port))
            return
        task = asyncio.get_running_loop().create_task(
            self._look_up(uri.host, transport, port, found, failed)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()

    def _transport_of(self, uri: Uri) -> str:
        """Raises TransportFailed when we cannot go there."""
        if uri.scheme != "sip":
            raise TransportFailed(uri.scheme, "only sip: is served")
        asked = (uri.params.get("transport") or "").upper()
        if asked and asked not in self._transports:
            raise TransportFailed(uri.host, f"transport {asked[:10]} is not served")
        return asked or self._transports[0]

    def known(self, host: str) -> str | None:
        """The numeric host if no look-up is needed: it is one, or was resolved a moment ago."""
        try:
            return str(ipaddress.ip_address(host.strip("[]")))
        except ValueError:
            pass
        cached = self._cache.get(host)
        return cached[1] if cached is not None and cached[0] > self._clock() else None

    async def _look_up(
        self, host: str, transport: str, port: int, found: Found, failed: Failed
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOOK_UP_AT_MOST_S):
                answers = await loop.getaddrinfo(
                    host, port, family=self._family, type=socket.SOCK_DGRAM
                )
        except TimeoutError:
            failed(TransportFailed(host, "the name was not resolved in time"))
            return
        except (OSError, UnicodeError) as error:
            failed(TransportFailed(host, str(error)))
            return
        numeric = str(answers[0][4][0])
        if len(self._cache) >= CACHED_AT_MOST:
            self._cache.clear()
        self._cache[host] = (self._clock() + CACHED_S, numeric)
        found(Address(transport, numeric, port))
