"""flow: another flow first, then on from here."""

from ivr.nodes.flow import SubFlow
from tests.ivr.fake_caller import FakeCaller


async def test_it_asks_the_engine_to_enter() -> None:
    left = await SubFlow.model_validate({"flow": "survey", "next": "n"}).run(FakeCaller())
    assert (left.outcome, left.target, left.enter) == ("next", "n", "survey")
