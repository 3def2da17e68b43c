"""Parts that are said: each kind, its limits, and what the loader says when prompts are missing."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ivr.grammar.rules import grammars
from ivr.loader import load_flows
from ivr.names import PromptName
from ivr.prompt_texts import read_prompt_texts
from ivr.spoken import Part, Unsayable, said
from tests.ivr.flow_files import mistakes

FLOW = """\
languages: [{languages}]
start: hi
nodes:
  hi: {{kind: say, prompt: [hello, {{number: "{{{{ dialled }}}}"}}], next: end}}
"""


def words(language: str = "en", variables: dict[str, Any] | None = None, **part: Any) -> str:
    names = said([Part.model_validate(part)], variables or {}, language)
    return " ".join(name.removeprefix("part_") for name in names)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"digits": "0815"}, "0 8 1 5"),
        ({"digits": "+62 81"}, "6 2 8 1"),
        ({"number": -3}, "minus 3"),
        ({"number": 3.5}, "3 point 5"),
        ({"number": "7.00"}, "7"),
        ({"number": "1e3"}, "1 thousand"),
        ({"date": "2026-12-25T08:00"}, "friday december ordinal_25"),
        ({"date": "2026-01-01", "year": True}, "thursday january ordinal_1 2 thousand and 20 6"),
        ({"time": "15:30"}, "3 30 pm"),
        ({"money": 12.345, "currency": "USD"}, "12 USD and 30 4 USD_minor"),
        ({"money": "0.999", "currency": "USD"}, "1 USD_1"),
        ({"money": -5, "currency": "IDR"}, "minus 5 IDR"),
        ({"spelled": "AB-7c"}, "a b 7 c"),
    ],
)
def test_each_kind_is_said(part: dict[str, Any], value: str) -> None:
    assert words(**part) == value


def test_values_come_from_the_call_and_prompts_stay_between(tmp_path: Path) -> None:
    part = Part.model_validate({"number": "{{ position + 1 }}"})
    names = said([PromptName("you_are"), part, PromptName("bye@es")], {"position": 1}, "id")
    assert names == ["you_are", "part_2", "bye@es"]


@pytest.mark.parametrize(
    ("part", "language"),
    [
        ({"number": "many"}, "en"),
        ({"number": "1e12"}, "en"),
        ({"number": "NaN"}, "en"),
        ({"digits": "none"}, "en"),
        ({"digits": "1" * 65}, "en"),
        ({"spelled": "…"}, "en"),
        ({"date": "tomorrow"}, "en"),
        ({"time": "noon"}, "en"),
        ({"number": 1}, "fr"),
    ],
)
def test_what_cannot_be_said_is_an_error(part: dict[str, Any], language: str) -> None:
    with pytest.raises(Unsayable):
        words(language, **part)


@pytest.mark.parametrize(
    "part",
    [{}, {"number": 1, "digits": 2}, {"money": 1}, {"number": 1, "currency": "USD"},
     {"money": 1, "currency": "XXX"}],
)  # fmt: skip
def test_a_part_is_of_one_kind(part: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Part.model_validate(part)


@pytest.mark.parametrize("language", sorted(grammars()))
@pytest.mark.parametrize(
    "part",
    [{"digits": 1}, {"number": 1}, {"date": "x"}, {"time": "x"}, {"spelled": "x"},
     {"money": 1, "currency": "EUR"}, {"money": 1, "currency": "IDR"}],
)  # fmt: skip
def test_the_shipped_texts_have_all_samples(language: str, part: dict[str, Any]) -> None:
    texts = read_prompt_texts(Path("ivr_flows/prompts"))[language]
    assert set(Part.model_validate(part).sampled(language)) <= texts.keys()


def test_missing_prompts_and_languages_without_rules_are_mistakes(tmp_path: Path) -> None:
    [said_] = mistakes(tmp_path, main=FLOW.format(languages="en"))
    assert said_ == (
        "main.yaml:4: nodes.hi.prompt.1: prompts that say a number are missing in en: part_point …"
    )
    (tmp_path / "main.yaml").write_text(FLOW.format(languages="en, fr"))
    texts = {**read_prompt_texts(Path("ivr_flows/prompts"))["en"], "hello": "Hello."}
    with pytest.raises(Exception, match="no rules to say a number in fr; known are en, es, id"):
        load_flows(tmp_path, prompts={"en": texts, "fr": texts}.__getitem__, queues=())
