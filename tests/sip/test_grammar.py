"""Shared pieces of grammar: quoting, splitting, parameters."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sip.errors import MalformedMessage
from sip.grammar import (
    closing_quote,
    format_params,
    is_digits,
    is_token,
    parse_params,
    quote,
    split_outside_quotes,
    unquote,
)

LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))


@given(LINE)
def test_quoting_can_be_undone(text: str) -> None:
    assert unquote(quote(text)) == text


@given(LINE)
@example("a\\")
@example('\\"')
def test_the_quote_that_closes_is_found(text: str) -> None:
    quoted = quote(text)
    assert closing_quote(quoted + ' tail "more"', 0) == len(quoted) - 1


def test_line_breaks_cannot_be_quoted() -> None:
    assert quote("a\r\nEvil: yes") == '"a  Evil: yes"'


@given(st.lists(LINE.map(quote), min_size=1))
def test_separators_in_quotes_do_not_split(pieces: list[str]) -> None:
    assert split_outside_quotes(",".join(pieces), ",") == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a,b", ["a", "b"]),
        ("", [""]),
        ("<sip:a,b>,c", ["<sip:a,b>", "c"]),
        ('"x <" <sip:a,b>,"y, z"<sip:c>', ['"x <" <sip:a,b>', '"y, z"<sip:c>']),
        ('"never closed,b', ['"never closed,b']),
        ("<never closed,b", ["<never closed,b"]),
    ],
)
def test_commas_in_angles_do_not_split(text: str, pieces: list[str]) -> None:
    assert split_outside_quotes(text, ",", angles=True) == pieces


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
