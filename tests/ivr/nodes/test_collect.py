"""collect: a number of several keys, of the right length, in a variable."""

import pytest
from pydantic import ValidationError

from ivr.nodes.collect import Collect
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
