"""menu: what the caller hears and where the call goes."""

import pytest
from pydantic import ValidationError

from ivr.caller import CallerGone
from ivr.nodes.menu import Menu
from tests.ivr.fake_caller import HANG_UP, FakeCaller

MENU = Menu.model_validate(
    {"prompt": "welcome", "choices": {"1": "billing", "2": "support"}, "otherwise": "operator"}
)


async def test_a_key_leads_to_its_node() -> None:
    caller = FakeCaller("2")
    left = await MENU.run(caller)
    assert (left.outcome, left.target, left.heard) == ("2", "support", True)
    assert caller.heard == ["welcome"]


async def test_wrong_keys_and_silence_repeat_the_prompt_until_the_third_gives_up() -> None:
    caller = FakeCaller("9", "", "7")
    left = await MENU.run(caller)
    assert (left.outcome, left.target) == ("no_match", "operator")
    assert caller.heard == ["welcome", "welcome", "welcome"]


async def test_silence_is_told_apart_from_wrong_keys_and_has_prompts_of_its_own() -> None:
    menu = Menu.model_validate(
        {
            "prompt": ["hello", "welcome"],
            "choices": {"1": "billing"},
            "no_input": {"prompts": ["not_heard", "still_not"], "attempts": 4, "then": "goodbye"},
            "no_match": {"prompts": "not_understood", "then": "operator"},
        }
    )
    caller = FakeCaller("", "9", "", "")
    left = await menu.run(caller)
    asked = ["hello", "welcome"]
    assert (left.outcome, left.target, left.heard) == ("no_input", "goodbye", False)
    assert caller.heard == [
        *asked, "not_heard", *asked, "not_understood", *asked, "still_not", *asked
    ]  # fmt: skip


async def test_what_was_typed_ahead_is_taken_and_the_rest_stays_for_the_next_node() -> None:
    caller = FakeCaller(typed="15")
    assert (await MENU.run(caller)).target == "billing"
    assert caller.heard == [], "the caller knew the menu"
    assert caller.typed == "5"


async def test_a_wrong_key_drops_what_was_typed_after_it() -> None:
    caller = FakeCaller("2", typed="9111")
    assert (await MENU.run(caller)).target == "support"


async def test_without_barge_in_the_question_is_heard_to_its_end() -> None:
    menu = MENU.model_copy(update={"barge_in": False})
    caller = FakeCaller(typed="1")
    assert (await menu.run(caller)).target == "billing"
    assert caller.heard == ["welcome"]


async def test_hanging_up_is_not_the_menus_business() -> None:
    with pytest.raises(CallerGone):
        await MENU.run(FakeCaller("", HANG_UP))


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "p", "choices": {"1": "a"}},
        {"prompt": "p", "choices": {"1": "a"}, "no_input": {"then": "a"}},
        {"prompt": "p", "choices": {}, "otherwise": "a"},
        {"prompt": "p", "choices": {"12": "a"}, "otherwise": "a"},
        {"prompt": [], "choices": {"1": "a"}, "otherwise": "a"},
        {"prompt": "p", "choices": {"1": "a"}, "otherwise": "a", "attempts": 0},
    ],
)
def test_a_menu_that_cannot_work_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Menu.model_validate(fields)
