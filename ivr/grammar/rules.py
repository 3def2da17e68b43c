"""What every language's rules answer, and the languages there are."""

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import date, time
from functools import cache
from typing import Final, Protocol

import ivr.grammar

LARGEST: Final = 10**12
"""Numbers of this size and more are no longer said."""

MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CURRENCIES: Final[Mapping[str, int]] = {"EUR": 2, "IDR": 0, "USD": 2}
"""Digits of the minor unit, ISO 4217."""


class Rules(Protocol):
    """A language. Each answer is a list of words, without `part_`."""

    def number(self, value: int) -> list[str]:
        """From 0 to `LARGEST`, not included."""

    def point(self) -> str:
        """What is said between whole and fraction."""

    def minus(self) -> str: ...
    def day(self, day: date, *, year: bool) -> list[str]: ...
    def clock(self, at: time) -> list[str]: ...
    def money(self, major: int, minor: int, currency: str) -> list[str]:
        """`minor` is 0 when there is none to say."""


@cache
def grammars() -> Mapping[str, Rules]:
    """Language tag to rules: `ivr/grammar/<language>.py` holds `RULES`."""
    found: dict[str, Rules] = {}
    for module in pkgutil.iter_modules(ivr.grammar.__path__):
        if len(module.name) == 2:
            found[module.name] = importlib.import_module(f"ivr.grammar.{module.name}").RULES
    return found


def rules_for(language: str) -> Rules | None:
    """`es-MX` is said as `es`."""
    return grammars().get(language.partition("-")[0])


def grouped(value: int) -> list[tuple[int, int]]:
    """(three digits, power of a thousand), highest first, without empty groups."""
    groups = []
    power = 0
    while value:
        value, group = divmod(value, 1000)
        if group:
            groups.append((group, power))
        power += 1
    return groups[::-1]
