"""DNS records that lead to SIP servers, and in which order they are tried: RFC 3263, RFC 2782."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

SERVICES: Final = {
    "SIP+D2U": ("sip", "UDP"),
    "SIP+D2T": ("sip", "TCP"),
    "SIPS+D2T": ("sips", "TLS"),
}
"""NAPTR services that we can use: URI scheme served and transport, RFC 3263 §4.1."""

PREFIXES: Final = {"UDP": "_sip._udp.", "TCP": "_sip._tcp.", "TLS": "_sips._tcp."}


class Dice(Protocol):
    """What we need of `random.Random`."""

    def randint(self, first: int, last: int, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Naptr:
    order: int
    preference: int
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    priority: int
    weight: int
    port: int
    target: str


def usable(records: Iterable[Naptr], served: Iterable[str], *, secure: bool) -> list[Naptr]:
    """Those whose transport we serve, the best first; `secure` (a sips URI) takes SIPS only."""
    transports = frozenset(served)
    fitting = [
        record
        for record in records
        if (service := SERVICES.get(record.service.upper())) is not None
        and service[1] in transports
        and (service[0] == "sips" or not secure)
    ]
    return sorted(fitting, key=lambda record: (record.order, record.preference))


def in_order(records: Iterable[Srv], dice: Dice) -> list[Srv]:
    """By priority; within one, drawn by weight, RFC 2782. A target "." serves nothing."""
    ordered: list[Srv] = []
    by_priority: dict[int, list[Srv]] = {}
    for record in records:
        if record.target.rstrip("."):
            by_priority.setdefault(record.priority, []).append(record)
    for priority in sorted(by_priority):
        left = sorted(by_priority[priority], key=lambda record: (record.weight, record.target))
        while left:
            ordered.append(left.pop(_drawn(left, dice)))
    return ordered


def _drawn(records: list[Srv], dice: Dice) -> int:
    lightest = records[0].weight  # of weight 0: a very small chance
    point = dice.randint(min(lightest, 1), sum(record.weight for record in records))
    running = 0
    for index, record in enumerate(records):
        running += record.weight
        if running >= point:
            return index
    raise AssertionError("the running sum ends at the last point")
