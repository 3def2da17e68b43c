"""Who a trunk is, and how many calls it takes."""

from calls.settings import TrunkSettings
from calls.trunks import Trunks
from events.ids import TrunkName

CARRIER, OTHER = TrunkName("carrier"), TrunkName("other")


def test_the_narrowest_network_is_the_trunk() -> None:
    trunks = Trunks(
        {
            CARRIER: TrunkSettings(addresses=("192.0.2.0/24",)),
            OTHER: TrunkSettings(addresses=("192.0.2.7",)),
        }
    )
    assert trunks.at("192.0.2.7") == OTHER
    assert trunks.at("192.0.2.8") == CARRIER
    assert trunks.at("198.51.100.1") is None
    assert trunks.at("nonsense") is None


def test_a_registrar_speaks_for_its_trunk_until_another_one_does() -> None:
    trunks = Trunks({CARRIER: TrunkSettings()})
    trunks.learn(CARRIER, "198.51.100.1")
    assert trunks.at("198.51.100.1") == CARRIER
    trunks.learn(CARRIER, "198.51.100.2")
    assert trunks.at("198.51.100.1") is None
    assert trunks.at("198.51.100.2") == CARRIER


def test_calls_per_second_are_bounded_with_a_seconds_worth_at_once() -> None:
    trunks = Trunks({CARRIER: TrunkSettings(calls_per_s=2.0), OTHER: TrunkSettings()})
    assert [trunks.paced(CARRIER, 100.0) for _ in range(3)] == [True, True, False]
    assert trunks.paced(CARRIER, 100.5)
    assert not trunks.paced(CARRIER, 100.5)
    assert all(trunks.paced(OTHER, 100.0) for _ in range(10))


def test_a_slow_pace_still_lets_one_call_through() -> None:
    trunks = Trunks({CARRIER: TrunkSettings(calls_per_s=0.1)})
    assert trunks.paced(CARRIER, 100.0)
    assert not trunks.paced(CARRIER, 109.0)
    assert trunks.paced(CARRIER, 110.0)
