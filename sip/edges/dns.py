"""Questions to the domain name system, by dnspython; the hosts file by the operating system."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver

from sip.service_records import Naptr, Srv

SYSTEM_TTL_S: Final = 30.0
"""Of answers that came without one: from the hosts file, or that there is no such record."""

RecordT = TypeVar("RecordT")


@dataclass(frozen=True, slots=True)
class Answer(Generic[RecordT]):
    """`records` is empty where there are none; `ttl_s` also holds for that."""

    records: tuple[RecordT, ...]
    ttl_s: float


class Dns:
    """No method raises for a name that does not exist; DnsUnavailable when nobody answers."""

    def __init__(self, servers: Sequence[str] = (), *, timeout_s: float = 5.0) -> None:
        """`servers`: "192.0.2.53", or "192.0.2.53:5353"; those of the system if none is given."""
        self._resolver: dns.asyncresolver.Resolver | None = None
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            return
        self._resolver.lifetime = timeout_s
        self._resolver.cache = None  # ours is by the steady clock
        if servers:
            split = [_host_and_port(server) for server in servers]
            self._resolver.nameservers = [host for host, _ in split]
            self._resolver.nameserver_ports = dict(split)

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
        """Raises DnsUnavailable."""
        if self._resolver is None or _is_reserved(name):
            return [], SYSTEM_TTL_S
        try:
            answer = await self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], SYSTEM_TTL_S
        except dns.exception.DNSException as error:
            raise DnsUnavailable(name, type(error).__name__) from error
        return list(answer), float(answer.rrset.ttl if answer.rrset is not None else 0)


class DnsUnavailable(Exception):
    """No name server answered in time, or with sense."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


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
        return host.strip("[]"), int(port)
