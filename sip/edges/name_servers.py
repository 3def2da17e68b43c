"""Records from name servers, by dnspython."""

from collections.abc import Sequence
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver

from sip.errors import NameUnresolved


class NameServers:
    """Asks them and keeps nothing: our own cache is by the steady clock."""

    def __init__(self, servers: Sequence[tuple[str, int]], *, timeout_s: float) -> None:
        """`servers`: numeric hosts and ports; those of the system if none is given."""
        self._resolver: dns.asyncresolver.Resolver | None = None
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            return
        self._resolver.lifetime = timeout_s
        self._resolver.cache = None
        if servers:
            self._resolver.nameservers = [host for host, _ in servers]
            self._resolver.nameserver_ports = dict(servers)

    async def ask(self, name: str, kind: str) -> tuple[list[Any], float | None]:
        """The records, none when there are none, and for how many seconds that holds, if told.

        Raises:
            NameUnresolved: nobody answers in time, or with sense.
        """
        if self._resolver is None:
            return [], None
        try:
            answer = await self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], None
        except dns.exception.DNSException as error:
            raise NameUnresolved(name, type(error).__name__) from error
        return list(answer), float(answer.rrset.ttl if answer.rrset is not None else 0)
