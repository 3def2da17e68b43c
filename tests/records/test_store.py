"""The store: what was appended is there, whatever the database does meanwhile."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from events.calls import CallCheckpointed
from events.ids import CallId, EntryId, OfferId, PartyId
from events.queues import CallOffered
from records.past import CallFilter, DatabaseAway
from records.settings import StoreSettings
from records.store import Store
from tests.records.calls import AGENT, QUEUE, Calls
from tests.records.databases import Cluster, settings, sqlite_url

LONG_S = 60.0
"""Far more than anything here needs: a test that waits this long has failed."""


class Problems:
    """What the store reports, and a way to wait for it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._news = threading.Condition()

    def __call__(self, problem: str) -> None:
        with self._news:
            self.told.append(problem)
            self._news.notify_all()

    def wait_for(self, text: str) -> None:
        with self._news:
            came = self._news.wait_for(lambda: any(text in each for each in self.told), LONG_S)
        assert came, f"{text!r} was never reported, but {self.told}"


@contextmanager
def opened(
    wanted: StoreSettings, problems: Problems | None = None
) -> Iterator[tuple[Store, Calls]]:
    """A store, and a log that goes on where the database ends; closed in the end."""
    store = Store(wanted, on_problem=problems or Problems())
    calls = Calls(store.last_seq())
    calls.log.listen(store.append)
    store.open()
    try:
        yield store, calls
    finally:
        store.close(LONG_S)


def stored(wanted: StoreSettings) -> list[int]:
    """The sequence numbers that the database has."""
    store = Store(wanted)
    found = [recorded.seq for recorded in store.reader.events()]
    store.close(1)
    return found


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the SQLite file for itself."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_events_are_read_back_as_they_were(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (store, calls):
        calls.whole("c-1")
        recorded = calls.recorded
        assert store.queue_length >= 0
    store = Store(wanted)
    assert list(store.reader.events()) == recorded
    assert store.last_seq() == len(recorded)
    store.close(1)


