"""Loads and times out of the past."""

from datetime import date, datetime
from pathlib import Path

from config.loader import load_settings
from events.ids import QueueName
from sentral.history import Past, past_of
from tests.sentral.past_days import Visit, store_with
from tests.sentral.running import configuration

HELP = QueueName("help")
MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"


def past(folder: Path, visits: list[Visit], first: str, last: str, **kwargs: object) -> Past:
    settings = load_settings(configuration(folder, store=store_with(folder, visits)), {})
    period = (datetime.fromisoformat(each).astimezone() for each in (first, last))
    return past_of(settings, Past(*period, minutes=30, **kwargs))  # type: ignore[arg-type]


def test_calls_are_counted_by_the_interval_of_their_day(tmp_path: Path) -> None:
    visits = [
        Visit(f"{MONDAY}T09:05", 3, 60),
        Visit(f"{TUESDAY}T09:29:59", 8, 80),
        Visit(f"{TUESDAY}T09:30", 20, None),
        Visit(f"{TUESDAY}T09:40", 5, 50, waited_s=30),
        Visit(f"{TUESDAY}T10:00", 1, 30, queue="sales"),
        Visit(f"{WEDNESDAY}T00:00", 1, 30),
    ]
    seen = past(tmp_path, visits, MONDAY, WEDNESDAY)
    ours = seen.queues[HELP]
    assert ours.entered == {
        18: {date(2026, 3, 2): 1, date(2026, 3, 3): 1},
        19: {date(2026, 3, 3): 2},
    }
    assert +ours.arrived == {18: 2, 19: 1}, "who came from another queue has not called anew"
    assert sorted(ours.handled_s) == [60, 70, 90]
    assert sorted(ours.waits) == [(3, False), (5, False), (8, False), (20, True)]
    sales = QueueName("sales")
    both = seen.entered_by_day([HELP, sales, QueueName("nobody's")])
    assert {number: by_day.total() for number, by_day in both.items()} == {18: 2, 19: 2, 20: 1}
    assert seen.mean_handled_s([HELP, sales]) == (60 + 70 + 90 + 40) / 4
    assert seen.mean_handled_s([QueueName("nobody's")]) is None


def test_days_are_those_that_have_the_interval(tmp_path: Path) -> None:
    seen = past(tmp_path, [], f"{MONDAY}T12:10", f"{WEDNESDAY}T09:00")
    assert [seen.days(number) for number in (17, 18, 23, 24, 25)] == [2, 1, 1, 2, 2]


def test_other_weekdays_are_left_out(tmp_path: Path) -> None:
    visits = [Visit(f"{MONDAY}T09:05", 3, 60), Visit(f"{TUESDAY}T09:05", 3, 60)]
    seen = past(tmp_path, visits, MONDAY, WEDNESDAY, weekdays=[0])
    assert (seen.queues[HELP].arrived, seen.days(18)) == ({18: 1}, 1)
