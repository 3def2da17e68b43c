"""One complete queue call, played by the clock: flow, queue, agent, hold, resume, good-bye.

The parts of both people are timers, so that whoever disturbs the story need not know where it is.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone

PRESSES_AT_S: Final = 1.5  # in the menu, after a greeting of one second
ANSWERS_AFTER_S: Final = 2.0
HOLDS_AFTER_S: Final = 2.0  # counted from the answer
RESUMES_AFTER_S: Final = 4.0
CALLER_HOLDS_AFTER_S: Final = 6.0
CALLER_RESUMES_AFTER_S: Final = 8.0
LEAVES_AT_S: Final = 20.0  # the caller, if nobody did before
WRAP_UP_S: Final = 10.0


class QueueStory:
    """Begins when made; `over` waits until both people have done all their parts."""

    def __init__(self, house: House, caller: Phone, agent: Phone) -> None:
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()
        self.caller = caller
        self.agent = agent
        agent.on_ring = self._rings
        caller.dial("1000")
        self.at(PRESSES_AT_S, self._press)
        self.at(LEAVES_AT_S, caller.hang_up)

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        """Do it so long after the beginning."""
        self._loop.call_at(self._began_at + seconds, act)

    async def over(self) -> None:
        await self._house.later(LEAVES_AT_S + 1.0)

    def _press(self) -> None:
        for call in self._house.parts.centre.calls.values():
            if not call.leg.closed:
                self._house.press(call.leg, "1")

    def _rings(self, agent: Phone, leg: SipLeg) -> None:
        leg.ring()

        def answer() -> None:
            if not leg.ended:
                agent.answer()

        for after_s, act in (
            (ANSWERS_AFTER_S, answer),
            (ANSWERS_AFTER_S + HOLDS_AFTER_S, lambda: agent.hold("sendonly")),
            (ANSWERS_AFTER_S + RESUMES_AFTER_S, agent.resume),
            (ANSWERS_AFTER_S + CALLER_HOLDS_AFTER_S, lambda: self.caller.hold("inactive")),
            (ANSWERS_AFTER_S + CALLER_RESUMES_AFTER_S, self.caller.resume),
        ):
            self._loop.call_later(after_s, act)


async def begun(house: House) -> QueueStory:
    return QueueStory(house, await house.caller(), await house.phone("3001"))