def test_a_call_becomes_one_row(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (store, calls):
        store.remember_party(PartyId("p-c-1"), "+62 812", "Budi")
        call = calls.whole("c-1")
    store = Store(wanted)
    (row,) = store.reader.calls(CallFilter())
    assert (row.id, row.caller_number, row.caller_name) == (call, "+62 812", "Budi")
    assert (row.direction, row.dialled, row.trunk) == ("inbound", "1001", "loopback")
    assert (row.queue, row.agent) == ("support", "anna")
    assert (row.outcome, row.hung_up_by, row.cause) == ("answered", "caller", "hung_up")
    assert row.answered_at is not None
    assert row.bridged_at is not None
    assert row.ended_at is not None
    assert row.arrived_at < row.answered_at < row.bridged_at < row.ended_at
    detail = store.reader.call(call)
    assert detail is not None
    assert [each.seq for each in detail.events] == list(range(1, 8))
    assert store.reader.call(CallId("nobody")) is None
    store.close(1)


def test_what_comes_after_the_end_changes_the_row(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (store, calls):
        calls.whole("c-1")
        assert store.wait_ready(LONG_S)
    store = Store(wanted)
    (row,) = store.reader.calls(CallFilter())
    assert row.last_seq == calls.recorded[-1].seq
    assert row.wrap_up_s == 10.0
    assert row.story["queues"][0]["outcome"] == "answered"
    store.close(1)


def test_numbering_goes_on_after_a_restart(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    for name in ("c-1", "c-2"):
        with opened(wanted) as (_, calls):
            calls.whole(name)
    assert stored(wanted) == list(range(1, 15))


def test_a_restart_knows_the_calls_that_were_going_on(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (_, calls):
        calls.whole("c-1")
        open_call = calls.arrives("c-2")
        calls.talks(open_call)
    with opened(wanted) as (store, calls):
        assert store.wait_ready(LONG_S)
        resumed = store.reader.events_of_open_calls()
        assert {each.event.call for each in resumed} == {open_call}  # type: ignore[attr-defined]
        assert len(resumed) == 5
        calls.ends(open_call)
    store = Store(wanted)
    assert store.reader.events_of_open_calls() == []
    rows = store.reader.calls(CallFilter())
    assert [(row.id, row.outcome) for row in rows] == [("c-2", "answered"), ("c-1", "answered")]
    store.close(1)


def test_who_is_called_back_has_a_row_from_their_arrival_on(url: str, tmp_path: Path) -> None:
    """Their place in the queue is told before, under the name of a call that may never be."""
    wanted, problems = settings(url, tmp_path), Problems()
    with opened(wanted, problems) as (_, calls):
        given_up, comes = calls.takes_place("c-1"), calls.takes_place("c-2")
        calls.leaves_place(given_up)
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        assert store.reader.calls(CallFilter()) == []
        calls.tell(CallOffered(comes, EntryId("c-2-e"), QUEUE, OfferId(1), AGENT))
        calls.arrives(comes)
        calls.talks(comes)
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        resumed = store.reader.events_of_open_calls()
        assert {each.event.call for each in resumed} == {comes}  # type: ignore[attr-defined]
        calls.ends(comes)
    store = Store(wanted)
    (row,) = store.reader.calls(CallFilter())
    assert (row.id, row.outcome, row.agent, row.first_seq) == (comes, "answered", AGENT, 5)
    assert [offer["agent"] for offer in row.story["queues"][0]["offers"]] == [AGENT]
    store.close(1)
    assert problems.told == []


def test_a_call_without_an_arrival_is_told_as_a_problem(tmp_path: Path) -> None:
    wanted, problems = settings(sqlite_url(tmp_path), tmp_path), Problems()
    with opened(wanted, problems) as (_, calls):
        calls.ends(CallId("c-1"))
    problems.wait_for("the story of call c-1 cannot be told")
    assert stored(wanted) == [1]


def test_checkpoints_are_kept_until_the_call_has_ended(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (_, calls):
        first, second = calls.arrives("c-1"), calls.arrives("c-2")
        for call in (first, second):
            calls.tell(CallCheckpointed(call, "queued", {"from": "sip:0812@x"}))
        calls.ends(first)
    with opened(wanted) as (store, calls):
        assert store.wait_ready(LONG_S)
        kinds = {each.event.kind for each in store.reader.events_of_open_calls()}
        assert kinds == {"CallArrived", "CallCheckpointed"}
        left = [each.event for each in store.reader.events(kinds=["CallCheckpointed"])]
        assert [event.call for event in left] == [second]  # type: ignore[attr-defined]
        calls.ends(second)
    store = Store(wanted)
    assert list(store.reader.events(kinds=["CallCheckpointed"])) == []
    assert [row.last_seq for row in store.reader.calls(CallFilter())] == [6, 5]
    store.close(1)


def test_who_is_erased_may_be_named_again_at_once(url: str, tmp_path: Path) -> None:
    store = Store(settings(url, tmp_path))
    calls = Calls()
    calls.log.listen(store.append)
    calls.arrives("c-1")
    for number in ("0811", "0812"):
        store.remember_party(PartyId("p-c-1"), number, "Budi")
        store.remember_party(PartyId("p-c-2"), number, "Citra")
        store.erase_party(PartyId("p-c-1"))
    store.remember_party(PartyId("p-c-1"), "0813", "Ayu")
    store.open()  # what was appended before is one transaction
    assert store.wait_ready(LONG_S)
    named = store.reader.parties_named([PartyId("p-c-1"), PartyId("p-c-2")])
    assert named == {PartyId("p-c-1"): ("0813", "Ayu"), PartyId("p-c-2"): ("0812", "Citra")}
    store.close(1)


def test_of_checkpoints_at_once_the_newest_is_kept(url: str, tmp_path: Path) -> None:
    store = Store(settings(url, tmp_path))
    calls = Calls()
    calls.log.listen(store.append)
    first, second = calls.arrives("c-1"), calls.arrives("c-2")
    for stage in ("ivr", "queued"):
        for call in (first, second):
            calls.tell(CallCheckpointed(call, stage, {"at": stage}))
    store.open()  # what was appended before is one transaction
    assert store.wait_ready(LONG_S)
    left = [each.event for each in store.reader.events(kinds=["CallCheckpointed"])]
    assert [(event.call, event.stage) for event in left] == [(first, "queued"), (second, "queued")]  # type: ignore[attr-defined]
    assert [event.state for event in left] == 2 * [{"at": "queued"}]  # type: ignore[attr-defined]
    store.close(1)


def test_a_party_can_be_erased(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (store, calls):
        store.remember_party(PartyId("p-c-1"), "0812", "Budi")
        store.remember_party(PartyId("p-c-1"), "0813", "Budi")
        calls.whole("c-1")
        store.remember_party(PartyId("p-c-2"), "0814", "Ani")
        store.erase_party(PartyId("p-c-1"))
    store = Store(wanted)
    (row,) = store.reader.calls(CallFilter())
    assert (row.caller_number, row.caller_name) == ("", "")
    store.close(1)


def test_a_snapshot_replaces_the_older_one(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    with opened(wanted) as (store, _):
        store.keep_snapshot("distributor", 3, 1.5, {"waiting": [1]})
        store.keep_snapshot("distributor", 9, 2.5, {"waiting": []})
    store = Store(wanted)
    found = store.reader.snapshot("distributor")
    assert found is not None
    assert (found.seq, found.utc, found.body) == (9, 2.5, {"waiting": []})
    assert store.reader.snapshot("nothing") is None
    store.close(1)


def test_text_that_a_database_cannot_hold_is_made_harmless(url: str, tmp_path: Path) -> None:
    wanted = settings(url, tmp_path)
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        calls.ends(calls.arrives("c-1", dialled="10\x0001\ud800" + "9" * 10_000))
        store.remember_party(PartyId("p-c-1"), "08\x0012", "\udcff")
    store = Store(wanted)
    (row,) = store.reader.calls(CallFilter())
    assert row.dialled.startswith("10\N{REPLACEMENT CHARACTER}01?999")
    assert row.caller_number == "08\N{REPLACEMENT CHARACTER}12"
    assert problems.told == []
    store.close(1)


def test_an_item_that_the_database_refuses_is_put_aside_alone(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        calls.arrives("c-1")
        store.keep_snapshot("odd", 2**70, 0.0, {})  # larger than any integer column
        calls.arrives("c-2")
        problems.wait_for("put aside")
    assert stored(wanted) == [1, 2]
    (line,) = (tmp_path / "journal.rejected").read_text().splitlines()
    assert json.loads(line)["name"] == "odd"


@pytest.mark.parametrize("odd", [{"n": float("inf")}, {"when": object()}])
def test_an_event_that_has_no_json_harms_no_other(odd: dict[str, object], tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    problems = Problems()
    with locked(tmp_path / "sentral.db"), opened(wanted, problems) as (store, calls):
        problems.wait_for("the database is away")
        calls.tell(CallCheckpointed(calls.arrives("c-1"), "queued", odd))
        store.keep_snapshot("odd", 1, 0.0, odd)
        calls.arrives("c-2")
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        calls.tell(CallCheckpointed(CallId("c-1"), "queued", odd))
        calls.arrives("c-3")
        problems.wait_for("put aside")
    store = Store(wanted)
    assert {row.id for row in store.reader.calls(CallFilter())} == {"c-1", "c-2", "c-3"}
    assert len((tmp_path / "journal.rejected").read_text().splitlines()) == 3
    store.close(1)


# While the database is away


def test_a_locked_database_stops_nothing_and_loses_nothing(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    problems = Problems()
    with locked(tmp_path / "sentral.db"):
        with opened(wanted, problems) as (store, calls):
            calls.whole("c-1")
            problems.wait_for("the database is away")
            assert not store.ready
            assert store.problem.startswith("the database is away: database is locked")
            calls.whole("c-2")
            with pytest.raises(DatabaseAway):
                store.reader.calls(CallFilter())
        assert store.queue_length == 14, "closed in time, with everything in the journal"
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        calls.whole("c-3")
    seqs = stored(wanted)
    assert len(seqs) == len(set(seqs)) == 21
    assert seqs[:14] == list(range(seqs[0], seqs[0] + 14))
    assert not (tmp_path / "journal").exists()


def test_a_database_that_comes_back_gets_everything_in_order(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        calls.whole("c-1")
        with locked(tmp_path / "sentral.db"):
            calls.whole("c-2")
            problems.wait_for("the database is away")
            calls.whole("c-3")
        problems.wait_for("the database is back")
        calls.whole("c-4")
    assert stored(wanted) == list(range(1, 29))
    store = Store(wanted)
    assert [row.id for row in store.reader.calls(CallFilter())] == ["c-4", "c-3", "c-2", "c-1"]
    store.close(1)


def test_a_server_that_restarts_is_found_again(cluster: Cluster, url: str, tmp_path: Path) -> None:
    if url != cluster.url:
        pytest.skip("SQLite has no server")
    wanted = settings(url, tmp_path, busy_s=1.0)
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        calls.whole("c-1")
        cluster.stop()
        try:
            calls.whole("c-2")
            problems.wait_for("the database is away")
            calls.whole("c-3")
        finally:
            cluster.start()
        problems.wait_for("the database is back")
        calls.whole("c-4")
    assert stored(wanted) == list(range(1, 29))


def test_a_killed_process_repeats_its_journal(tmp_path: Path) -> None:
    """Killed between writing to the database and emptying the journal: nothing comes twice."""
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    problems = Problems()
    with locked(tmp_path / "sentral.db"), opened(wanted, problems) as (_, calls):
        calls.whole("c-1")
        problems.wait_for("the database is away")
    kept = (tmp_path / "journal").read_bytes()
    first = json.loads(kept.splitlines()[0])["event"]["seq"]
    for cut in (len(kept), len(kept) - 10):
        (tmp_path / "journal").write_bytes(kept[:cut])
        with opened(wanted) as (store, _):
            assert store.wait_ready(LONG_S)
        assert stored(wanted) == list(range(first, first + 7))
        assert not (tmp_path / "journal").exists()


def test_a_broken_line_of_the_journal_is_put_aside(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    (tmp_path / "journal").write_text('{"event": {}}\nnonsense\n[]\n{"item": "Nothing"}\n')
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        calls.arrives("c-1")
    assert len((tmp_path / "journal.rejected").read_text().splitlines()) == 4
    assert stored(wanted) == [1]


def test_memory_holds_what_the_disk_refuses_up_to_its_limit(tmp_path: Path) -> None:
    wanted = settings(
        sqlite_url(tmp_path), tmp_path, journal_limit_bytes=4096, queue_limit=10, memory_limit=50
    )
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        assert store.wait_ready(LONG_S)
        with locked(tmp_path / "sentral.db"):
            for number in range(200):
                calls.arrives(f"c-{number}")
            problems.wait_for("the journal cannot be written")
            for number in range(200, 400):
                calls.arrives(f"c-{number}")
            assert store.lost > 0
        problems.wait_for("the database is back")
    seqs = stored(wanted)
    assert len(seqs) == 400 - store.lost
    assert seqs == sorted(set(seqs))


def test_without_a_database_numbers_are_never_used_twice(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    with opened(wanted) as (_, calls):
        calls.whole("c-1")
    (tmp_path / "sentral.db").rename(tmp_path / "aside.db")
    (tmp_path / "sentral.db").mkdir()  # nobody can open it now
    assert Store(wanted).last_seq() == 7, "after a clean stop the mark is exact"
    problems = Problems()
    crashed = Store(wanted, on_problem=problems)
    first = Calls(crashed.last_seq())
    first.log.listen(crashed.append)
    first.arrives("c-2")
    crashed.open()
    problems.wait_for("the database is away")
    second = Calls(Store(wanted).last_seq())
    second.arrives("c-3")
    assert second.recorded[0].seq > first.recorded[0].seq
    crashed.close(LONG_S)


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path)
    with opened(wanted) as (store, _):
        assert store.wait_ready(LONG_S)
    connection = sqlite3.connect(tmp_path / "sentral.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    problems = Problems()
    with opened(wanted, problems) as (store, calls):
        calls.arrives("c-1")
        problems.wait_for("revision 9999")
        assert not store.ready
    assert store.queue_length == 1


def test_an_address_of_no_database_is_told_without_its_password(tmp_path: Path) -> None:
    wanted = settings("mysql://root:s3cret@127.0.0.1/x", tmp_path)
    problems = Problems()
    with opened(wanted, problems):
        problems.wait_for("use sqlite")
    assert "s3cret" not in "".join(problems.told)


def test_a_store_that_hangs_in_its_database_is_closed_all_the_same(tmp_path: Path) -> None:
    wanted = settings(sqlite_url(tmp_path), tmp_path, busy_s=20.0)
    store = Store(wanted)
    calls = Calls(0)
    calls.log.listen(store.append)
    with locked(tmp_path / "sentral.db"):
        store.open()
        calls.whole("c-1")
        store.close(0.5)
        kept = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]
        assert {entry["event"]["seq"] for entry in kept} == set(range(1, 8))
