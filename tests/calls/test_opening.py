"""Queues that open and close, by the calendar and by hand, in a whole centre."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calls.opening import Calendar
from calls.opening_settings import OpeningHours
from calls.problems import Refused
from events.calls import CallEnded
from events.ids import QueueName
from events.queues import CallFlowedOut, CallQueued, QueueAnswered, QueueClosed, QueueOpened
from tests.calls.house import UTC_AT_START, House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time

SUPPORT, NIGHT = QueueName("support"), QueueName("night")
JAKARTA = OpeningHours(
    zone="Asia/Jakarta",
    week={"mon-fri": "08:00-17:00", "sat": ("09:00-12:00", "13:00-14:00")},
    holidays="ID",
    exceptions={"2026-12-25": "10:00-11:00", "2026-12-28": ()},
)


@pytest.mark.parametrize(
    ("local", "closed"),
    [
        ("2026-11-23 07:59", "hours"),
        ("2026-11-23 08:00", None),
        ("2026-11-23 17:00", "hours"),
        ("2026-11-28 12:30", "hours"),
        ("2026-11-28 13:00", None),
        ("2026-08-17 10:00", "holiday"),
        ("2026-12-25 10:30", None),
        ("2026-12-28 10:30", "hours"),
    ],
)
def test_the_calendar(local: str, closed: str | None) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Jakarta"))
    assert Calendar(JAKARTA).closed(at.timestamp()) == closed


def minutes_from_start(first: int, last: int) -> str:
    """A span of the day on which the house begins, in UTC."""
    start = datetime.fromtimestamp(UTC_AT_START, UTC)
    begin = start.hour * 60 + start.minute
    return "-".join(f"{(begin + n) // 60:02}:{(begin + n) % 60:02}" for n in (first, last))


def open_from(first: int, last: int, **settings: Any) -> dict[str, Any]:
    week = {"mon-sun": minutes_from_start(first, last)}
    return {"zone": "UTC", "week": week, **settings}


@in_virtual_time
async def test_a_queue_opens_and_closes_by_the_clock(tmp_path: Path) -> None:
    hours = open_from(2, 10)
    async with House(tmp_path, changes={"queues": {"support": {"hours": hours}}}) as house:
        await house.until(QueueClosed)
        early = await house.caller()
        early.dial("1001")
        assert (await house.until(CallFlowedOut)).reason == "closed"
        await house.until(CallEnded)
        await house.until(QueueOpened)
        assert house.at(QueueOpened) % 60 == pytest.approx((-UTC_AT_START) % 60, abs=0.1)
        patient = await house.caller("62822", port=5062)
        patient.dial("1001")
        await house.until(QueueClosed, count=2)
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        await house.until(QueueAnswered)
        patient.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_at_night_callers_go_on_to_the_open_site(tmp_path: Path) -> None:
    queues = {
        "support": {"hours": open_from(500, 510), "overflow_to": {"closed": "night"}},
        "night": {},
    }
    async with House(tmp_path, changes={"queues": queues}) as house:
        await house.until(QueueClosed)
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallQueued, count=2)
        assert [event.queue for event in house.all(CallQueued)] == [SUPPORT, NIGHT]
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_an_emergency_sends_waiting_callers_on_and_outlives_a_crash(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallQueued)
        house.parts.centre.services.opening.close(SUPPORT, "fire alarm", "eva", "leave")
        assert (await house.until(CallFlowedOut)).reason == "closed"
        await house.until(CallEnded)
        await house.crash()
        await house.restart()
        again = await house.caller("62822", port=5062)
        again.dial("1001")
        await house.until(CallFlowedOut, count=2)
        (view,) = house.parts.distributor.queues()
        assert view.closed == {"operator": "fire alarm"}
        opening = house.parts.centre.services.opening
        opening.open(SUPPORT, "eva")
        with pytest.raises(Refused, match="not closed"):
            opening.open(SUPPORT, "eva")
        with pytest.raises(Refused, match="no queue"):
            opening.close(QueueName("nowhere"), "", "eva", "leave")
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_supervisor_closes_and_opens_by_phone(tmp_path: Path) -> None:
    numbers = [
        {"dial": "1001", "queue": "support"},
        {"dial": "*81", "feature": "close_queue", "about": "support"},
        {"dial": "*82", "feature": "open_queue", "about": "support"},
    ]
    async with House(tmp_path, changes={"numbers": numbers}) as house:
        supervisor = await house.phone("3002")
        supervisor.dial("*81")
        closed = await house.until(QueueClosed)
        assert (closed.queue, closed.by) == (SUPPORT, "phone 3002")
        await house.until(CallEnded)
        supervisor.dial("*82")
        await house.until(QueueOpened)
        await house.until(CallEnded, count=2)
        await house.quiet()


@pytest.mark.parametrize(
    ("local", "opens"),
    [
        ("2026-11-23 07:59", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-24 08:00"),  # open: the next morning
        ("2026-11-28 12:30", "2026-11-28 13:00"),
        ("2026-11-28 15:00", "2026-11-30 08:00"),
        ("2026-08-16 10:00", "2026-08-18 08:00"),  # the 17th is a holiday
        ("2026-12-27 10:00", "2026-12-29 08:00"),  # the 28th is closed by exception
    ],
)
def test_when_it_opens_next(local: str, opens: str) -> None:
    zone = ZoneInfo("Asia/Jakarta")
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (local, opens))
    assert Calendar(JAKARTA).opens_at(at.timestamp()) == wanted.timestamp()


@pytest.mark.parametrize("week", [{}, {"mon": ()}])
def test_what_never_opens(week: dict[str, tuple[str, ...]]) -> None:
    assert Calendar(OpeningHours(zone="UTC", week=week)).opens_at(UTC_AT_START) is None
