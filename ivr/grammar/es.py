"""Spanish: "ciento cinco", "viernes 25 de diciembre", "las 15 y 30"."""

from datetime import date, time
from typing import Final

from ivr.grammar.rules import DAYS, MONTHS, grouped

_FEMININE_HOUR: Final = "una"


class Spanish:
    def number(self, value: int) -> list[str]:
        return _number(value)

    def point(self) -> str:
        return "coma"

    def minus(self) -> str:
        return "menos"

    def day(self, day: date, *, year: bool) -> list[str]:
        words = [DAYS[day.weekday()], *_number(day.day), "de", MONTHS[day.month - 1]]
        return [*words, "de", *_number(day.year)] if year else words

    def clock(self, at: time) -> list[str]:
        hour = ["la", _FEMININE_HOUR] if at.hour == 1 else ["las", *_hours(at.hour)]
        return [*hour, "and", *_number(at.minute)] if at.minute else hour

    def money(self, major: int, minor: int, currency: str) -> list[str]:
        counted = _shortened(_number(major))
        of = ["de"] if counted[-1] in ("millon", "millones") else []
        words = [*counted, *of, f"{currency}_1" if major == 1 else currency]
        if minor:
            unit = f"{currency}_minor_1" if minor == 1 else f"{currency}_minor"
            words += ["con", *_shortened(_number(minor)), unit]
        return words


def _hours(hour: int) -> list[str]:
    """Hours are feminine: las veintiuna."""
    return ["21f"] if hour == 21 else _number(hour)


def _number(value: int) -> list[str]:
    """Millions are counted up to a million of them: mil millones is our thousand million."""
    if not value:
        return ["0"]
    millions, rest = divmod(value, 1_000_000)
    words: list[str] = []
    if millions == 1:
        words = ["un", "millon"]
    elif millions:
        words = [*_shortened(_number(millions)), "millones"]
    for group, power in grouped(rest):
        if (group, power) == (1, 1):
            words.append("mil")
        elif power:
            words += [*_shortened(_below_thousand(group)), "mil"]
        else:
            words += _below_thousand(group)
    return words


def _below_thousand(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    if value == 100:
        return ["100"]
    words = ["ciento" if hundreds == 1 else str(hundreds * 100)] if hundreds else []
    if rest >= 30:
        tens, ones = divmod(rest, 10)
        return [*words, str(tens * 10), *(["and", str(ones)] if ones else [])]
    return [*words, str(rest)] if rest else words


def _shortened(words: list[str]) -> list[str]:
    """Before a noun, uno is un and veintiuno is veintiún."""
    short = {"1": "un", "21": "21n"}
    return [*words[:-1], short.get(words[-1], words[-1])]


RULES: Final = Spanish()
