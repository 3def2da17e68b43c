"""Trunks as calls see them: who they are, how many calls they carry, whether they answer."""

import ipaddress
import random
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from calls.gateways import Dice, Gateways
from calls.settings import TrunkSettings
from events.ids import TrunkName


class Trunks:
    """One per process; counts calls in both directions against each trunk's limits."""

    def __init__(
        self, settings: Mapping[TrunkName, TrunkSettings], dice: Dice | None = None
    ) -> None:
        """`dice` shares calls among gateways by weight."""
        self.settings = settings
        chance = dice or random.Random()
        self.gateways = {name: Gateways(trunk, chance) for name, trunk in settings.items()}
        self._paces = {
            name: _Pace(trunk.calls_per_s) for name, trunk in settings.items() if trunk.calls_per_s
        }
        self._learnt: dict[str, TrunkName] = {}
        self._calls: Counter[TrunkName] = Counter()
        self._networks = [
            (ipaddress.ip_network(address, strict=False), name)
            for name, trunk in settings.items()
            for address in trunk.addresses
        ]

    def at(self, host: str) -> TrunkName | None:
        """The trunk that a source address is, the narrowest network first."""
        if host in self._learnt:
            return self._learnt[host]
        address = _address(host)
        if address is None:
            return None
        found = [(net.prefixlen, name) for net, name in self._networks if address in net]
        return max(found)[1] if found else None

    def learn(self, trunk: TrunkName, host: str) -> None:
        """The registrar that took our registration speaks for the trunk from there."""
        self._learnt = {each: name for each, name in self._learnt.items() if name != trunk}
        self._learnt[host] = trunk

    def paced(self, trunk: TrunkName, now: float) -> bool:
        """Count a new call to the trunk; false when they come faster than it takes them."""
        pace = self._paces.get(trunk)
        return pace is None or pace.take(now)

    def is_full(self, trunk: TrunkName) -> bool:
        limit = self.settings[trunk].max_calls
        return limit is not None and self._calls[trunk] >= limit

    def calls_active(self, trunk: TrunkName) -> int:
        return self._calls[trunk]

    def call_begins(self, trunk: TrunkName) -> None:
        self._calls[trunk] += 1

    def call_ends(self, trunk: TrunkName) -> None:
        self._calls[trunk] -= 1


@lru_cache(maxsize=4096)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


class _Pace:
    """A bucket that fills at `per_s` and holds one second's worth, one call at least."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._holds = max(1.0, per_s)
        self._left = self._holds
        self._at = 0.0

    def take(self, now: float) -> bool:
        self._left = min(self._holds, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
