"""Trunks as calls see them: who they are, how many calls they carry, whether they answer."""

import ipaddress
from collections import Counter
from collections.abc import Mapping

from calls.settings import TrunkSettings
from events.ids import TrunkName


class Trunks:
    """One per process; counts calls in both directions against each trunk's limit."""

    def __init__(self, settings: Mapping[TrunkName, TrunkSettings]) -> None:
        self.settings = settings
        self._calls: Counter[TrunkName] = Counter()
        self._networks = [
            (ipaddress.ip_network(address, strict=False), name)
            for name, trunk in settings.items()
            for address in trunk.addresses
        ]

    def at(self, host: str) -> TrunkName | None:
        """The trunk that a source address is, the narrowest network first."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        found = [(net.prefixlen, name) for net, name in self._networks if address in net]
        return max(found)[1] if found else None

    def is_full(self, trunk: TrunkName) -> bool:
        limit = self.settings[trunk].max_calls
        return limit is not None and self._calls[trunk] >= limit

    def calls_active(self, trunk: TrunkName) -> int:
        return self._calls[trunk]

    def call_begins(self, trunk: TrunkName) -> None:
        self._calls[trunk] += 1

    def call_ends(self, trunk: TrunkName) -> None:
        self._calls[trunk] -= 1
