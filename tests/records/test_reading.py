"""Lists of calls: filters, pages, and the order of the log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from events.calls import CallEnded, Direction, Outcome, Side
from events.ids import EntryId, PartyId
from events.queues import CallAbandoned, CallQueued
from records import reading
from records.past import CallFilter, DatabaseAway
from records.reading import Reader
from records.store import Store
from tests.records.calls import EPOCH, QUEUE, Calls
from tests.records.databases import settings, sqlite_url


@pytest.fixture
def reader(url: str, tmp_path: Path) -> Iterator[Reader]:
    """Ten calls: c-0 … c-9; the even ones were answered, the others rejected."""
    store = Store(settings(url, tmp_path))
    calls = Calls()
    calls.log.listen(store.append)
    store.open()
    for number in range(10):
        store.remember_party(PartyId(f"p-c-{number}"), f"08{number}", "")
        if number % 2 == 0:
            calls.whole(f"c-{number}")
        else:
            call = calls.arrives(f"c-{number}", dialled="9999")
            end = (call, Direction.INBOUND, Outcome.REJECTED, Side.SYSTEM, "not_found", 404)
            calls.tell(CallEnded(*end))
    store.close(30)
    store = Store(settings(url, tmp_path))
    yield store.reader
    store.close(1)


def names(reader: Reader, wanted: CallFilter) -> list[str]:
    return [row.id for row in reader.calls(wanted)]


def test_newest_first_and_no_more_than_asked(reader: Reader) -> None:
    assert names(reader, CallFilter(limit=3)) == ["c-9", "c-8", "c-7"]


def test_pages_follow_one_another(reader: Reader) -> None:
    found: list[str] = []
    before = None
    while rows := reader.calls(CallFilter(limit=4, before=before)):
        found += [row.id for row in rows]
        before = rows[-1].first_seq
    assert found == [f"c-{number}" for number in range(9, -1, -1)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (CallFilter(outcome="rejected"), ["c-9", "c-7", "c-5", "c-3", "c-1"]),
        (CallFilter(queue="support", limit=2), ["c-8", "c-6"]),
        (CallFilter(agent="anna", limit=1), ["c-8"]),
        (CallFilter(number="083"), ["c-3"]),
        (CallFilter(trunk="other"), []),
        (CallFilter(direction="outbound"), []),
        (CallFilter(arrived_to=EPOCH + 9), ["c-1", "c-0"]),
        (CallFilter(arrived_from=EPOCH + 1, arrived_to=EPOCH + 2), ["c-0"]),
        (CallFilter(queue="support'; DROP TABLE calls; --"), []),
    ],
)
def test_filters(reader: Reader, wanted: CallFilter, expected: list[str]) -> None:
    assert names(reader, wanted) == expected


def test_a_call_that_was_given_up_is_listed_with_its_wait(url: str, tmp_path: Path) -> None:
    store = Store(settings(url, tmp_path))
    calls = Calls()
    calls.log.listen(store.append)
    store.open()
    calls.whole("c-0")
    call, entry = calls.arrives("c-1"), EntryId("c-1-e")
    calls.tell(
        CallQueued(call, entry, QUEUE),
        CallAbandoned(call, entry, QUEUE, 41.5),
        CallEnded(call, Direction.INBOUND, Outcome.ABANDONED, Side.CALLER, "cancelled"),
    )
    store.close(30)
    store = Store(settings(url, tmp_path))
    (row,) = store.reader.calls(CallFilter(outcome="abandoned"))
    store.close(1)
    assert (row.id, row.queue, row.agent, row.wait_s) == ("c-1", QUEUE, None, 41.5)


def test_events_come_in_order_over_pages(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 7)
    assert [each.seq for each in reader.events()] == list(range(1, 46))
    assert [each.seq for each in reader.events(after_seq=40)] == [41, 42, 43, 44, 45]


def test_events_of_a_time_and_kind(reader: Reader) -> None:
    found = list(reader.events(utc_from=EPOCH + 1, utc_to=EPOCH + 10, kinds=["CallArrived"]))
    assert [each.seq for each in found] == [1, 8]


def test_a_database_that_is_not_there_is_away(tmp_path: Path) -> None:
    reader = Reader(settings(sqlite_url(tmp_path / "missing"), tmp_path))
    with pytest.raises(DatabaseAway):
        reader.calls(CallFilter())
    reader.close()
