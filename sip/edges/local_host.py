"""Which of our addresses a peer sees: what we write into Via, Contact and session descriptions."""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

WILDCARDS: Final = frozenset({"0.0.0.0", "::"})
CACHED_AT_MOST: Final = 10_000


class LocalHost:
    """One listener's. It answers at once: it asks the kernel's routing table, and sends nothing."""

    def __init__(self, listen: str, public: str = "", local_networks: Iterable[str] = ()) -> None:
        """`public` is told to peers outside of `local_networks`."""
        self._listen = listen
        self._public = public
        self._local = tuple(ipaddress.ip_network(each, strict=False) for each in local_networks)
        self._known: dict[str, str] = {}

    def public(self, peer: str) -> str:
        """The host for Via and Contact, IPv6 without brackets."""
        if self._public and not (self._local and self._is_local(peer)):
            return self._public
        return self.toward(peer)

    def toward(self, peer: str) -> str:
        """The address of ours that packets to `peer` leave from; `listen` when that is one."""
        if self._listen not in WILDCARDS:
            return self._listen
        known = self._known.get(peer)
        if known is None:
            if len(self._known) >= CACHED_AT_MOST:
                self._known.clear()
            known = self._known[peer] = _source_toward(peer) or self._listen
        return known

    def _is_local(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._local)


def _source_toward(peer: str) -> str | None:
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def bracketed(host: str) -> str:
    """As hosts stand in URIs and Via."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
