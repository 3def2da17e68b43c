"""The log: numbers without gaps, the clocks' time, and listeners who cannot harm one another."""

import pytest

from events.agents import AgentSignedOut, PhoneLost, PhoneReached
from events.event import Recorded
from events.ids import AgentId, PhoneId
from events.log import EventLog

EVENT = AgentSignedOut(AgentId("1"))


def broken(recorded: Recorded) -> None:
    raise ValueError(f"planted at {recorded.seq}")


def test_numbers_go_on_after_the_last_one_and_times_are_the_clocks() -> None:
    log = EventLog(utc=lambda: 1000.0, steady=lambda: 5.0, last_seq=41)
    assert log.append(EVENT) == Recorded(42, 1000.0, 5.0, EVENT)
    assert log.append(EVENT).seq == log.last_seq == 43


def test_what_happened_earlier_is_logged_as_of_then() -> None:
    times = iter([1.0, 2.0, 3.0])
    log = EventLog(utc=lambda: 1000.0, steady=lambda: next(times))
    then = log.now()
    assert log.append(EVENT, then) == Recorded(1, 1000.0, 1.0, EVENT)
    assert log.append(EVENT) == Recorded(2, 1000.0, 2.0, EVENT)


def test_listeners_hear_in_the_order_in_which_they_joined() -> None:
    heard: list[str] = []
    log = EventLog(utc=lambda: 0.0, steady=lambda: 0.0)
    log.listen(lambda _: heard.append("first"))
    log.listen(lambda _: heard.append("second"))
    log.append(EVENT)
    assert heard == ["first", "second"]


def test_a_listener_who_names_kinds_hears_those_alone() -> None:
    heard: list[tuple[str, str]] = []
    log = EventLog(utc=lambda: 0.0, steady=lambda: 0.0)
    log.append(EVENT)  # before anybody listens
    log.listen(lambda each: heard.append(("all", each.event.kind)))
    log.listen(lambda each: heard.append(("some", each.event.kind)), AgentSignedOut, PhoneLost)
    for event in (EVENT, PhoneReached(PhoneId("2001")), PhoneLost(PhoneId("2001"), "expired")):
        log.append(event)
    assert heard == [
        *(("all", "AgentSignedOut"), ("some", "AgentSignedOut")),
        ("all", "PhoneReached"),
        *(("all", "PhoneLost"), ("some", "PhoneLost")),
    ]


def test_a_broken_listener_is_told_and_the_others_still_hear() -> None:
    heard: list[int] = []
    told: list[str] = []
    log = EventLog(
        utc=lambda: 0.0,
        steady=lambda: 0.0,
        on_failure=lambda recorded, error: told.append(f"{recorded.seq}: {error}"),
    )
    log.listen(broken)
    log.listen(lambda recorded: heard.append(recorded.seq))
    log.append(EVENT)
    assert (told, heard) == (["1: planted at 1"], [1])


def test_without_anybody_to_tell_the_error_passes_on() -> None:
    log = EventLog(utc=lambda: 0.0, steady=lambda: 0.0)
    log.listen(broken)
    with pytest.raises(ValueError, match="planted at 1"):
        log.append(EVENT)
