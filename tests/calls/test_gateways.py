"""Which gateway is tried first, and when one counts as away."""

from collections import Counter
from random import Random

import pytest

from calls.gateways import Gateways
from calls.settings import GatewaySettings, TrunkSettings

MAIN, SPARE = GatewaySettings(uri="sip:main"), GatewaySettings(uri="sip:spare", priority=2)


def gateways(*settings: GatewaySettings, down_after: int = 2, up_after: int = 2) -> Gateways:
    trunk = TrunkSettings(gateways=settings, probe_down_after=down_after, probe_up_after=up_after)
    return Gateways(trunk, Random(1))


def test_the_lowest_priority_number_comes_first() -> None:
    assert gateways(SPARE, MAIN).in_order() == ["sip:main", "sip:spare"]


def test_weights_share_the_calls() -> None:
    heavy = GatewaySettings(uri="sip:heavy", weight=3)
    parts = gateways(heavy, GatewaySettings(uri="sip:light"))
    firsts = Counter(parts.in_order()[0] for _ in range(4000))
    assert 2800 < firsts["sip:heavy"] < 3200


def test_the_single_gateway_is_one_of_them() -> None:
    trunk = TrunkSettings(gateway="sip:only", gateways=(SPARE,))
    assert Gateways(trunk, Random(1)).in_order() == ["sip:only", "sip:spare"]


@pytest.mark.parametrize("status", [408, 503])
def test_failures_in_a_row_take_a_gateway_down_and_answers_bring_it_back(status: int) -> None:
    parts = gateways(MAIN, SPARE)
    parts.probed("sip:main", status)
    parts.probed("sip:main", 200)
    parts.probed("sip:main", status)
    assert parts.is_up("sip:main")
    parts.probed("sip:main", status)
    assert not parts.is_up("sip:main")
    assert parts.in_order() == ["sip:spare", "sip:main"]
    parts.probed("sip:main", 200)
    assert not parts.is_up("sip:main")
    parts.probed("sip:main", 200)
    assert parts.is_up("sip:main")


@pytest.mark.parametrize("status", [200, 404, 405, 486, 500, 603])
def test_any_other_answer_shows_that_somebody_is_there(status: int) -> None:
    parts = gateways(MAIN, down_after=1)
    parts.probed("sip:main", status)
    assert parts.is_up("sip:main")


def test_a_trunk_is_up_while_one_of_its_gateways_is() -> None:
    parts = gateways(MAIN, SPARE, down_after=1)
    parts.probed("sip:main", 503)
    assert parts.up
    parts.probed("sip:spare", 503)
    assert not parts.up
    assert gateways().up
