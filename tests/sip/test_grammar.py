"""Shared pieces of grammar: tokens and parameters."""

import pytest

from sip.errors import MalformedMessage
from sip.grammar import format_params, is_digits, is_token, parse_params


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("tag=x", {"tag": "x"}),
        (" Tag = x ; lr ", {"tag": "x", "lr": None}),
        ('a="b;c=\\"d"', {"a": '"b;c=\\"d"'}),
        ("received=2001:db8::9:255", {"received": "2001:db8::9:255"}),
        ("received=[2001:db8::9:255]", {"received": "[2001:db8::9:255]"}),
    ],
)
def test_params(text: str, params: dict[str, str | None]) -> None:
    parsed = parse_params(text, "X")
    assert parsed == params
    assert parse_params(format_params(parsed)[1:], "X") == parsed


@pytest.mark.parametrize(
    "text", ["", ";", "a;;b", "a=", "a=b;a=c", "A=1;a=2", 'a="b', 'a="b"c', "a b=c", "a=b c", "=x"]
)
def test_bad_params_are_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_params(text, "X")


def test_params_are_bounded_in_number() -> None:
    with pytest.raises(MalformedMessage):
        parse_params(";".join(f"p{n}" for n in range(65)), "X")


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert is_digits("0123")
    assert not is_digits("٣")
    assert not is_digits("")


def test_tokens() -> None:
    assert is_token("a-.!%*_+`'~Z9")
    assert not is_token("")
    assert not is_token("a b")
