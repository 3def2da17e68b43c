"""say: prompts, and what a key does to them."""

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
