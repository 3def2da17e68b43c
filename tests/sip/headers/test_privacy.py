"""What a caller asks for, however it is written."""

import pytest

from sip.headers.privacy import Privacy, read_privacy
from sip.message import Request


def wish(*values: str) -> Privacy:
    return read_privacy(Request("INVITE", "sip:b@h", tuple(("Privacy", each) for each in values)))


@pytest.mark.parametrize(
    ("values", "caller", "history"),
    [
        ([], False, False),
        (["id"], True, False),
        (["ID;critical"], True, False),
        (["user; session"], True, False),
        (["session"], False, False),
        (["header"], False, True),
        (["history", "id"], True, True),
        (["user,header"], True, True),
        (["none"], False, False),
        (["id;none;history"], False, False),
        (["", ";;", "\u00fc;i d"], False, False),
        (["x;" * 1000 + "id"], False, False),
    ],
)
def test_what_is_to_be_hidden(values: list[str], caller: bool, history: bool) -> None:
    asked = wish(*values)
    assert (asked.hides_caller, asked.hides_history) == (caller, history)


@pytest.mark.parametrize(
    ("value", "denied"),
    [
        ("id;user;header;session;history;none;critical", ()),
        ("moon;sun", ()),
        ("moon;id;sun;critical", ("moon", "sun")),
    ],
)
def test_what_cannot_be_given_matters_where_it_is_critical(
    value: str, denied: tuple[str, ...]
) -> None:
    assert wish(value).denied == denied
