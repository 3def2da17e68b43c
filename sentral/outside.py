"""What flows may ask beyond their own call: other people's databases, and our own past."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from config.settings import Settings
from ivr.querying import QueryFailed, Row, SqlQuestion
from ivr.world import Outside
from records.past import CallFilter, CallRow, DatabaseAway, LookupFailed
from records.store import Store

if TYPE_CHECKING:
    from records.lookups import Lookups

MOST_CALLS: Final = 100
"""Earlier calls that are looked at."""
HISTORY_S: Final = 1.0
"""A caller waits no longer for their own past."""

_DAY_S: Final = 86_400.0


class Databases:
    """One per process. Questions run in threads and are bounded in time."""

    def __init__(self, settings: Settings, store: Store, utc: Callable[[], float]) -> None:
        self.outside = Outside(query=self.query, history=self.history)
        self._settings = settings.databases
        self._store = store
        self._utc = utc

    @cached_property
    def _lookups(self) -> "Lookups":
        from records.lookups import Lookups  # and SQLAlchemy: a start need not wait for it

        return Lookups(self._settings)

    async def query(self, question: SqlQuestion) -> Sequence[Row]:
        """Raises QueryFailed."""
        ask = self._lookups.rows
        try:
            return await asyncio.wait_for(
                asyncio.to_thread(ask, question.database, question.sql, question.values),
                question.timeout_s,
            )
        except TimeoutError:
            raise QueryFailed(f"no answer in {question.timeout_s:g} s") from None
        except LookupFailed as failure:
            raise QueryFailed(str(failure)) from failure

    async def history(self, number: str, days: int) -> Row:
        """Raises QueryFailed."""
        now = self._utc()
        wanted = CallFilter(number=number, arrived_from=now - days * _DAY_S, limit=MOST_CALLS)
        try:
            reading = asyncio.to_thread(lambda: self._store.reader.calls(wanted))
            calls = await asyncio.wait_for(reading, HISTORY_S)
        except TimeoutError:
            raise QueryFailed("the past takes too long") from None
        except DatabaseAway as failure:
            raise QueryFailed(str(failure)) from failure
        return told(calls, now)

    async def close(self) -> None:
        await self.outside.http.close()
        if "_lookups" in vars(self):
            self._lookups.close()


def told(calls: Sequence[CallRow], now: float) -> Mapping[str, Any]:
    """What they say to a flow; newest first, those that go on left out."""
    over = [call for call in calls if call.ended]
    if not over:
        return {"calls": 0}
    last = over[0]
    return {
        "calls": len(over),
        "days": int((now - last.arrived_at) / _DAY_S),
        "queue": last.queue,
        "agent": last.agent,
        "outcome": last.outcome,
    }
