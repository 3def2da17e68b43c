"""Session descriptions as immutable values: RFC 8866, and RTP's part of them, RFC 3551.

A value keeps every attribute as it was sent, in order; what an attribute means is
read by the properties, so a strange attribute of no interest does no harm.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

_LONGEST_ADDRESS: Final = 45
"""Characters of the longest IPv6 address with an IPv4 tail: nothing longer is looked at or kept."""

Attributes: TypeAlias = tuple[tuple[str, str | None], ...]
"""(name, value) pairs in wire order; None for a flag without a value."""

_RTPMAP: Final = re.compile(
    r"([0-9]{1,3})[ \t]+([^/\s]{1,64})/([0-9]{1,6})(?:/([0-9]{1,2}))?[ \t]*"
)
_NUMBERED: Final = re.compile(r"([0-9]{1,3})[ \t]+(.*)")


class Direction(StrEnum):
    """Who sends, seen from the side whose description it stands in; RFC 8866 §6.7."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @classmethod
    def of(cls, *, sends: bool, receives: bool) -> "Direction":
        if sends:
            return cls.SENDRECV if receives else cls.SENDONLY
        return cls.RECVONLY if receives else cls.INACTIVE

    def reversed(self) -> "Direction":
        """The same state of affairs, seen from the other side."""
        return Direction.of(sends=self.receives, receives=self.sends)


@dataclass(frozen=True, slots=True)
class Format:
    """A payload type and what it carries."""

    payload_type: int
    name: str
    """Encoding name as sent; compare by `key`."""
    clock_hz: int
    channels: int = 1
    parameters: str = ""
    """The value of its `fmtp`."""

    @property
    def key(self) -> tuple[str, int, int]:
        """What makes two formats the same codec: names ignore case, RFC 4855 §3."""
        return (self.name.upper(), self.clock_hz, self.channels)

    @property
    def encoding(self) -> str:
        """As an `rtpmap` spells it, RFC 8866 §6.6: one channel goes without saying."""
        channels = f"/{self.channels}" if self.channels > 1 else ""
        return f"{self.name}/{self.clock_hz}{channels}"


STATIC_FORMATS: Final = {
    number: Format(number, name, clock_hz)
    for number, name, clock_hz in (
        (0, "PCMU", 8000),
        (3, "GSM", 8000),
        (4, "G723", 8000),
        (8, "PCMA", 8000),
        (9, "G722", 8000),
        (13, "CN", 8000),
        (15, "G728", 8000),
        (18, "G729", 8000),
    )
}
"""Payload types that need no rtpmap, RFC 3551 §6."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The o= line: which session this is and how often it was changed, RFC 8866 §5.2."""

    session_id: int
    version: int
    address: str
    username: str = "-"


@dataclass(frozen=True, slots=True)
class Media:
    """One m= section, RFC 8866 §5.14."""

    kind: str
    """"audio", "video", ..."""
    port: int
    """0 means refused or switched off."""
    protocol: str
    """"RTP/AVP", "RTP/SAVP", ..."""
    formats: tuple[str, ...]
    """As listed in the m= line, best first."""
    connection: str | None = None
    """Address of its own c= line, None if the session's holds."""
    attributes: Attributes = ()

    def value(self, name: str) -> str | None:
        """First value of an attribute; None if it is absent or a flag."""
        return next((value for key, value in self.attributes if key == name), None)

    def values(self, name: str) -> list[str]:
        """Every value of an attribute that may come more than once."""
        return _values(self.attributes, name)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)

    def payloads(self) -> tuple[Format, ...]:
        """The listed formats that can be told, by their rtpmap or else by their static number."""
        return _payloads(self.formats, self.attributes)

    def milliseconds(self, name: str) -> int | None:
        """`ptime` or `maxptime`; None if absent or not a number. RFC 8866 §6.4 allows fractions."""
        match = re.fullmatch(r"[ \t]*([0-9]{1,4})(?:\.[0-9]{0,6})?[ \t]*", self.value(name) or "")
        return int(match[1]) if match else None

    def rtcp_port(self) -> int | None:
        """The port of an `rtcp` attribute, RFC 3605; None if it is the usual next one."""
        match = re.match(r"[ \t]*([0-9]{1,5})(?:[ \t]|$)", self.value("rtcp") or "")
        return int(match[1]) if match and 0 < int(match[1]) <= 65535 else None


@dataclass(frozen=True, slots=True)
class Session:
    """A whole description."""

    origin: Origin
    media: tuple[Media, ...] = ()
    connection: str | None = None
    name: str = "-"
    timing: str = "0 0"
    attributes: Attributes = ()

    def value(self, name: str) -> str | None:
        """First value of an attribute of the whole session; None if it is absent or a flag."""
        return next(iter(self.values(name)), None)

    def values(self, name: str) -> list[str]:
        return _values(self.attributes, name)

    def connection_of(self, media: Media) -> str | None:
        """Where its sound is to be sent, RFC 8866 §5.7; None if nobody said."""
        return media.connection or self.connection

    def direction_of(self, media: Media, *, by_ice: bool = False) -> Direction:
        """The direction meant: its own, else the session's, less what address 0.0.0.0 forbids.

        `by_ice`: its address is found by ICE, and 0.0.0.0 is no more than a place to be filled in.

        An unspecified address is how RFC 2543 spelt hold: it does not want to receive (§8.4 of
        RFC 3264), whatever the attribute says.
        """
        stated = _direction(media.attributes) or _direction(self.attributes) or Direction.SENDRECV
        held = not by_ice and is_unspecified(self.connection_of(media))
        receives = stated.receives and not held
        return Direction.of(sends=stated.sends, receives=receives)


def is_unspecified(address: str | None) -> bool:
    """True of 0.0.0.0 and ::, and nothing else."""
    parsed = None if address is None else numeric_address(address)
    return parsed is not None and parsed.is_unspecified


def numeric_address(text: str) -> IPv4Address | IPv6Address | None:
    """None for a name, and for anything else. Calls come from few hosts: they are remembered."""
    return _parsed(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _direction(attributes: Attributes) -> Direction | None:
    found = (_SPELT.get(name.lower()) for name, _ in attributes)
    return next((direction for direction in found if direction is not None), None)


_SPELT: Final = {direction.value: direction for direction in Direction}


@lru_cache(maxsize=128)  # read several times for each call, and phones of a kind all say the same
def _payloads(formats: tuple[str, ...], attributes: Attributes) -> tuple[Format, ...]:
    mapped = {f.payload_type: f for f in map(_rtpmap, _values(attributes, "rtpmap")) if f}
    parameters = {
        int(match[1]): match[2].strip()
        for match in map(_NUMBERED.fullmatch, _values(attributes, "fmtp"))
        if match is not None
    }
    payloads = []
    for text in formats:
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            continue
        number = int(text)
        known = mapped.get(number) or STATIC_FORMATS.get(number)
        if known is not None:
            fmtp = parameters.get(number, "")
            payloads.append(Format(number, known.name, known.clock_hz, known.channels, fmtp))
    return tuple(payloads)


def _values(attributes: Attributes, name: str) -> list[str]:
    return [value for key, value in attributes if key == name and value is not None]


def _rtpmap(value: str) -> Format | None:
    match = _RTPMAP.fullmatch(value)
    if match is None or int(match[1]) > 127:
        return None
    return Format(int(match[1]), match[2], int(match[3]), int(match[4] or 1))
