"""say: prompts, and what a key does to them."""

import pytest
from pydantic import ValidationError

from ivr.node import Sound
from ivr.nodes.say import Say
from tests.ivr.fake_caller import FakeCaller


async def test_one_prompt_or_several_are_played_in_order() -> None:
    caller = FakeCaller()
    left = await Say.model_validate({"prompt": ["a", "b@es"], "next": "n"}).run(caller)
    await Say.model_validate({"prompt": "c", "next": "n"}).run(caller)
    assert caller.heard == ["a", "b@es", "c"]
    assert (left.outcome, left.target, left.heard) == ("next", "n", False)


async def test_a_key_typed_ahead_skips_it_and_stays_for_the_menu() -> None:
    caller = FakeCaller(typed="3")
    await Say.model_validate({"prompt": "a", "next": "n"}).run(caller)
    assert (caller.heard, caller.typed) == ([], "3")


async def test_what_must_be_heard_is_heard() -> None:
    caller = FakeCaller(typed="3")
    say = Say.model_validate({"prompt": "terms", "barge_in": False, "next": "n"})
    await say.run(caller)
    assert (caller.heard, caller.typed) == (["terms"], "3")
    assert say.sound() is Sound.ONE_WAY


async def test_keys_may_move_about_in_it() -> None:
    caller = FakeCaller()
    controls = {"pause": 5, "back": "4", "forward": "6"}
    say = Say.model_validate({"prompt": "news", "controls": controls, "next": "n"})
    await say.run(caller)
    assert caller.heard == ["news"]
    assert caller.did == ["may press ['5', '4', '6', None, None]"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"controls": {}}, "no keys"),
        ({"controls": {"step_s": 3}}, "no keys"),
        ({"controls": {"pause": "5", "back": "5"}}, "two meanings"),
        ({"controls": {"pause": "55"}}, "pattern"),
        ({"controls": {"pause": "5"}, "barge_in": False}, "barge_in"),
    ],
)
def test_controls_that_cannot_be_are_refused(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Say.model_validate({"prompt": "news", "next": "n", **fields})
