"""How much of the stack one source may use: rates, bans, and what was refused.

One token bucket per source and kind, in a bounded table: a flood from made-up addresses pushes
out the sources that were quiet the longest, and costs no more memory than `max_sources`.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A sustained rate, and how much may come at once."""

    per_s: float
    burst: float


DEFAULT_RATES: Final[Mapping[str, Rate]] = {
    "request": Rate(per_s=200.0, burst=400.0),
    "options": Rate(per_s=10.0, burst=30.0),
    "malformed": Rate(per_s=10.0, burst=50.0),
}
"""By kind: new requests, OPTIONS that nobody vouches for, and malformed messages answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """What one source (an IP address) may do.

    Attributes:
        rates: by kind, see `DEFAULT_RATES`.
        failures: wrong credentials within `failures_within_s` that lead to a ban.
        ban_s: how long everything from a banned source is dropped.
        max_sources: size of each table.
    """

    rates: Mapping[str, Rate]
    failures: int = 20
    failures_within_s: float = 300.0
    ban_s: float = 300.0
    max_sources: int = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Guard:
    """Asked before any work is spent on a message. `now` is seconds on a steady clock."""

    def __init__(self, limits: GuardLimits | None = None) -> None:
        self._limits = limits or GuardLimits(rates=DEFAULT_RATES)
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._failures: OrderedDict[str, _Bucket] = OrderedDict()
        self._banned_until: OrderedDict[str, float] = OrderedDict()
        self.rejected: Counter[str] = Counter()
        """How often something was refused: "banned", or the kind whose rate was exceeded."""

    def allows(self, host: str, kind: str, now: float) -> bool:
        """Take one token; false means drop the message. Unknown kinds are a KeyError of ours."""
        rate = self._limits.rates[kind]
        bucket = self._bucket((host, kind), rate.burst, now)
        elapsed_s = max(0.0, now - bucket.filled_at)
        bucket.tokens = min(rate.burst, bucket.tokens + elapsed_s * rate.per_s)
        bucket.filled_at = now
        if bucket.tokens < 1.0:
            self.rejected[kind] += 1
            return False
        bucket.tokens -= 1.0
        return True

    def is_banned(self, host: str, now: float) -> bool:
        """Whether everything from the source is to be dropped; counts each time it is."""
        until = self._banned_until.get(host)
        if until is None:
            return False
        if until <= now:
            del self._banned_until[host]
            return False
        self.rejected["banned"] += 1
        return True

    def credentials_failed(self, host: str, now: float) -> bool:
        """Note wrong credentials; true if the source is banned by it."""
        self.rejected["credentials"] += 1
        leak_per_s = self._limits.failures / self._limits.failures_within_s
        level = self._failures.pop(host, None) or _Bucket(0.0, now)
        level.tokens = max(0.0, level.tokens - (now - level.filled_at) * leak_per_s) + 1.0
        level.filled_at = now
        if level.tokens < self._limits.failures:
            self._failures[host] = level
            _trim(self._failures, self._limits.max_sources)
            return False
        self._banned_until.pop(host, None)
        self._banned_until[host] = now + self._limits.ban_s
        _trim(self._banned_until, self._limits.max_sources)
        return True

    def credentials_accepted(self, host: str) -> None:
        """A right password clears what mistypings before it cost."""
        self._failures.pop(host, None)

    def banned(self, now: float) -> dict[str, float]:
        """Sources to the seconds their ban still lasts."""
        return {host: until - now for host, until in self._banned_until.items() if until > now}

    def _bucket(self, key: tuple[str, str], burst: float, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(burst, now)
            _trim(self._buckets, self._limits.max_sources)
        else:
            self._buckets.move_to_end(key)
        return bucket


def _trim(table: OrderedDict[KeyT, ValueT], size: int) -> None:
    while len(table) > size:
        table.popitem(last=False)
