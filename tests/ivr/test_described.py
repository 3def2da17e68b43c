"""Types that describe themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BaseModel, Field

from ivr.described import described, kind_of, meanings, written


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Inherited:
    first: str = ""
    """Said of the first,
    over two lines."""


@dataclass(frozen=True, kw_only=True)
class Whole(Inherited):
    """A type of its own."""

    port: Annotated[int, Ge(1), Le(65535)]
    """Where to."""

    silent: float = 0.5
    colours: tuple[Colour, ...] = (Colour.RED,)
    """Which ones."""
    limits: Mapping[str, Annotated[float, Gt(0)]] = field(default_factory=dict)


class Model(BaseModel):
    least: Annotated[float, Field(gt=0, le=3)] = 1.5
    """How little."""
    file: Path | None = None
    needed: bool


def test_a_dataclass_with_what_it_inherits() -> None:
    rows = [(each.name, each.kind, each.default, each.says) for each in described(Whole)]
    assert rows == [
        ("first", "text", "none", "Said of the first, over two lines."),
        ("port", "whole number, 1 to 65535", None, "Where to."),
        ("silent", "number", "`0.5`", ""),
        ("colours", "list: `red` or `blue`", "`[red]`", "Which ones."),
        ("limits", "text: number, more than 0", "empty", ""),
    ]


def test_a_model() -> None:
    rows = [(each.name, each.kind, each.default, each.says) for each in described(Model)]
    assert rows == [
        ("least", "number, more than 0, up to 3", "`1.5`", "How little."),
        ("file", "path; or nothing", "none", ""),
        ("needed", "true or false", None, ""),
    ]


def test_a_later_meaning_replaces_an_inherited_one() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Changed(Inherited):
        first: str = "x"
        """Another meaning."""

    assert meanings(Changed) == {"first": "Another meaning."}


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (Literal["a", ""], "`a` or nothing"),
        (Annotated[tuple[str, ...], MinLen(1)], "list: text, at least 1"),
        (Annotated[int, Ge(3)], "whole number, from 3"),
        (Annotated[int, Le(3)], "whole number, up to 3"),
        (Whole, "see below"),
        (Whole | None, "see below; or nothing"),
    ],
)
def test_kinds_in_words(hint: object, kind: str) -> None:
    assert kind_of(hint, {int: "whole number", str: "text", type(None): "nothing"}) == kind


def test_defaults_as_yaml_has_them() -> None:
    values: list[object] = [True, 300.0, Colour.BLUE, ("a", "b"), (), None, Model(needed=True)]
    assert [written(value) for value in values] == [
        *("`true`", "`300`", "`blue`", "`[a, b]`", "empty", "none", "its defaults"),
    ]
