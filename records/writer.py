"""The writer: one thread that moves items from memory, or from the journal, to the database.

    memory ──────────────> database
       └──> journal ───────────┘        while the database is away

Order is kept because, as long as the journal holds anything, it is written to the database
first and everything newer waits. An item leaves its place only when the next one has it, and
writing an item twice changes nothing; so no crash at any point loses or doubles one.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Engine

from records.database import is_away, open_engine
from records.items import Item, entry_or_words, from_entry
from records.journal import Journal, JournalFull
from records.mark import Mark
from records.pending import Pending
from records.schema import upgrade
from records.settings import StoreSettings
from records.stories import Stories
from records.writing import write

IDLE_S: Final = 1.0
Report = Callable[[str], None]


class Writer:
    """Runs in a thread of its own by `run`; everything else may be called from any thread."""

    def __init__(
        self,
        settings: StoreSettings,
        pending: Pending,
        journal: Journal,
        rejected: Journal,
        mark: Mark,
        report: Report,
    ) -> None:
        """`rejected`: takes items that the database refuses for good."""
        self._mark = mark
        self._settings = settings
        self._pending = pending
        self._journal = journal
        self._rejected = rejected
        self._report = report
        self._stories = Stories()
        self._engine: Engine | None = None
        self._batch: list[Item] = []
        self._away_since: float | None = None
        self._retry_at = 0.0
        self._pause_s = settings.retry_first_s
        self._journal_refused = False
        self._files = threading.Lock()
        self._abandoned = False
        self._stop = threading.Event()
        self._stop_by = 0.0
        self.ready = threading.Event()
        """Set while the database takes everything at once."""
        self.problem = "the database is being opened"
        """Why not ready."""

    @property
    def length(self) -> int:
        """Items that are not in the database yet."""
        return len(self._pending) + len(self._batch) + self._journal.lines

    def run(self) -> None:
        self._turn()
        while not self._stop.is_set():
            self._rest()
            self._turn()
        if self.length and self._away_since is None:
            self._turn()  # what came after the last one had begun
        self._spill()
        self._close_engine()
        if not self._abandoned:
            self._mark.settle(self._pending.newest_seq)

    def stop(self, within_s: float) -> None:
        """Write what there is, to the journal if need be, and end."""
        self._stop_by = time.monotonic() + within_s
        self._stop.set()
        self._pending.knock()

    def rescue(self) -> None:
        """The thread hangs in the database: save what it has not written, and bar it from files.

        Raises:
            JournalFull, OSError: it cannot be saved.
        """
        with self._files:
            self._abandoned = True
            items = [*self._batch, *self._pending.take(len(self._pending))]
            self._journal.append([entry_or_words(item) for item in items])

    # One turn of the thread

    def _rest(self) -> None:
        if self._away_since is not None:
            until_retry_s = self._retry_at - time.monotonic()
            self._stop.wait(max(0.01, min(until_retry_s, self._settings.spill_after_s)))
        elif self._batch or len(self._pending):
            self._stop.wait(self._settings.linger_s)
        else:
            self._pending.wait(IDLE_S)
            self._stop.wait(self._settings.linger_s)

    def _turn(self) -> None:
        self._mark.cover(self._pending.newest_seq)
        if self._stop.is_set() or time.monotonic() >= self._retry_at:
            try:
                self._write_everything()
            except Exception as error:
                self._failed(error)
            else:
                self._succeeded()
        if self._is_spill_due():
            self._spill()

    def _write_everything(self) -> None:
        engine = self._prepared()
        self._replay(engine)
        while not self._is_out_of_time():
            if not self._batch:
                self._batch = self._pending.take(self._settings.batch)
            if not self._batch:
                return
            chunk = self._batch[: self._settings.batch]
            self._transact(engine, chunk)
            del self._batch[: len(chunk)]

    def _prepared(self) -> Engine:
        if self._engine is None:
            settings = self._settings
            engine = open_engine(settings.url, busy_s=settings.busy_s, connections=1, writes=True)
            with engine.begin() as connection:
                upgrade(connection)
            self._engine = engine
        return self._engine

    def _replay(self, engine: Engine) -> None:
        """Write what the journal kept, this run's or an earlier one's, and empty it."""
        if not self._journal.lines:
            return
        items: list[Item] = []
        for entry in self._journal.read():
            try:
                items.append(from_entry(entry))
            except ValueError as error:
                self._reject([entry], error)
            if len(items) >= self._settings.batch:
                self._transact(engine, items)
                items = []
        self._transact(engine, items)
        with self._files:
            if not self._abandoned:
                self._journal.clear()

    def _transact(self, engine: Engine, items: Sequence[Item]) -> None:
        """Write the items; one that the database refuses for good is put aside."""
        try:
            self._write(engine, items)
        except Exception as error:
            if is_away(error):
                raise
            for item in items:
                self._write_alone(engine, item)

    def _write_alone(self, engine: Engine, item: Item) -> None:
        try:
            self._write(engine, [item])
        except Exception as error:
            if is_away(error):
                raise
            self._reject([entry_or_words(item)], error)

    def _write(self, engine: Engine, items: Sequence[Item]) -> None:
        try:
            with engine.begin() as connection:
                untold = write(connection, items, self._stories)
        except BaseException:
            self._stories.roll_back()
            raise
        self._stories.commit()
        for call, error in untold:
            self._report(f"the story of call {call} cannot be told: {error!r}; its events are kept")

    # Trouble

    def _failed(self, error: Exception) -> None:
        """Whatever it is, nothing is given up: it will be tried again."""
        now = time.monotonic()
        self.ready.clear()
        self.problem = f"the database is away: {_in_a_line(error)}"
        if self._away_since is None:
            self._away_since = now
            self._report(f"{self.problem}; events are kept and written later")
        self._retry_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 2, self._settings.retry_longest_s)
        self._close_engine()

    def _succeeded(self) -> None:
        if self._away_since is not None:
            away_s = time.monotonic() - self._away_since
            self._report(f"the database is back after {away_s:.1f} s; kept events are written")
        self._away_since = None
        self._retry_at = 0.0
        self._pause_s = self._settings.retry_first_s
        self._journal_refused = False
        self.problem = ""
        self.ready.set()

    def _is_spill_due(self) -> bool:
        if self._away_since is None:
            return False
        held = len(self._batch) + len(self._pending)
        long = time.monotonic() - self._away_since >= self._settings.spill_after_s
        return bool(held) and (long or held >= self._settings.queue_limit)

    def _spill(self) -> None:
        """Move what memory holds to the journal."""
        with self._files:
            if self._abandoned:
                return
            while self._batch or len(self._pending):
                self._batch = self._batch or self._pending.take(self._settings.queue_limit)
                try:
                    self._journal.append([entry_or_words(item) for item in self._batch])
                except (JournalFull, OSError) as error:
                    self._journal_refuses(error)
                    return
                self._batch = []

    def _journal_refuses(self, error: Exception) -> None:
        if not self._journal_refused:
            self._journal_refused = True
            self._report(f"the journal cannot be written: {error}; events stay in memory")

    def _reject(self, entries: Sequence[dict[str, object]], error: Exception) -> None:
        self._report(f"the database refuses an item, put aside: {_in_a_line(error)}")
        try:
            self._rejected.append(entries)
        except (JournalFull, OSError) as trouble:
            self._report(f"an item is lost, it cannot be put aside: {trouble}")

    def _is_out_of_time(self) -> bool:
        return self._stop.is_set() and time.monotonic() >= self._stop_by

    def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()


def _in_a_line(error: Exception) -> str:
    """The database's own words, without SQL and values, which may be private."""
    cause = getattr(error, "orig", None) or error
    words = " ".join(str(cause).split())
    return words[:300] or type(cause).__name__
