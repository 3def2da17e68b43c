"""How long a burst keeps the loop from everybody else.

    python -m bench.acd.bursts [--waiting 10000] [--agents 500] [--effect-us 300]

Performing an effect is made to cost what an INVITE does. Prints, in CPU time of the thread, each
burst as a whole and the longest stretch in which nobody else had a turn.
"""

import argparse
import asyncio
from collections.abc import Callable
from time import thread_time

from acd.distributor import Distributor
from acd.effects import Effect
from acd.settings import AgentProfile, QueueSettings
from calls.feed import Feed
from events.agents import AgentSignedIn, PhoneReached
from events.ids import AgentId, CallId, EntryId, PhoneId, QueueName
from events.log import EventLog
from events.queues import CallQueued, QueueClosed

QUEUE = QueueName("support")
QUIET_TURNS = 50
"""Turns of the loop without an effect after which a burst is over."""


class Centre:
    """A feed on a real loop; nobody is able to serve until the configuration changes."""

    def __init__(self, waiting: int, agents: int, effect_s: float, settings: QueueSettings) -> None:
        self.performed = 0
        self._effect_s = effect_s
        self.people = {AgentId(f"{n}"): AgentProfile() for n in range(agents)}
        log = EventLog(utc=lambda: 0.0, steady=thread_time)
        self.acd = Distributor({QUEUE: settings}, self.people)
        self.feed = Feed(log, self.acd, thread_time)
        self.feed.start(self, lambda _: None)
        for agent in self.people:
            self.feed.append(PhoneReached(PhoneId(agent)))
            self.feed.append(AgentSignedIn(agent, PhoneId(agent)))
        for number in range(waiting):
            self.feed.append(CallQueued(CallId(f"c{number}"), EntryId(f"e{number}"), QUEUE))

    def perform(self, effect: Effect, decided_at: float) -> None:
        self.performed += 1
        until = thread_time() + self._effect_s
        while thread_time() < until:
            pass

    async def burst(self, name: str, begin: Callable[[], object]) -> None:
        before, began_at = self.performed, thread_time()
        asyncio.get_running_loop().call_soon(begin)
        longest_s, quiet = 0.0, 0
        while quiet < QUIET_TURNS:
            done, turn_at = self.performed, thread_time()
            await asyncio.sleep(0)
            longest_s = max(longest_s, thread_time() - turn_at)
            quiet = 0 if self.performed > done else quiet + 1
        whole_s, effects = thread_time() - began_at, self.performed - before
        print(f"{name:<34}{effects:>8}{whole_s * 1000:>12.1f}{longest_s * 1000:>12.1f}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--effect-us", type=float, default=300)
    options = parser.parse_args()
    rare = QueueSettings(skills={"rare": 5})
    print(f"{'ms':<34}{'effects':>8}{'in all':>12}{'longest':>12}")
    made = (options.waiting, options.agents, options.effect_us / 1e6, rare)
    centre = Centre(*made)
    known = {QUEUE: QueueSettings()}
    await centre.burst("a reload makes all agents able", lambda: centre.feed.configure(
        known, centre.people
    ))  # fmt: skip
    centre.feed.stop()
    centre = Centre(*made)
    closed = QueueClosed(QUEUE, "operator", waiting="leave")
    await centre.burst("a queue is closed over its callers", lambda: centre.feed.append(closed))
    centre.feed.stop()


if __name__ == "__main__":
    asyncio.run(main())
