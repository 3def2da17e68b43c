"""CSeq: RFC 3261 §20.16."""

import pytest

from sip.errors import MalformedMessage
from sip.headers.cseq import format_cseq, parse_cseq


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        ("1 INVITE", (1, "INVITE")),
        ("0009\t INVITE", (9, "INVITE")),
        ("2147483647 X", (2**31 - 1, "X")),
    ],
)
def test_accepted(value: str, parsed: tuple[int, str]) -> None:
    assert parse_cseq(value) == parsed
    assert parse_cseq(format_cseq(*parsed)) == parsed


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1",
        "INVITE 1",
        "-1 X",
        "1 X Y",
        "2147483648 X",
        "36893488147419103232 X",
        "٣ X",
        "1 (X)",
    ],
)
def test_refused(value: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_cseq(value)
