"""URIs to transport addresses, all of them in the order in which they are tried: RFC 3263 §4."""

import asyncio
import ipaddress
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Final

from sip.address import Address
from sip.edges.dns import Dns
from sip.errors import NameUnresolved, SipError, TransportFailed
from sip.service_records import PREFIXES, SERVICES, Srv, in_order, usable
from sip.uri import Uri, parse_uri

CACHED_AT_MOST: Final = 10_000
CACHED_AT_LEAST_S: Final = 1.0
CACHED_AT_LONGEST_S: Final = 3600.0
HOPS_AT_MOST: Final = 8
LOOK_UP_AT_MOST_S: Final = 5.0
AVOIDED_S: Final = 32.0
"""How long an address that failed is tried last, when it does not say so itself."""

AVOIDED_AT_LONGEST_S: Final = 600.0

Hops = tuple[Address, ...]
Found = Callable[[Hops], None]
Failed = Callable[[SipError], None]
Question = tuple[str, str, int | None, str]


class Resolver:
    """Answers through callbacks: at once whenever no look-up is needed."""

    def __init__(
        self,
        transports: tuple[str, ...],
        clock: Callable[[], float],
        dns: Dns,
        rng: Random,
        *,
        families: frozenset[int] = frozenset({4}),
    ) -> None:
        """`transports` are those we serve, the preferred one first; `families`: 4, 6 or both."""
        self._transports = transports
        self._families = families
        self._clock = clock
        self._dns = dns
        self._rng = rng
        self._cache: dict[Question, tuple[float, Hops]] = {}
        self._avoided: dict[Address, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def resolve(self, uri_text: str, found: Found, failed: Failed) -> None:
        """Call exactly one of the two, once; `found` gets one hop at least."""
        try:
            uri = parse_uri(uri_text)
            transport = self._asked_transport(uri)
        except SipError as error:
            failed(error)
            return
        question = (uri.scheme, _host_of(uri), uri.port, transport)
        hops = self._known(question)
        if hops is not None:
            found(self._best_first(hops))
            return
        task = asyncio.get_running_loop().create_task(self._look_up(question, found, failed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def guess(self, uri: Uri) -> Address | None:
        """Where requests to the URI go, if that is known without asking anybody."""
        try:
            question = (uri.scheme, _host_of(uri), uri.port, self._asked_transport(uri))
        except SipError:
            return None
        hops = self._known(question)
        return self._best_first(hops)[0] if hops else None

    def avoid(self, hop: Address, for_s: float | None = None) -> None:
        """It failed: try it after all others for a while, RFC 3261 §21.5.4."""
        if len(self._avoided) >= CACHED_AT_MOST:
            self._avoided.clear()
        seconds = AVOIDED_S if for_s is None else min(for_s, AVOIDED_AT_LONGEST_S)
        self._avoided[hop] = self._clock() + seconds

    def is_avoided(self, hop: Address) -> bool:
        return self._avoided.get(hop, 0.0) > self._clock()

    def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()

    # ---- without asking

    def _asked_transport(self, uri: Uri) -> str:
        """The transport that the URI names, "" if it leaves us the choice.

        Raises:
            TransportFailed: we cannot go there.
        """
        if not uri.is_sip:
            raise TransportFailed(uri.scheme, "only sip: and sips: are served")
        asked = (uri.params.get("transport") or "").upper()
        if uri.scheme == "sips":
            asked = "TLS" if asked in ("", "TCP", "TLS") else "?"
        if asked and asked not in self._transports:
            raise TransportFailed(uri.host, f"transport {asked[:10]} is not served")
        return asked

    def _known(self, question: Question) -> Hops | None:
        _, host, port, transport = question
        numeric = _numeric(host)
        if numeric is None:
            expires_at, hops = self._cache.get(question, (0.0, ()))
            return hops if expires_at > self._clock() else None
        chosen = transport or self._transports[0]
        return (_address(chosen, numeric, port or default_port(chosen), host),)

    def _best_first(self, hops: Hops) -> Hops:
        return hops if len(hops) == 1 else tuple(sorted(hops, key=self.is_avoided))

    # ---- by asking

    async def _look_up(self, question: Question, found: Found, failed: Failed) -> None:
        host = question[1]
        try:
            async with asyncio.timeout(LOOK_UP_AT_MOST_S):
                hops, ttl_s = await self._hops(question)
        except (TimeoutError, NameUnresolved):
            failed(TransportFailed(host, "the name was not resolved in time"))
            return
        if not hops:
            failed(TransportFailed(host, "the name is not known"))
            return
        if len(self._cache) >= CACHED_AT_MOST:
            self._cache.clear()
        ttl_s = min(max(ttl_s, CACHED_AT_LEAST_S), CACHED_AT_LONGEST_S)
        self._cache[question] = (self._clock() + ttl_s, hops)
        found(self._best_first(hops))

    async def _hops(self, question: Question) -> tuple[Hops, float]:
        """All hops, and for how many seconds they hold."""
        scheme, host, port, transport = question
        if port is not None or "." not in host.rstrip("."):
            chosen = transport or self._transports[0]
            return await self._at(host, chosen, port or default_port(chosen), host)
        if transport:
            return await self._by_srv(host, [(transport, PREFIXES[transport] + host)])
        naptr = await self._dns.naptr(host)
        records = usable(naptr.records, self._transports, secure=scheme == "sips")
        if records:
            services = [(SERVICES[each.service.upper()][1], each.replacement) for each in records]
            hops, ttl_s = await self._by_srv(host, services)
            return hops, min(ttl_s, naptr.ttl_s)
        served = [each for each in self._transports if each in PREFIXES]
        return await self._by_srv(host, [(each, PREFIXES[each] + host) for each in served])

    async def _by_srv(self, host: str, services: list[tuple[str, str]]) -> tuple[Hops, float]:
        """Through SRV records; where there are none, the address records with the default port."""
        hops: list[Address] = []
        soonest_s = CACHED_AT_LONGEST_S
        for transport, name in services:
            answer = await self._dns.srv(name)
            if answer.records:
                soonest_s = min(soonest_s, answer.ttl_s)
            for record in in_order(answer.records, self._rng):
                if len(hops) >= HOPS_AT_MOST:
                    break
                more, ttl_s = await self._of_srv(record, transport, host)
                hops += more
                soonest_s = min(soonest_s, ttl_s)
        if hops:
            return tuple(dict.fromkeys(hops))[:HOPS_AT_MOST], soonest_s
        transport = services[0][0]
        return await self._at(host, transport, default_port(transport), host)

    async def _of_srv(self, record: Srv, transport: str, host: str) -> tuple[Hops, float]:
        return await self._at(record.target, transport, record.port, host)

    async def _at(self, name: str, transport: str, port: int, domain: str) -> tuple[Hops, float]:
        answer = await self._dns.addresses(name, self._families)
        return tuple(
            _address(transport, each, port, domain) for each in answer.records
        ), answer.ttl_s


def default_port(transport: str) -> int:
    return 5061 if transport in ("TLS", "WSS") else 5060


@lru_cache(maxsize=1024)
def _numeric(host: str) -> str | None:
    """An address in its usual spelling; None for a name."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def _host_of(uri: Uri) -> str:
    """`maddr` says where instead of the host, RFC 3263 §4."""
    return (uri.params.get("maddr") or uri.host).lower()


def _address(transport: str, host: str, port: int, domain: str) -> Address:
    """The certificate must be of the domain that was asked for, whoever serves it: RFC 5922 §7."""
    return Address(transport, host, port, domain=domain.strip("[]") if transport == "TLS" else "")
