"""Addresses with display names: RFC 3261 §20.10 and what phones really send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedMessage
from sip.headers.name_addr import NameAddr, format_name_addr, parse_name_addr


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("<sip:a@h>", NameAddr("", "sip:a@h")),
        ("sip:a@h;tag=1", NameAddr("", "sip:a@h", {"tag": "1"})),
        ("<sip:a@h;lr>;tag=1", NameAddr("", "sip:a@h;lr", {"tag": "1"})),
        ("caller<sip:a@h>;tag=1", NameAddr("caller", "sip:a@h", {"tag": "1"})),
        ("A. G. Bell <sip:a@h> ;tag = 1", NameAddr("A. G. Bell", "sip:a@h", {"tag": "1"})),
        ('"Bell, \\"A\\" <x>" <sip:a@h>', NameAddr('Bell, "A" <x>', "sip:a@h")),
        ("José <sip:a@h>", NameAddr("José", "sip:a@h")),
        ('""<sip:a@h>', NameAddr("", "sip:a@h")),
        ('<sip:a@h>;x="a;b>"', NameAddr("", "sip:a@h", {"x": '"a;b>"'})),
    ],
)
def test_accepted(value: str, address: NameAddr) -> None:
    assert parse_name_addr(value) == address
    assert parse_name_addr(format_name_addr(address)) == address


@pytest.mark.parametrize(
    "value",
    [
        "", "a", "<>", "<a>", "<sip:>", "<sip:a@h", '"a <sip:a@h>', '"a" b <sip:a@h>', '"a"', '"a',
        "Bell, A <sip:a@h>", "< sip:a@h >", "<sip:a@h> x", "<sip:a@h>;", "<sip:a@h>;;tag=1",
        "<sip:a@h>;tag=1;tag=2", "sip:a@h?Route=x", "sip:a,b@h", "sip:a b@h", "x" * 5000,
    ],
)  # fmt: skip
def test_refused(value: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse_name_addr(value, "Contact")
    assert caught.value.element == "Contact"


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60))
def test_any_display_name_survives(display: str) -> None:
    assert parse_name_addr(format_name_addr(NameAddr(display, "sip:a@h"))).display == display


def test_the_tag() -> None:
    assert parse_name_addr("<sip:a@h>;tag=x").tag == "x"
    assert parse_name_addr("<sip:a@h>").tag is None
