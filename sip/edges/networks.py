"""Whether a host is in one of the networks that an operator named."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache


class Networks:
    def __init__(self, networks: Iterable[str]) -> None:
        """Such as "192.0.2.0/24" or "2001:db8::1"; raises ValueError."""
        self._networks = tuple(ipaddress.ip_network(each) for each in networks)
        self.has = lru_cache(maxsize=1024)(self._has)  # asked for every message

    def _has(self, host: str) -> bool:
        if not self._networks:
            return False
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
