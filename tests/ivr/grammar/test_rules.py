"""Languages: every word that rules use has a text, and numbers sound as people say them."""

from collections.abc import Mapping
from datetime import date, time
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.grammar.rules import CURRENCIES, LARGEST, grammars, rules_for
from ivr.prompt_texts import read_prompt_texts

TEXTS: Mapping[str, Mapping[str, str]] = read_prompt_texts(files("ivr_flows") / "prompts")
LANGUAGES = ["en", "es", "id"]


def spoken(language: str, words: list[str]) -> str:
    return " ".join(TEXTS[language][f"part_{word}"] for word in words)


def number(language: str, value: int) -> str:
    return spoken(language, grammars()[language].number(value))


def test_there_are_three_languages_and_their_regions() -> None:
    assert sorted(grammars()) == LANGUAGES
    assert rules_for("es-MX") is grammars()["es"]
    assert rules_for("fr") is None


@pytest.mark.parametrize(
    ("value", "en", "id_", "es"),
    [
        (0, "zero", "nol", "cero"),
        (11, "eleven", "sebelas", "once"),
        (16, "sixteen", "enam belas", "dieciséis"),
        (20, "twenty", "dua puluh", "veinte"),
        (21, "twenty one", "dua puluh satu", "veintiuno"),
        (45, "forty five", "empat puluh lima", "cuarenta y cinco"),
        (100, "one hundred", "seratus", "cien"),
        (105, "one hundred and five", "seratus lima", "ciento cinco"),
        (516, "five hundred and sixteen", "lima ratus enam belas", "quinientos dieciséis"),
        (1000, "one thousand", "seribu", "mil"),
        (1001, "one thousand and one", "seribu satu", "mil uno"),
        (2026, "two thousand and twenty six", "dua ribu dua puluh enam", "dos mil veintiséis"),
        (
            21_000,
            "twenty one thousand",
            "dua puluh satu ribu",
            "veintiún mil",
        ),
        (1_000_000, "one million", "satu juta", "un millón"),
        (
            2_500_000,
            "two million five hundred thousand",
            "dua juta lima ratus ribu",
            "dos millones quinientos mil",
        ),
        (1_000_000_000, "one billion", "satu miliar", "mil millones"),
    ],
)
def test_numbers(value: int, en: str, id_: str, es: str) -> None:
    assert [number(language, value) for language in ("en", "id", "es")] == [en, id_, es]


@pytest.mark.parametrize("language", LANGUAGES)
def test_small_numbers_all_sound_different(language: str) -> None:
    assert len({number(language, value) for value in range(20_000)}) == 20_000


@given(st.sampled_from(LANGUAGES), st.integers(0, LARGEST - 1))
def test_every_number_has_texts(language: str, value: int) -> None:
    assert number(language, value)


@given(
    st.sampled_from(LANGUAGES),
    st.dates(date(1900, 1, 1), date(2999, 12, 31)),
    st.times(),
    st.sampled_from(sorted(CURRENCIES)),
    st.integers(0, 10**9),
    st.integers(0, 99),
)
def test_every_date_time_and_amount_has_texts(
    language: str, day: date, at: time, currency: str, major: int, minor: int
) -> None:
    rules = grammars()[language]
    assert spoken(language, rules.day(day, year=True))
    assert spoken(language, rules.clock(at))
    assert spoken(language, rules.money(major, minor if CURRENCIES[currency] else 0, currency))
    assert spoken(language, [rules.point(), rules.minus()])


@pytest.mark.parametrize(
    ("language", "day", "afternoon", "full"),
    [
        ("en", "Friday December twenty-fifth", "three thirty p.m.", "nine o'clock a.m."),
        ("id", "Jumat dua puluh lima Desember", "pukul lima belas lewat tiga puluh menit",
         "pukul sembilan"),
        ("es", "viernes veinticinco de diciembre", "las quince y treinta", "las nueve"),
    ],
)  # fmt: skip
def test_dates_and_times(language: str, day: str, afternoon: str, full: str) -> None:
    rules = grammars()[language]
    assert spoken(language, rules.day(date(2026, 12, 25), year=False)) == day
    assert spoken(language, rules.clock(time(15, 30))) == afternoon
    assert spoken(language, rules.clock(time(9, 0))) == full


def test_odd_hours() -> None:
    assert spoken("es", grammars()["es"].clock(time(1, 5))) == "la una y cinco"
    assert spoken("es", grammars()["es"].clock(time(21, 0))) == "las veintiuna"
    assert spoken("en", grammars()["en"].clock(time(0, 5))) == "twelve oh five a.m."


@pytest.mark.parametrize(
    ("language", "currency", "major", "minor", "said"),
    [
        ("en", "USD", 1, 1, "one dollar and one cent"),
        ("en", "USD", 21, 50, "twenty one dollars and fifty cents"),
        ("id", "IDR", 150_000, 0, "seratus lima puluh ribu rupiah"),
        ("es", "EUR", 21, 1, "veintiún euros con un céntimo"),
        ("es", "USD", 1_000_000, 0, "un millón de dólares"),
        ("es", "EUR", 1, 0, "un euro"),
    ],
)
def test_money(language: str, currency: str, major: int, minor: int, said: str) -> None:
    assert spoken(language, grammars()[language].money(major, minor, currency)) == said
