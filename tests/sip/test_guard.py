"""Rates and bans per source."""

import pytest

from sip.guard import DEFAULT_RATES, Guard, GuardLimits, Rate

LIMITS = GuardLimits(
    rates={"options": Rate(per_s=2.0, burst=3.0)},
    failures=3,
    failures_within_s=30.0,
    ban_s=100.0,
    max_sources=2,
)


def test_a_burst_then_the_rate_and_every_refusal_counted() -> None:
    guard = Guard(LIMITS)
    assert [guard.allows("a", "options", 0.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [guard.allows("a", "options", 0.5) for _ in range(2)] == [True, False]
    assert guard.rejected == {"options": 3}


def test_a_long_silence_saves_up_no_more_than_a_burst() -> None:
    guard = Guard(LIMITS)
    guard.allows("a", "options", 0.0)
    assert sum(guard.allows("a", "options", 1e6) for _ in range(10)) == 3


def test_sources_do_not_share_and_the_quietest_is_forgotten_first() -> None:
    guard = Guard(LIMITS)
    for _ in range(3):
        guard.allows("a", "options", 0.0)
    assert guard.allows("b", "options", 0.0)
    assert not guard.allows("a", "options", 0.0)
    guard.allows("c", "options", 0.0)  # pushes out b, not a who asked after it
    assert not guard.allows("a", "options", 0.0)


def test_a_steady_clock_that_stands_still_gives_nothing() -> None:
    guard = Guard(LIMITS)
    assert [guard.allows("a", "options", 5.0) for _ in range(4)] == [True, True, True, False]


def test_wrong_passwords_lead_to_a_ban_that_ends() -> None:
    guard = Guard(LIMITS)
    assert [guard.credentials_failed("a", float(n)) for n in range(3)] == [False, False, False]
    assert guard.credentials_failed("a", 3.0)
    assert guard.is_banned("a", 4.0)
    assert not guard.is_banned("b", 4.0)
    assert guard.banned(53.0) == {"a": 50.0}
    assert not guard.is_banned("a", 103.0)
    assert guard.rejected == {"credentials": 4, "banned": 1}


def test_slow_mistyping_and_a_right_password_in_between_are_forgiven() -> None:
    slow, forgiven = Guard(LIMITS), Guard(LIMITS)
    assert not any(slow.credentials_failed("a", 15.0 * n) for n in range(50))
    for n in range(50):
        assert not forgiven.credentials_failed("a", n / 100)
        forgiven.credentials_accepted("a")


def test_tables_are_bounded() -> None:
    guard = Guard(LIMITS)
    for n in range(50):
        guard.credentials_failed(f"f{n}", 0.0)
        for _ in range(4):
            guard.credentials_failed(f"b{n}", 0.0)
        guard.allows(f"o{n}", "options", 0.0)
    assert len(guard.banned(0.0)) == 2
    assert len(guard._buckets) == len(guard._failures) == 2


def test_kinds_are_ours_to_get_right() -> None:
    guard = Guard()
    assert all(guard.allows("a", kind, 0.0) for kind in DEFAULT_RATES)
    with pytest.raises(KeyError):
        guard.allows("a", "no such kind", 0.0)
