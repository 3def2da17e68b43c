"""Following the centre's events over the real WebSocket."""

import asyncio
from pathlib import Path

import pytest

from events.calls import CallArrived, CallEnded, Direction, Outcome, Side
from events.event import Event, Recorded
from events.ids import CallId, PartyId
from sentral.demo.follower import Follower, following
from sentral.failures import Failure
from tests.web.serving import House, Served, served

ARRIVED = CallArrived(CallId("c"), Direction.INBOUND, PartyId("p"), "1000", "sip-1")
ENDED = CallEnded(CallId("c"), Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")


def publish(web: Served, *events: Event) -> None:
    for seq, event in enumerate(events, 1):
        web.context.feed.publish(Recorded(seq, 100.0 + seq, float(seq), event))


def url(web: Served) -> str:
    return f"http://127.0.0.1:{web.server.port}"


def ignore(follower: Follower, recorded: Recorded) -> None: ...


async def test_events_are_waited_for_and_kept(tmp_path: Path) -> None:
    told: list[Event] = []
    async with (
        served(House(), tmp_path) as web,
        following(
            url(web),
            web.token_file.read_text().strip(),
            lambda _, recorded: told.append(recorded.event),
        ) as follower,
    ):
        waiting = asyncio.create_task(follower.call_of("sip-1"))
        publish(web, ARRIVED)
        assert await waiting == CallId("c")
        publish(web, ENDED)
        assert await follower.until(CallEnded, "the end") == ENDED
        assert await follower.until(CallEnded, "the end, again") == ENDED
        assert told == [ARRIVED, ENDED]


async def test_only_what_fits_counts(tmp_path: Path) -> None:
    async with (
        served(House(), tmp_path) as web,
        following(url(web), web.token_file.read_text().strip(), ignore) as follower,
    ):
        waiting = asyncio.create_task(
            follower.until(CallEnded, "it", lambda event: event.outcome is Outcome.ABANDONED)
        )
        gone = CallEnded(CallId("d"), Direction.INBOUND, Outcome.ABANDONED, Side.CALLER, "hung_up")
        publish(web, ENDED, gone)
        assert await waiting == gone


async def test_a_centre_that_goes_away_is_told(tmp_path: Path) -> None:
    async with (
        served(House(), tmp_path) as web,
        following(url(web), web.token_file.read_text().strip(), ignore) as follower,
    ):
        waiting = asyncio.create_task(follower.until(CallEnded, "the end"))
        web.context.feed.close()
        with pytest.raises(Failure, match="stopped telling its events"):
            await waiting


async def test_a_wrong_token_is_told(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        with pytest.raises(Failure, match="cannot be followed"):
            async with following(url(web), "wrong", ignore):
                raise AssertionError("it may not be followed")
