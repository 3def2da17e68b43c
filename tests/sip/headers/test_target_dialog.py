"""Target-Dialog values: RFC 4538 §7."""

import pytest

from sip.dialog_id import DialogId
from sip.errors import MalformedMessage
from sip.headers.target_dialog import parse_target_dialog


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("a@b;local-tag=1;remote-tag=2", DialogId("a@b", "1", "2")),
        (" a@b ; Remote-Tag = 2 ; x ; local-tag=1", DialogId("a@b", "1", "2")),
        ("a@b", DialogId("a@b", "", "")),
        ("a@b;remote-tag", DialogId("a@b", "", "")),
    ],
)
def test_what_it_names(text: str, target: DialogId) -> None:
    assert parse_target_dialog(text) == target


@pytest.mark.parametrize("text", ["", ";local-tag=1", "a@b;=1"])
def test_what_names_nothing(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_target_dialog(text)
