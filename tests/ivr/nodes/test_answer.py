"""answer: 200 OK, now."""

from ivr.nodes.answer import Answer
from tests.ivr.fake_caller import FakeCaller


async def test_the_call_is_answered() -> None:
    caller = FakeCaller()
    left = await Answer.model_validate({"next": "n"}).run(caller)
    assert (caller.did, left.outcome, left.target) == (["answer"], "next", "n")
