"""Lock-outs over several calls."""

from ivr.lockouts import MAX_KEPT, Lockouts


def failed(times: int) -> Lockouts:
    lockouts = Lockouts()
    for second in range(times):
        lockouts.failed("anna", float(second), lock_s=900)
    return lockouts


def test_too_many_failures_lock_and_time_unlocks() -> None:
    assert not failed(4).locked("anna", 4.0, after=5)
    assert failed(5).locked("anna", 4.0, after=5)
    assert not failed(5).locked("bert", 4.0, after=5)
    assert failed(5).locked("anna", 903.0, after=5)
    assert not failed(5).locked("anna", 904.0, after=5)


def test_old_failures_and_those_before_a_success_do_not_count() -> None:
    lockouts = failed(4)
    lockouts.failed("anna", 5000.0, lock_s=900)
    assert not lockouts.locked("anna", 5000.0, after=2)
    lockouts.succeeded("anna")
    lockouts.failed("anna", 5001.0, lock_s=900)
    assert not lockouts.locked("anna", 5001.0, after=2)


def test_guessers_without_number_do_not_fill_the_memory() -> None:
    lockouts = Lockouts()
    for number in range(MAX_KEPT + 1):
        lockouts.failed(str(number), 0.0, lock_s=900)
    assert not lockouts.locked("0", 1.0, after=1)
    assert lockouts.locked(str(MAX_KEPT), 1.0, after=1)
