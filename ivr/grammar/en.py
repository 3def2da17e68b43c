"""English: "one hundred and five", "Friday, December the 25th", "3 15 p.m."."""

from datetime import date, time
from typing import Final

from ivr.grammar.rules import DAYS, MONTHS, grouped

_SCALES: Final = ("", "thousand", "million", "billion")


class English:
    def number(self, value: int) -> list[str]:
        if not value:
            return ["0"]
        words: list[str] = []
        for group, power in grouped(value):
            if words and not power and group < 100:
                words.append("and")
            words += _below_thousand(group)
            words += [_SCALES[power]] if power else []
        return words

    def point(self) -> str:
        return "point"

    def minus(self) -> str:
        return "minus"

    def day(self, day: date, *, year: bool) -> list[str]:
        words = [DAYS[day.weekday()], MONTHS[day.month - 1], f"ordinal_{day.day}"]
        return [*words, *self.number(day.year)] if year else words

    def clock(self, at: time) -> list[str]:
        half = "am" if at.hour < 12 else "pm"
        hour = self.number(at.hour % 12 or 12)
        if not at.minute:
            return [*hour, "o_clock", half]
        minutes = ["oh"] if at.minute < 10 else []
        return [*hour, *minutes, *self.number(at.minute), half]

    def money(self, major: int, minor: int, currency: str) -> list[str]:
        words = [*self.number(major), f"{currency}_1" if major == 1 else currency]
        if minor:
            unit = f"{currency}_minor_1" if minor == 1 else f"{currency}_minor"
            words += ["and", *self.number(minor), unit]
        return words


def _below_thousand(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    words = [str(hundreds), "hundred"] if hundreds else []
    if hundreds and rest:
        words.append("and")
    if rest > 20:
        tens, ones = divmod(rest, 10)
        return [*words, str(tens * 10), *([str(ones)] if ones else [])]
    return [*words, str(rest)] if rest else words


RULES: Final = English()
