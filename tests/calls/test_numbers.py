"""The numbering plan: what matches, who may, and what goes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.numbers import (
    Forbidden,
    Incomplete,
    NumberingPlan,
    Route,
    Unknown,
    bad_patterns,
    pattern_of,
)
from calls.settings import DIALLED, EmergencySettings, NumberSettings

PLAN = NumberingPlan(
    (
        NumberSettings(dial="1000", flow="main"),
        NumberSettings(dial="1001", queue="support", allow=("loopback", "staff")),
        NumberSettings(dial="20XX", phone=DIALLED),
        NumberSettings(dial="*71X", feature="not_available", allow=("staff",)),
        NumberSettings(dial="0Z.", trunk="carrier", allow=("staff",), strip=1, prefix="+62"),
        NumberSettings(dial="9[2-4]N", phone="2001"),
    ),
    EmergencySettings(numbers=("112",), trunk="carrier"),
)


@pytest.mark.parametrize(
    ("dialled", "caller", "expected"),
    [
        ("1000", "anybody", Route("flow", "main", "1000")),
        ("1001", "staff", Route("queue", "support", "1001")),
        ("1001", "lobby", Forbidden()),
        ("2042", "lobby", Route("phone", "2042", "2042")),
        ("204", "lobby", Incomplete()),
        ("*71", "lobby", Unknown()),  # nothing that they may dial begins so,
        ("20421", "lobby", Unknown()),
        ("*713", "staff", Route("feature", "not_available", "*713")),
        ("0812345", "staff", Route("trunk", "carrier", "+62812345")),
        ("0812345", "lobby", Forbidden()),
        ("0012345", "staff", Unknown()),  # Z is 1-9
        ("08", "staff", Incomplete()),  # "." stands for at least one
        ("932", "lobby", Route("phone", "2001", "932")),
        ("951", "lobby", Unknown()),
        ("921", "lobby", Unknown()),  # N is 2-9
        ("112", "lobby", Route("trunk", "carrier", "112")),  # whatever the permissions
        ("", "lobby", Incomplete()),
        ("1" * 1000, "staff", Unknown()),
    ],
)
def test_a_number_leads_where_the_plan_says(dialled: str, caller: str, expected: object) -> None:
    assert PLAN.route(dialled, caller_class=caller) == expected


def test_the_first_entry_that_the_caller_may_dial_wins() -> None:
    plan = NumberingPlan(
        (
            NumberSettings(dial="5XX", queue="vip", allow=("vip",)),
            NumberSettings(dial="500", queue="all"),
        ),
        EmergencySettings(),
    )
    assert plan.route("500", caller_class="vip") == Route("queue", "vip", "500")
    assert plan.route("500", caller_class="staff") == Route("queue", "all", "500")


def test_patterns_that_cannot_be_are_told() -> None:
    numbers = [NumberSettings(dial="1.2", flow="a"), NumberSettings(dial="1[2", flow="a")]
    assert bad_patterns(numbers) == {
        "1.2": "'1.2': '.' may only stand at the end",
        "1[2": "'1[2': the set at 2 has no closing ]",
    }


@given(st.text(max_size=80))
def test_any_text_dialled_gets_an_answer(dialled: str) -> None:
    assert isinstance(
        PLAN.route(dialled, caller_class="staff"), Route | Unknown | Incomplete | Forbidden
    )


@given(st.text(alphabet="0123456789+*#ab", max_size=12))
def test_a_plain_number_matches_only_itself(number: str) -> None:
    assert pattern_of(number).fullmatch(number)
    assert not pattern_of(number).fullmatch(number + "1")
