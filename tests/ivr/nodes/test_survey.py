"""survey: scores as events."""

from typing import Any

import pytest

from ivr.caller import CallerGone
from ivr.nodes.survey import Survey
from tests.ivr.fake_caller import HANG_UP, FakeCaller


def survey(**fields: Any) -> Survey:
    return Survey.model_validate(
        {"survey": "s", "prompt": "rate_us", "into": "score", "next": "a", "otherwise": "b"}
        | fields
    )


@pytest.mark.parametrize(("keys", "score"), [("5", 5), ("1", 1)])
async def test_stars(keys: str, score: int) -> None:
    caller = FakeCaller(keys)
    assert (await survey().run(caller)).target == "a"
    assert caller.world.ratings == [("s", "satisfaction", "stars", score)]
    assert caller.variables["score"] == score


@pytest.mark.parametrize(("keys", "score"), [("10", 10), ("0#", 0), ("7", 7)])
async def test_nps(keys: str, score: int) -> None:
    caller = FakeCaller(keys)
    await survey(scale="nps", question="recommend").run(caller)
    assert caller.world.ratings == [("s", "recommend", "nps", score)]


async def test_scores_out_of_range_are_asked_for_again() -> None:
    caller = FakeCaller("6", "0", "3")
    assert (await survey().run(caller)).target == "a"
    assert caller.variables["score"] == 3


async def test_no_answer_counts_too() -> None:
    caller = FakeCaller()
    assert (await survey().run(caller)).target == "b"
    assert caller.world.ratings == [("s", "satisfaction", "stars", None)]
    assert caller.variables["score"] is None


async def test_who_hangs_up_instead_was_asked_too() -> None:
    caller = FakeCaller(HANG_UP)
    with pytest.raises(CallerGone):
        await survey().run(caller)
    assert caller.world.ratings == [("s", "satisfaction", "stars", None)]
