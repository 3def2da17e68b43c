"""The circuit breaker: a dead server is left alone, then tried by one."""

from ivr.fetching import MAX_ORIGINS, OPENS_AFTER, STAYS_OPEN_S, CircuitBreaker

HERE = "http://bank"


def broken(times: int = OPENS_AFTER) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(times):
        breaker.failed(HERE, 100.0)
    return breaker


def test_a_server_that_failed_several_times_is_left_alone() -> None:
    assert broken(OPENS_AFTER - 1).lets_through(HERE, 100.0)
    assert not broken().lets_through(HERE, 100.0)
    assert broken().lets_through("http://other", 100.0)


def test_after_a_while_one_look_up_tries_it_and_the_others_wait() -> None:
    breaker, later = broken(), 100.0 + STAYS_OPEN_S
    assert breaker.lets_through(HERE, later)
    assert not breaker.lets_through(HERE, later)


def test_its_success_opens_the_way_and_its_failure_does_not() -> None:
    breaker, later = broken(), 100.0 + STAYS_OPEN_S
    assert breaker.lets_through(HERE, later)
    breaker.failed(HERE, later)
    assert not breaker.lets_through(HERE, later + STAYS_OPEN_S - 1)
    assert breaker.lets_through(HERE, later + STAYS_OPEN_S)
    breaker.succeeded(HERE)
    assert breaker.lets_through(HERE, later + STAYS_OPEN_S)


def test_a_success_between_failures_counts_anew() -> None:
    breaker = broken(OPENS_AFTER - 1)
    breaker.succeeded(HERE)
    breaker.failed(HERE, 100.0)
    assert breaker.lets_through(HERE, 100.0)


def test_servers_without_number_do_not_fill_the_memory() -> None:
    breaker = broken()
    for number in range(MAX_ORIGINS):
        breaker.failed(f"http://{number}", 100.0)
    assert breaker.lets_through(HERE, 100.0), "the oldest was forgotten"
    assert len(breaker._origins) == MAX_ORIGINS
