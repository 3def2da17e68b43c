"""Indonesian: "seratus lima", "Jumat, 25 Desember", "pukul 15 lewat 30 menit"."""

from datetime import date, time
from typing import Final

from ivr.grammar.rules import DAYS, MONTHS, grouped

_SCALES: Final = ("", "ribu", "juta", "miliar")


class Indonesian:
    def number(self, value: int) -> list[str]:
        if not value:
            return ["0"]
        words: list[str] = []
        for group, power in grouped(value):
            if (group, power) == (1, 1):
                words.append("seribu")
            else:
                words += _below_thousand(group)
                words += [_SCALES[power]] if power else []
        return words

    def point(self) -> str:
        return "koma"

    def minus(self) -> str:
        return "minus"

    def day(self, day: date, *, year: bool) -> list[str]:
        words = [DAYS[day.weekday()], *self.number(day.day), MONTHS[day.month - 1]]
        return [*words, *self.number(day.year)] if year else words

    def clock(self, at: time) -> list[str]:
        words = ["pukul", *self.number(at.hour)]
        return [*words, "lewat", *self.number(at.minute), "menit"] if at.minute else words

    def money(self, major: int, minor: int, currency: str) -> list[str]:
        words = [*self.number(major), currency]
        return [*words, *self.number(minor), f"{currency}_minor"] if minor else words


def _below_thousand(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    words = ["seratus"] if hundreds == 1 else [str(hundreds), "ratus"] if hundreds else []
    tens, ones = divmod(rest, 10)
    if rest in (10, 11):
        return [*words, str(rest)]
    if tens == 1:
        return [*words, str(ones), "belas"]
    if tens:
        words += [str(tens), "puluh"]
    return [*words, str(ones)] if ones else words


RULES: Final = Indonesian()
