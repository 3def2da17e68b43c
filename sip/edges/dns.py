"""Questions to the domain name system, and to the hosts file by the operating system."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sip.service_records import Naptr, Srv

if TYPE_CHECKING:
    from sip.edges.name_servers import NameServers

SYSTEM_TTL_S: Final = 30.0
"""Of answers that came without one: from the hosts file, or that there is no such record."""

RecordT = TypeVar("RecordT")


@dataclass(frozen=True, slots=True)
class Answer(Generic[RecordT]):
    """`records` is empty where there are none; `ttl_s` also holds for that."""

    records: tuple[RecordT, ...]
    ttl_s: float


class Dns:
    """No method raises for a name that does not exist; NameUnresolved when nobody answers."""

    def __init__(self, servers: Sequence[str] = (), *, timeout_s: float = 5.0) -> None:
        """`servers`: "192.0.2.53", or "192.0.2.53:5353"; those of the system if none is given.

        Raises:
            ValueError: one of them is no address.
        """
        self._asked = tuple(_host_and_port(server) for server in servers)
        self._timeout_s = timeout_s
        self._servers: NameServers | None = None

    async def naptr(self, name: str) -> Answer[Naptr]:
        found, ttl_s = await self._ask(name, "NAPTR")
        return Answer(
            tuple(
                Naptr(
                    each.order,
                    each.preference,
                    each.service.decode("latin-1"),
                    str(each.replacement),
                )
                for each in found
                if each.flags.lower() == b"s"
            ),
            ttl_s,
        )

    async def srv(self, name: str) -> Answer[Srv]:
        found, ttl_s = await self._ask(name, "SRV")
        return Answer(
            tuple(Srv(each.priority, each.weight, each.port, str(each.target)) for each in found),
            ttl_s,
        )

    async def addresses(self, name: str, families: frozenset[int]) -> Answer[str]:
        """Numeric hosts, IPv6 before IPv4 where both are asked for; what the DNS does not know
        may stand in the hosts file."""
        found: list[str] = []
        ttl_s = float("inf")
        if "." in name.rstrip("."):
            for family in sorted(families, reverse=True):
                records, each_ttl_s = await self._ask(name, "AAAA" if family == 6 else "A")
                found += [each.address for each in records]
                ttl_s = min(ttl_s, each_ttl_s)
        if found:
            return Answer(tuple(found), ttl_s)
        return Answer(await _by_system(name, families), SYSTEM_TTL_S)

    async def _ask(self, name: str, kind: str) -> tuple[list[Any], float]:
        """Raises NameUnresolved."""
        if _is_reserved(name):
            return [], SYSTEM_TTL_S
        if self._servers is None:  # the import takes too long for the loop
            self._servers = await asyncio.to_thread(self._open)
        records, ttl_s = await self._servers.ask(name, kind)
        return records, SYSTEM_TTL_S if ttl_s is None else ttl_s

    def _open(self) -> "NameServers":
        from sip.edges.name_servers import NameServers  # 3 MB: only when a peer has a name

        return NameServers(self._asked, timeout_s=self._timeout_s)


async def _by_system(name: str, families: frozenset[int]) -> tuple[str, ...]:
    family = (
        socket.AF_UNSPEC
        if len(families) > 1
        else socket.AF_INET6
        if 6 in families
        else socket.AF_INET
    )
    loop = asyncio.get_running_loop()
    try:
        answers = await loop.getaddrinfo(name, 0, family=family, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _is_reserved(name: str) -> bool:
    """Names that no server is asked for, RFC 6761."""
    return name.rstrip(".").rpartition(".")[2].lower() in ("localhost", "invalid", "local", "test")


def _host_and_port(server: str) -> tuple[str, int]:
    try:
        return str(ipaddress.ip_address(server.strip("[]"))), 53
    except ValueError:
        host, _, port = server.rpartition(":")
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
