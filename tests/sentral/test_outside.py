"""What flows ask beyond their own call: databases, and what the store knows of a number."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from config.settings import Settings
from events.calls import CallArrived, CallEnded, Direction, Outcome, Side
from events.event import Recorded
from events.ids import CallId, PartyId
from ivr.querying import QueryFailed, SqlQuestion
from records.store import Store
from sentral.outside import Databases

DAY_S = 86_400.0
NOW = 1_800_000_000.0


def settings(folder: Path) -> Settings:
    crm = folder / "crm.db"
    with sqlite3.connect(crm) as connection:
        connection.execute("create table if not exists clients (id integer, name text)")
        connection.execute("insert into clients values (7, 'Ayu')")
    return Settings.model_validate(
        {
            "store": {"url": f"sqlite:///{folder / 'sentral.db'}"},
            "databases": {"crm": {"url": f"sqlite:///{crm}"}},
        }
    )


def databases_of(configured: Settings) -> Databases:
    return Databases(configured, Store(configured.store), lambda: NOW)


def write_calls(configured: Settings, *days_ago: float) -> None:
    store = Store(configured.store, on_problem=lambda problem: pytest.fail(problem))
    store.open()
    store.remember_party(PartyId("p-1"), "62811", "")
    for seq, days in enumerate(days_ago):
        call, utc = CallId(f"c{seq}"), NOW - days * DAY_S
        arrived = CallArrived(call, Direction.INBOUND, PartyId("p-1"), "1000", f"sip-{seq}")
        ended = CallEnded(call, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")
        store.append(Recorded(2 * seq + 1, utc, utc, arrived))
        store.append(Recorded(2 * seq + 2, utc + 60, utc + 60, ended))
    store.close(10.0)


async def test_a_question_is_answered(tmp_path: Path) -> None:
    databases = databases_of(settings(tmp_path))
    question = SqlQuestion("crm", "select name from clients where id = :id", {"id": 7})
    assert await databases.query(question) == [{"name": "Ayu"}]
    for wrong in ("select nothing", "drop table clients"):
        with pytest.raises(QueryFailed):
            await databases.query(SqlQuestion("crm", wrong))
    await databases.close()


async def test_a_slow_database_keeps_no_caller_waiting(tmp_path: Path) -> None:
    databases = databases_of(settings(tmp_path))
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000)"
    question = SqlQuestion("crm", f"{endless} select max(i) from n", {}, timeout_s=0.05)
    with pytest.raises(QueryFailed, match="no answer in"):
        await databases.query(question)


async def test_the_past_of_a_number(tmp_path: Path) -> None:
    configured = settings(tmp_path)
    await asyncio.to_thread(write_calls, configured, 40.0, 5.0, 2.5)
    databases = databases_of(configured)
    told = await databases.history("62811", 30)
    assert (told["calls"], told["days"], told["outcome"]) == (2, 2, "answered")
    assert (await databases.history("62899", 30)) == {"calls": 0}
    await databases.close()


async def test_without_a_database_the_past_is_unknown(tmp_path: Path) -> None:
    databases = databases_of(settings(tmp_path))
    with pytest.raises(QueryFailed):
        await databases.history("62811", 30)
    await databases.close()
