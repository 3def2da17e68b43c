"""The store: keeps every event for good, behind the calls and never in their way."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from events.event import Recorded
from events.ids import PartyId
from records.items import PartyErased, PartyNamed, SnapshotTaken
from records.journal import Journal, JournalFull
from records.mark import Mark
from records.pending import Pending
from records.sequence import last_seq
from records.settings import StoreSettings

if TYPE_CHECKING:
    from records.reading import Reader
    from records.writer import Writer


class Store:
    """One per process and database. Only `close` and `last_seq` ever wait, and not for long.

    SQLAlchemy is imported by the writing thread, behind the first calls.
    """

    def __init__(
        self, settings: StoreSettings, *, on_problem: Callable[[str], None] = lambda _: None
    ) -> None:
        """`on_problem`: told, in the writing thread, what goes wrong and when it is over."""
        self._settings = settings
        self._report = on_problem
        self._pending = Pending(settings.memory_limit)
        path = settings.journal_path()
        self._journal = Journal(path, limit_bytes=settings.journal_limit_bytes)
        self._rejected = Journal(
            path.with_name(f"{path.name}.rejected"), limit_bytes=settings.journal_limit_bytes
        )
        self._mark = Mark(path.with_name(f"{path.name}.mark"))
        self._writer: Writer | None = None
        self._opened = threading.Event()
        self._thread: threading.Thread | None = None
        self._reader: Reader | None = None

    def open(self) -> None:
        """Start to write; what was appended before is written too. Returns at once.

        Once more changes nothing.
        """
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def last_seq(self) -> int:
        """The number after which an `EventLog` goes on; asked once, before the first event."""
        found = last_seq(self._settings, self._journal, self._mark)
        self._pending.newest_seq = max(found, self._pending.newest_seq)
        return found

    def append(self, recorded: Recorded) -> None:
        """A listener of the event log."""
        self._pending.put(recorded)

    def remember_party(self, party: PartyId, number: str, name: str) -> None:
        """This is who the party is."""
        self._pending.put(PartyNamed(party, number, name))

    def erase_party(self, party: PartyId) -> None:
        """Nobody shall know any more who the party was."""
        self._pending.put(PartyErased(party))

    def keep_snapshot(self, name: str, seq: int, utc: float, body: Mapping[str, Any]) -> None:
        """The state of the part `name` after event `seq`, as JSON; replaces its older one."""
        self._pending.put(SnapshotTaken(name, seq, utc, body))

    @property
    def queue_length(self) -> int:
        """Items that are not in the database yet, the journal's included."""
        writer = self._writer
        return writer.length if writer else len(self._pending) + self._journal.lines

    @property
    def lost(self) -> int:
        """Items that neither memory nor journal could take."""
        return self._pending.lost

    @property
    def ready(self) -> bool:
        """Whether the database takes events just now."""
        return self._writer is not None and self._writer.ready.is_set()

    @property
    def problem(self) -> str:
        """Why not ready; "" when it is."""
        return self._writer.problem if self._writer else "the database is being opened"

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the database has all that was kept. For threads, never on the loop."""
        if not self._opened.wait(timeout_s) or self._writer is None:
            return False
        return self._writer.ready.wait(timeout_s)

    @property
    def reader(self) -> "Reader":
        """Reads the same database over connections of its own; for threads."""
        if self._reader is None:
            from records.reading import Reader

            self._reader = Reader(self._settings)
        return self._reader

    def close(self, timeout_s: float) -> None:
        """Write what there is within the time, else leave it in the journal, and end the thread."""
        if self._thread is not None:
            self._opened.wait()
            assert self._writer is not None
            self._writer.stop(timeout_s * 0.8)
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                self._rescue(self._writer)
            self._thread = None
        if self._reader is not None:
            self._reader.close()

    def _run(self) -> None:
        from records.writer import Writer

        self._writer = Writer(
            self._settings,
            self._pending,
            self._journal,
            self._rejected,
            self._mark,
            self._report,
        )
        self._opened.set()
        self._writer.run()

    def _rescue(self, writer: "Writer") -> None:
        try:
            writer.rescue()
        except (JournalFull, OSError) as error:
            self._report(f"{writer.length} items are lost: {error}")
