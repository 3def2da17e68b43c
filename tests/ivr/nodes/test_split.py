"""split: shares of calls."""

import pytest
from pydantic import ValidationError

from ivr.nodes.split import Split
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.fake_world import FakeWorld


def split(*percents: float) -> Split:
    shares = [{"percent": percent, "then": f"n{n}"} for n, percent in enumerate(percents, start=1)]
    return Split.model_validate({"shares": shares})


@pytest.mark.parametrize(
    ("lot", "outcome"),
    [(0.0, "share_1"), (0.199, "share_1"), (0.2, "share_2"), (0.999999, "share_2")],
)
async def test_the_lot_decides(lot: float, outcome: str) -> None:
    left = await split(20, 80).run(FakeCaller(world=FakeWorld(lots=lot)))
    assert (left.outcome, left.target) == (outcome, outcome.replace("share_", "n"))


async def test_thirds_leave_nobody_out() -> None:
    left = await split(33.3333333, 33.3333333, 33.3333334).run(
        FakeCaller(world=FakeWorld(lots=1 - 1e-12))
    )
    assert left.outcome == "share_3"


@pytest.mark.parametrize("percents", [(100,), (50, 60), (50, 40), (0, 100)])
def test_shares_add_up(percents: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        split(*percents)
