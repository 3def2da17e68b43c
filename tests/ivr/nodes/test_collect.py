"""collect: a number of several keys, of the right length, in a variable."""

from typing import Any

import pytest
from pydantic import ValidationError

from ivr.nodes.collect import MOST_CORRECTIONS, Collect
from tests.ivr.fake_caller import FakeCaller

COLLECT = Collect.model_validate(
    {
        "prompt": "enter_account",
        "into": "account",
        "min_digits": 4,
        "max_digits": 6,
        "next": "look_up",
        "otherwise": "operator",
    }
)


async def test_keys_up_to_the_terminator_are_kept() -> None:
    caller = FakeCaller("1234#")
    left = await COLLECT.run(caller)
    assert (left.outcome, left.target, left.heard) == ("next", "look_up", True)
    assert caller.variables["account"] == "1234"


async def test_the_longest_number_needs_no_terminator_and_takes_no_more() -> None:
    caller = FakeCaller("1234567")
    await COLLECT.run(caller)
    assert (caller.variables["account"], caller.typed) == ("123456", "7")


async def test_a_short_number_is_asked_for_again() -> None:
    caller = FakeCaller("12#", "", "0099#")
    await COLLECT.run(caller)
    assert caller.variables["account"] == "0099"
    assert caller.heard == ["enter_account"] * 3


async def test_a_star_is_no_digit() -> None:
    caller = FakeCaller("12*45#", "4321#")
    await COLLECT.run(caller)
    assert caller.variables["account"] == "4321"


async def test_after_the_last_attempt_the_variable_is_empty() -> None:
    caller = FakeCaller("1#", "2#", "3#", account="old")
    left = await COLLECT.run(caller)
    assert (left.outcome, left.target) == ("no_match", "operator")
    assert caller.variables["account"] == ""


def test_lengths_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(ValidationError, match="no number could be right"):
        Collect.model_validate({**COLLECT.model_dump(exclude={"kind"}), "min_digits": 7})


def collect(**fields: Any) -> Collect:
    return Collect.model_validate({**COLLECT.model_dump(exclude={"kind"}), **fields})


@pytest.mark.parametrize(
    ("fields", "right", "wrong"),
    [
        ({"pattern": "62XX"}, ["6200", "6299"], ["6300", "620", "62000"]),
        ({"pattern": "08[1-3]N."}, ["08220", "0812", "081999"], ["0842", "0811"]),
        ({"pattern": "1234|99."}, ["1234", "9900"], ["1235", "9800"]),
        ({"luhn": True, "max_digits": 16}, ["4111111111111111", "0000"], ["4111111111111112"]),
        ({"at_least": 1000, "at_most": 2000}, ["1000", "02000"], ["0999", "2001"]),
        ({"at_most": 1500}, ["0000"], ["1501"]),
    ],
)
def test_what_a_number_must_be(fields: dict[str, Any], right: list[str], wrong: list[str]) -> None:
    assert [collect(**fields).accepts(keys) for keys in right] == [True] * len(right)
    assert [collect(**fields).accepts(keys) for keys in wrong] == [False] * len(wrong)


@pytest.mark.parametrize(
    "fields",
    [
        {"pattern": "(X+)+"},
        {"pattern": ""},
        {"pattern": ".|1"},
        {"at_least": 5, "at_most": 4},
        {"confirm": {"prompt": "p", "yes": "1", "no": "1"}},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        collect(**fields)


CONFIRMED = collect(confirm={"prompt": ["you_entered", {"digits": "{{ account }}"}]})


async def test_the_number_is_read_back_and_confirmed() -> None:
    caller = FakeCaller("1234#", "1")
    assert (await CONFIRMED.run(caller)).target == "look_up"
    read_back = [f"part_{digit}" for digit in "1234"]
    assert caller.heard == ["enter_account", "you_entered", *read_back]


async def test_a_wrong_number_is_entered_again() -> None:
    caller = FakeCaller("1234#", "2", "4321#", "1")
    assert (await CONFIRMED.run(caller)).target == "look_up"
    assert caller.variables["account"] == "4321"


async def test_who_says_neither_yes_nor_no_is_asked_thrice() -> None:
    caller = FakeCaller("1234#", "7", "", "")
    left = await CONFIRMED.run(caller)
    assert (left.outcome, left.target) == ("no_input", "operator")
    assert caller.heard.count("you_entered") == 3
    assert caller.variables["account"] == ""


async def test_who_is_never_content_is_led_on() -> None:
    caller = FakeCaller(*["1234#", "2"] * 10)
    left = await CONFIRMED.run(caller)
    assert (left.outcome, left.target) == ("no_match", "operator")
    assert caller.heard.count("enter_account") == MOST_CORRECTIONS + 1


def test_help_that_nobody_can_ask_for_is_found() -> None:
    [(place, text)] = collect(help="p", terminator="*").hidden()
    assert (place, text) == (("help",), "never heard: * ends the number here")
    assert list(collect(help="p").hidden()) == []
