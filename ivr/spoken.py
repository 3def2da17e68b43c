"""What is said to callers: prompts by name, and parts whose words depend on the call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.expressions import Computed
from ivr.grammar.rules import CURRENCIES, DAYS, LARGEST, MONTHS, Rules, rules_for
from ivr.names import PromptName, Text

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
KINDS: Final = ("digits", "number", "date", "time", "money", "spelled", "text")
MAX_SAID: Final = 64
"""Digits or letters said one after the other."""
MAX_TEXT: Final = 1000
"""Characters of a text for the speech engine: a minute or more."""


Utterable: TypeAlias = PromptName | Text
"""What a caller can be played."""


class Unsayable(Exception):
    """A value that is no number, date … or too large, or a language without rules for it."""


def _as_text(value: Any) -> Any:
    return str(value) if type(value) in (int, float) else value


_Value = Annotated[Computed, BeforeValidator(_as_text)]


class Part(BaseModel):
    """Something of the call, said in the caller's language; exactly one of its kinds."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True
    )

    digits: _Value | None = None
    """One by one: 0815 is "zero eight one five"."""
    number: _Value | None = None
    """As a number: 105 is "one hundred and five"; up to two decimals."""
    date: _Value | None = None
    """A date, 2026-12-25, with its weekday."""
    time: _Value | None = None
    """A time of day, 15:30."""
    money: _Value | None = None
    """An amount in `currency`."""
    spelled: _Value | None = None
    """Letter by letter; what is no letter and no digit is left out."""
    text: _Value | None = None
    """Any words, such as `"Hello {{ customer.name }}"`, spoken by the speech engine: for what
    nobody can record."""
    currency: Literal["EUR", "IDR", "USD"] | None = None
    year: bool = False
    """Whether a date is said with its year."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise PydanticCustomError(
                "part",
                "should have exactly one of digits, number, date, time, money, spelled or text",
            )
        if (self.money is None) != (self.currency is None):
            raise PydanticCustomError("part", "`money:` and `currency:` go together")
        return self

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def said(self, variables: Mapping[str, Any], language: str) -> list[Utterable]:
        """What is to be played for it. Raises Unsayable, ExpressionError."""
        if self.text is not None:
            return [_text(self.text.text(variables))]
        return list(self.words(variables, language))

    def words(self, variables: Mapping[str, Any], language: str) -> list[PromptName]:
        """Of every kind but a text. Raises Unsayable, ExpressionError."""
        rules = rules_for(language)
        if rules is None:
            raise Unsayable(f"there are no rules to say a {self.kind} in {language}")
        value = getattr(self, self.kind).text(variables)
        said = {
            "digits": lambda: _digits(value),
            "number": lambda: _number(value, rules),
            "date": lambda: rules.day(_date(value), year=self.year),
            "time": lambda: rules.clock(_time(value)),
            "money": lambda: _money(value, str(self.currency), rules),
            "spelled": lambda: _spelled(value),
        }
        return [PromptName(f"part_{word}") for word in said[self.kind]()]

    def sampled(self, language: str) -> Iterator[str]:
        """Names of prompts that it needs for certain: if they are there, so are the others.

        Of every kind but a text.
        """
        rules = rules_for(language)
        assert rules is not None, "asked about languages with rules"
        samples: dict[str, Callable[[], list[str]]] = {
            "digits": lambda: list("0123456789"),
            "number": lambda: [rules.point(), rules.minus(), *rules.number(987_654_321_012)],
            "date": lambda: [*DAYS, *MONTHS, *rules.number(31)],
            "time": lambda: [*rules.clock(time(13, 59)), *rules.clock(time(1, 0))],
            "money": lambda: rules.money(21, 1 if _minor(self.currency) else 0, str(self.currency)),
            "spelled": lambda: list(LETTERS),
        }
        yield from (f"part_{word}" for word in samples[self.kind]())


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


Spoken: TypeAlias = PromptName | Part
Listed = BeforeValidator(_one_or_more, json_schema_input_type=Spoken | list[Spoken])
Prompts = Annotated[tuple[Spoken, ...], Field(min_length=1, max_length=20), Listed]
"""One prompt or a list of them, played one after the other. Beside names of prompts there may be
parts such as `{number: "{{ position }}"}`, `{money: "{{ balance }}", currency: IDR}` or
`{text: "Hello {{ customer.name }}"}`."""


def said(prompts: Sequence[Spoken], variables: Mapping[str, Any], language: str) -> list[Utterable]:
    """What to play. Raises Unsayable, ExpressionError."""
    names: list[Utterable] = []
    for each in prompts:
        if isinstance(each, Part):
            names += each.said(variables, language)
        else:
            names.append(each)
    return names


def _text(value: str) -> Text:
    words = " ".join(value.split())
    if not any(letter.isalnum() for letter in words) or len(words) > MAX_TEXT:
        raise Unsayable(f"a text has no words to say, or more than {MAX_TEXT} characters")
    return Text(words)


def _digits(value: str) -> list[str]:
    found = [letter for letter in value if letter in "0123456789"]
    if not found or len(found) > MAX_SAID:
        raise Unsayable(f"{value[:20]!r} has no digits to say, or more than {MAX_SAID}")
    return found


def _spelled(value: str) -> list[str]:
    found = [letter for letter in value.lower() if letter in LETTERS or letter in "0123456789"]
    if not found or len(found) > MAX_SAID:
        raise Unsayable(f"{value[:20]!r} has no letters to say, or more than {MAX_SAID}")
    return found


def _decimal(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Unsayable(f"{value[:20]!r} is no number") from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise Unsayable(f"{value[:20]!r} is too large to say")
    return number


def _number(value: str, rules: Rules) -> list[str]:
    number = round(_decimal(value), 2)
    whole = int(abs(number))
    fraction = f"{abs(number) - whole:.2f}"[2:].rstrip("0")
    words = [rules.minus()] if number < 0 else []
    words += rules.number(whole)
    return [*words, rules.point(), *fraction] if fraction else words


def _money(value: str, currency: str, rules: Rules) -> list[str]:
    amount = _decimal(value)
    minor_digits = CURRENCIES[currency]
    units = round(abs(amount) * 10**minor_digits)
    major, minor = divmod(units, 10**minor_digits)
    words = [rules.minus()] if amount < 0 and units else []
    return [*words, *rules.money(major, minor, currency)]


def _minor(currency: str | None) -> int:
    return CURRENCIES[currency or "IDR"]


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise Unsayable(f"{value[:20]!r} is no date such as 2026-12-25") from None


def _time(value: str) -> time:
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise Unsayable(f"{value[:20]!r} is no time such as 15:30") from None
