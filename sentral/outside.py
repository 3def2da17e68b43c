"""What flows may ask beyond their own call: other people's databases, and our own past."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from config.settings import Settings
from ivr.querying import QueryFailed, Row, SqlQuestion
from ivr.world import Outside
from records.lookups import LookupFailed, Lookups
from records.reading import CallFilter, CallRow, DatabaseAway, Reader

MOST_CALLS: Final = 100
"""Earlier calls that are looked at."""
HISTORY_S: Final = 1.0
"""A caller waits no longer for their own past."""

_DAY_S: Final = 86_400.0


class Databases:
    """One per process. Questions run in threads and are bounded in time."""

    def __init__(self, settings: Settings, utc: Callable[[], float]) -> None:
        self.outside = Outside(query=self.query, history=self.history)
        self._utc = utc
        self._reader = Reader(settings.store)
        self._lookups = Lookups(settings.databases)

    async def query(self, question: SqlQuestion) -> Sequence[Row]:
        """Raises QueryFailed."""
        ask = asyncio.to_thread(
            self._lookups.rows, question.database, question.sql, question.values
        )
        try:
            return await asyncio.wait_for(ask, question.timeout_s)
        except TimeoutError:
            raise QueryFailed(f"no answer in {question.timeout_s:g} s") from None
        except LookupFailed as failure:
            raise QueryFailed(str(failure)) from failure

    async def history(self, number: str, days: int) -> Row:
        """Raises QueryFailed."""
        now = self._utc()
        wanted = CallFilter(number=number, arrived_from=now - days * _DAY_S, limit=MOST_CALLS)
        try:
            calls = await asyncio.wait_for(asyncio.to_thread(self._reader.calls, wanted), HISTORY_S)
        except TimeoutError:
            raise QueryFailed("the past takes too long") from None
        except DatabaseAway as failure:
            raise QueryFailed(str(failure)) from failure
        return told(calls, now)

    async def close(self) -> None:
        await self.outside.http.close()
        self._lookups.close()
        self._reader.close()


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
