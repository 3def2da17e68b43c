"""What agents did with their time in a period, from the log: states, and how they kept to
their schedules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from events import kpi
from events.adherence import Adherence, Attendance
from events.agent_time import AgentTime
from events.event import Recorded
from events.ids import AgentId
from events.kpi import AgentSeconds

if TYPE_CHECKING:
    from records.reading import Reader

KINDS: Final = ("AgentStateChanged", "AgentScheduled", "CentreStarted")

LOOK_BACK_S: Final = 2 * 86_400.0
"""So long before a period its events are read: what it begins with may have begun there."""


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """None where nothing can be divided: nobody scheduled, or never signed in."""

    agent: AgentId
    time: AgentSeconds
    scheduled_s: float
    adherent_s: float
    adherence: float | None
    occupancy: float | None
    availability: float | None


def agent_figures(
    events: Iterable[Recorded], begin_utc: float, end_utc: float
) -> Iterator[AgentFigures]:
    """Agent by agent. `events` are those of `KINDS` from `LOOK_BACK_S` before `begin_utc` on."""
    period_s = end_utc - begin_utc
    time = AgentTime(interval_s=period_s, origin_utc=begin_utc)
    adherence = Adherence(from_utc=begin_utc)
    for recorded in events:
        time.observe(recorded)
        adherence.observe(recorded)
    spent = {row.agent: row.time for row in time.rows(end_utc) if row.start_utc == begin_utc}
    kept = adherence.of(end_utc)
    for agent in sorted(spent.keys() | kept.keys()):
        yield _figures(agent, spent.get(agent, AgentSeconds()), kept.get(agent, Attendance()))


def agent_figures_in(reader: "Reader", begin_utc: float, end_utc: float) -> list[AgentFigures]:
    """From the database. Raises DatabaseAway."""
    events = reader.events(utc_from=begin_utc - LOOK_BACK_S, utc_to=end_utc, kinds=KINDS)
    return list(agent_figures(events, begin_utc, end_utc))


def _figures(agent: AgentId, time: AgentSeconds, kept: Attendance) -> AgentFigures:
    return AgentFigures(
        agent,
        time,
        kept.scheduled_s,
        kept.adherent_s,
        kept.adherence,
        kpi.occupancy(time),
        kpi.availability(time),
    )
