"""Expressions: what authors may write, and that nothing they write can hurt."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from ivr.expressions import MAX_VALUE, Computed, Condition, ExpressionError

VARIABLES: dict[str, Any] = {
    "customer": {"vip": True, "name": "Ana", "items": 3},
    "account": "0042",
    "tries": 2,
    "caller": {"number": "7001"},
    "self": "a name that Python uses too",
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("plain", "plain"),
        ("{{ tries }}", 2),
        ("{{ tries + 1 }}", 3),
        (" {{ customer.vip }} ", True),
        ("{{ customer }}", VARIABLES["customer"]),
        ("{{ customer['name'] }} has {{ tries }}", "Ana has 2"),
        ("{{ account[0] }}-{{ account[1:] }}", "0-042"),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ nobody.knows.this }}", None),
        ("<{{ nobody }}>", "<>"),
        ("{{ account.startswith('00') }}", True),
        ("{{ account | int * 2 }}", 84),
        ("{{ customer.items }}", 3),
        ("{{ caller.number }}", "7001"),
    ],
)
def test_computed_values_keep_their_type(source: str, value: object) -> None:
    assert Computed(source).value(VARIABLES) == value


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("customer.vip", True),
        ("not customer.vip", False),
        ("tries >= 2 and account == '0042'", True),
        ("language in ['en', 'id']", False),
        ("nobody", False),
        ("nobody is defined", False),
        ("tries | default(0) > 1", True),
    ],
)
def test_conditions(source: str, holds: bool) -> None:
    assert Condition(source).holds(VARIABLES) is holds


def test_the_names_that_are_read_are_known_beforehand() -> None:
    assert Computed("{{ a.b + c }} {{ 'd' }} e").names == {"a", "c"}
    assert Condition("x > 1 or y is defined").names == {"x", "y"}


@pytest.mark.parametrize(
    "source",
    [
        "{{ 2 ** 999999 }}",
        "{{ 'x' * 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'x'.center(999999999) }}",
        "{{ 'x'.format(1) }}",
        "{{ range(999999999) }}",
        "{{ account.__class__.__mro__() }}",
        "{{ customer.pop('vip') }}",
        "{{ 1 // 0 }}",
        "{{ tries.real.__add__(1) }}",
        "{{ account < 3 }}",
        "{{ 1.0e308 * 10 }}",
    ],
)
def test_what_cannot_be_done_is_one_kind_of_error(source: str) -> None:
    with pytest.raises(ExpressionError):
        Computed(source).value(VARIABLES)


def test_nothing_of_python_can_be_reached() -> None:
    for source in ("account.__class__", "().__class__", "customer.__init__", "tries.real"):
        assert Condition(source).holds(VARIABLES) is False, source


def test_values_are_bounded() -> None:
    grown = {"x": "y" * (MAX_VALUE - 1)}
    with pytest.raises(ExpressionError, match="longer than"):
        Computed("{{ x ~ x }}").value(grown)


@pytest.mark.parametrize(
    "source", ["{{ 1 + }}", "{{ }}", "{{ a", "a }} b", "{{ a | replace('a', 'b') }}", "x" * 501]
)
def test_what_cannot_be_read_is_refused_at_once(source: str) -> None:
    with pytest.raises(PydanticCustomError):
        Computed(source)


@pytest.mark.parametrize("source", ["", "1 +", "(" * 200 + ")" * 200, "a; b", "[x for x in y]"])
def test_conditions_that_cannot_be_read(source: str) -> None:
    with pytest.raises(PydanticCustomError):
        Condition(source)


WORDS = "customer tries . __class__ ( ) [ ] {{ }} 'a' 9 * ** % + ~ | int upper , == {% self \n"
TOKENS = st.sampled_from([*WORDS.split(" "), " if ", " else ", " in ", "not "])


@given(st.lists(TOKENS, max_size=20).map("".join))
def test_whatever_is_written_is_a_value_or_an_error(source: str) -> None:
    for kind in (Computed, Condition):
        try:
            expression = kind(source)
        except PydanticCustomError:
            continue
        try:
            if isinstance(expression, Computed):
                expression.value(VARIABLES)
            else:
                expression.holds(VARIABLES)
        except ExpressionError:
            continue
