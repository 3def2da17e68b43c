"""What real callers did in flows, from the events that were kept."""

from datetime import datetime
from typing import Final

from config.settings import Settings
from events.calls import NodeVisited
from ivr.engine import NodeVisit
from ivr.flow import Flows
from ivr.position import Position
from ivr.rehearsal.coverage import Coverage
from records.past import DatabaseAway
from records.reading import Reader
from sentral.failures import Failure

KINDS: Final = ("NodeVisited",)


def walked_between(
    flows: Flows, settings: Settings, begin: datetime | None, end: datetime | None
) -> Coverage:
    """Visits, ways taken and where callers gave up; None leaves the period open.

    Visits of nodes that a flow no longer has are counted and drawn nowhere.

    Raises:
        Failure: the database is away.
    """
    coverage = Coverage(flows)
    reader = Reader(settings.store)
    first = begin.astimezone().timestamp() if begin else None
    last = end.astimezone().timestamp() if end else None
    try:
        for recorded in reader.events(utc_from=first, utc_to=last, kinds=KINDS):
            if isinstance(recorded.event, NodeVisited):
                _count(coverage, recorded.event)
    except DatabaseAway as error:
        raise Failure(f"{error}; has the centre ever been served?") from error
    finally:
        reader.close()
    return coverage


def _count(coverage: Coverage, event: NodeVisited) -> None:
    try:
        position = Position.from_json(event.position)
    except (KeyError, TypeError):  # written by a program whose positions looked different
        return
    coverage.visited(NodeVisit(str(event.flow), str(event.node), event.outcome, position))
