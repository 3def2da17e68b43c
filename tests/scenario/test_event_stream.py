"""Who reads the event stream knows at any moment what the API would answer: nobody has to poll.

A day by chance, at which a client looks again and again. It has heard nothing but the stream's
texts, and has counted on from each to the next.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from acd.model import AgentView
from tests.calls.house import House
from tests.scenario.day import Day, changes
from tests.virtual_time import run
from web.feed import EventFeed

LOOKS = 300
QUEUES = ("support", "sales")


class Client:
    """What somebody makes of the stream."""

    def __init__(self, feed: EventFeed) -> None:
        self.calls: set[str] = set()
        self.waiting: dict[str, str] = {}
        """Entry to queue."""
        self.agents: dict[str, tuple[str, str]] = {}
        """State and reason, of those of whom something was heard."""
        self.read = 0
        self._subscription = feed.subscribe(lambda _: True, 100_000)

    async def catch_up(self) -> None:
        while True:
            try:
                async with asyncio.timeout(0.0):
                    text = await self._subscription.next()
            except TimeoutError:
                return
            self.read += 1
            told = json.loads(text)
            self._hear(told["kind"], told["event"])

    def _hear(self, kind: str, told: dict[str, Any]) -> None:
        match kind:
            case "CallArrived":
                self.calls.add(told["call"])
            case "CallEnded":
                self.calls.remove(told["call"])
            case "CallQueued":
                self.waiting[told["entry"]] = told["queue"]
            case "QueueAnswered" | "CallAbandoned" | "CallFlowedOut":
                del self.waiting[told["entry"]]
            case "AgentStateChanged":
                self.agents[told["agent"]] = (told["state"], told["reason"])


def as_told(agents: list[AgentView], known: dict[str, tuple[str, str]]) -> dict[str, Any]:
    return {view.id: (view.state.value, view.reason) for view in agents if view.id in known}


async def watched(folder: Path) -> Client:
    async with House(folder, changes=changes(), seed=3) as house:
        feed = EventFeed()
        house.parts.log.listen(feed.publish)
        client, seen = Client(feed), set()

        async def look() -> None:
            await client.catch_up()
            acd = house.parts.distributor
            assert client.calls == set(house.parts.centre.calls)
            there = [view for queue in acd.queues() for view in acd.waiting(queue.name)]
            assert client.waiting == {view.entry: view.queue for view in there}
            assert client.agents == as_told(acd.agents(), client.agents)
            seen.add((len(client.calls), len(client.waiting)))

        day = Day(house, 3)
        day.also(look, times=LOOKS)
        await day.pass_by()
        await look()
        assert len(seen) > 8, "there was something to see"
    return client


def test_who_reads_the_stream_knows_what_the_api_would_say(tmp_path: Path) -> None:
    client = run(watched(tmp_path))
    assert client.read > 5000
    assert (client.calls, client.waiting) == (set(), {})
