"""The log gives each event its place and time."""

from events.centre import CentreStopped
from events.event import Recorded
from events.log import EventLog


def test_events_are_numbered_timed_and_told_in_order() -> None:
    heard: list[tuple[str, Recorded]] = []
    log = EventLog(utc=lambda: 1000.5, steady=lambda: 7.25, last_seq=41)
    log.listen(lambda recorded: heard.append(("first", recorded)))
    log.listen(lambda recorded: heard.append(("second", recorded)))
    event = CentreStopped("test")
    recorded = log.append(event)
    assert recorded == Recorded(42, 1000.5, 7.25, event)
    assert heard == [("first", recorded), ("second", recorded)]
    assert log.append(event).seq == log.last_seq == 43
