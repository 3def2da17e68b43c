"""Quotes and angles: what is inside them neither ends nor splits anything."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sip.quoting import closing_quote, quote, split_outside_quotes, unquote

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
