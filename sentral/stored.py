"""The log as the database has it, whether the centre runs or not."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sentral.failures import Failure

if TYPE_CHECKING:
    from config.settings import Settings
    from events.event import Recorded


def stored_events(
    settings: "Settings",
    *,
    after_seq: int = 0,
    utc_from: float | None = None,
    utc_to: float | None = None,
    kinds: Sequence[str] = (),
) -> "Iterator[Recorded]":
    """In the order of the log; `utc_from` is included, `utc_to` is not. No kinds: all.

    Raises:
        Failure: the database is away.
    """
    from records.past import DatabaseAway
    from records.reading import Reader

    reader = Reader(settings.store)
    try:
        yield from reader.events(after_seq=after_seq, utc_from=utc_from, utc_to=utc_to, kinds=kinds)
    except DatabaseAway as error:
        raise Failure(f"{error}; has the centre ever been served?") from error
    finally:
        reader.close()
