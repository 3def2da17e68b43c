"""The numbering plan: where a dialled number leads, and who may dial it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from calls.settings import DIALLED, EmergencySettings, NumberSettings

_CLASSES: Final = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_LONGEST_NUMBER: Final = 64  # bounded before a pattern sees it; E.164 needs 15


@dataclass(frozen=True, slots=True)
class Route:
    """Where a number leads: `kind` is one of `calls.settings.TARGET_KINDS`.

    Attributes:
        target: name of the flow, queue, phone, trunk or feature.
        number: what was dialled, or what to dial through the trunk.
    """

    kind: str
    target: str
    number: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No entry matches: 404."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """With more digits it would match an entry for this trunk or phone class: 484."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """An entry matches, but not for this trunk or phone class: 403."""


Destination: TypeAlias = Route | Unknown | Incomplete | Forbidden


class NumberingPlan:
    def __init__(self, numbers: Sequence[NumberSettings], emergency: EmergencySettings) -> None:
        self._entries = [
            (pattern_of(entry.dial), beginnings_of(entry.dial), entry) for entry in numbers
        ]
        self._emergency = emergency

    def route(self, dialled: str, *, caller_class: str) -> Destination:
        """Find where a number leads for callers of this trunk or phone class."""
        if len(dialled) > _LONGEST_NUMBER:
            return Unknown()
        trunk = self._emergency.trunk
        if trunk is not None and self.is_emergency(dialled):
            return Route("trunk", trunk, dialled)
        seen = begun = False
        for pattern, beginnings, entry in self._entries:
            allowed = not entry.allow or caller_class in entry.allow
            if pattern.fullmatch(dialled):
                if allowed:
                    return _follow(entry, dialled)
                seen = True
            elif allowed and beginnings.fullmatch(dialled):
                begun = True
        if seen:
            return Forbidden()
        return Incomplete() if begun else Unknown()

    def routes(self, dialled: str) -> Iterator[Route]:
        """Wherever a number leads, for one trunk or phone class or another."""
        if self._emergency.trunk is not None and self.is_emergency(dialled):
            yield Route("trunk", self._emergency.trunk, dialled)
        elif len(dialled) <= _LONGEST_NUMBER:
            for pattern, _, entry in self._entries:
                if pattern.fullmatch(dialled):
                    yield _follow(entry, dialled)

    def is_emergency(self, dialled: str) -> bool:
        """Whether it goes out whatever the caller's class and our limits."""
        return dialled in self._emergency.numbers and self._emergency.trunk is not None


def pattern_of(dial: str) -> re.Pattern[str]:
    """Turn a plan's pattern into a regular expression; linear in the number's length.

    Raises:
        ValueError: a set is not closed, or "." stands before the end.
    """
    return re.compile("".join(_parts(dial)))


def beginnings_of(dial: str) -> re.Pattern[str]:
    """What matches the numbers that lack digits to match the pattern itself."""
    nested = ""
    for part in reversed(_parts(dial)[:-1]):
        nested = f"(?:{part}{nested})?"
    return re.compile(nested)


def _parts(dial: str) -> list[str]:
    """A regular expression for each digit; for a last "." one for all that follow."""
    parts: list[str] = []
    position = 0
    while position < len(dial):
        letter = dial[position]
        if letter == "[":
            end = dial.find("]", position)
            if end < 0:
                raise ValueError(f"{dial!r}: the set at {position + 1} has no closing ]")
            parts.append("[" + re.escape(dial[position + 1 : end]).replace(r"\-", "-") + "]")
            position = end
        elif letter == ".":
            if position != len(dial) - 1:
                raise ValueError(f"{dial!r}: '.' may only stand at the end")
            parts.append(".+")
        else:
            parts.append(_CLASSES.get(letter, re.escape(letter)))
        position += 1
    return parts


def bad_patterns(numbers: Iterable[NumberSettings]) -> Mapping[str, str]:
    """Pattern to what is wrong with it, for `sentral check`."""
    problems: dict[str, str] = {}
    for entry in numbers:
        try:
            pattern_of(entry.dial)
        except (ValueError, re.error) as error:
            problems[entry.dial] = str(error)
    return problems


def _follow(entry: NumberSettings, dialled: str) -> Route:
    kind, target = entry.target
    if kind == "phone" and target == DIALLED:
        return Route(kind, dialled, dialled)
    if kind in ("trunk", "feature"):
        return Route(kind, target, entry.about or entry.prefix + dialled[entry.strip :])
    return Route(kind, target, dialled)
