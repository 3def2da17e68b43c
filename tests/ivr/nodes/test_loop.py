"""loop: a limited number of rounds."""

import pytest

from ivr.node import FlowFault
from ivr.nodes.loop import Loop
from tests.ivr.fake_caller import FakeCaller


def loop(times: int | str) -> Loop:
    return Loop.model_validate({"counter": "tries", "times": times, "again": "a", "next": "b"})


async def test_it_goes_round_so_often_and_then_on_and_begins_anew() -> None:
    caller = FakeCaller()
    outcomes = [(await loop(2).run(caller)).outcome for _ in range(5)]
    assert outcomes == ["again", "again", "next", "again", "again"]
    assert caller.variables["tries"] == 2


async def test_the_limit_may_be_computed() -> None:
    caller = FakeCaller(most=1)
    assert [(await loop("{{ most }}").run(caller)).outcome for _ in range(2)] == ["again", "next"]
    with pytest.raises(FlowFault, match="not a whole number"):
        await loop("{{ nothing }}").run(caller)


async def test_a_counter_that_was_something_else_begins_at_nothing() -> None:
    assert (await loop(1).run(FakeCaller(tries="many"))).outcome == "again"
