"""A day at the centre by chance: callers, agents and their phones, all from one seed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from random import Random
from typing import Any, Final

from events.calls import CallArrived, CallEnded
from events.ids import AgentId
from sip.dialogs.leg_events import Answered
from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.calls.plan import CARRIER, phone

AGENTS: Final = 10
CALLS: Final = 250
DAY_S: Final = 2 * 3600.0
FIRST_PORT: Final = 10_000


def names() -> list[tuple[str, str]]:
    """Agents and their phones."""
    return [(str(100 + number), str(3100 + number)) for number in range(AGENTS)]


def changes() -> Mapping[str, Any]:
    return {
        "queues": {
            "support": {"wrap_up_s": 15, "not_answering_s": 60, "max_wait_s": 400},
            "sales": {"wrap_up_s": 5, "not_answering_s": 60, "nobody": "leave"},
        },
        "agents": {
            agent: {"languages": {"en": 5}, "skills": {"support": 1 + number}}
            for number, (agent, _) in enumerate(names())
        },
        "phones": {
            "3001": {"agent": None},
            **{
                name: phone(name, 100 + number, agent=agent, permissions="senior")
                for number, (agent, name) in enumerate(names())
            },
        },
        "trunks": {"carrier": {"max_calls": 500}},
        "numbers": [
            {"dial": "1000", "flow": "main"},
            {"dial": "1001", "queue": "support"},
            {"dial": "1002", "queue": "sales"},
            {"dial": "31XX", "phone": "dialled"},
        ],
    }


class Day:
    """`pass_by` lets it happen; afterwards nothing moves any more."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._random = Random(seed)
        self._loop = asyncio.get_running_loop()
        self._phones: dict[str, Phone] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.dialled = 0
        self.on_restart: Callable[[], None] = lambda: None

    async def pass_by(self, *, crashes: int = 0) -> None:
        """`crashes`: so many times the centre's process is killed, and starts again."""
        for number, (_, name) in enumerate(names()):
            await self._plug_in(name, f"192.0.2.{100 + number}")
        for number in range(CALLS):
            self._later(partial(self._calls, FIRST_PORT + number))
        for _ in range(6):
            self._later(self._vanishes)
        for _ in range(20):
            self._later(self._calls_a_colleague)
        for _ in range(30):
            self._later(self._takes_a_break)
        for number in range(crashes):
            self._tasks.append(asyncio.create_task(self._crashes(number, crashes)))
        await asyncio.gather(*self._tasks)
        while self._house.count(CallEnded) < self._house.count(CallArrived):
            await self._house.next_change()
        await self._house.quiet()
        await self._house.later(120.0)  # the last wrap-up, the last who did not answer

    def _later(self, what: Callable[[], Awaitable[None]]) -> None:
        """Some time today."""
        after_s = self._random.uniform(0, DAY_S)

        async def wait() -> None:
            await asyncio.sleep(after_s)
            await what()

        self._tasks.append(asyncio.create_task(wait()))

    def also(self, what: Callable[[], Awaitable[None]], *, times: int) -> None:
        """Before it passes by: something more happens today, so often."""
        for _ in range(times):
            self._later(what)

    async def _crashes(self, number: int, of: int) -> None:
        """In its own part of the day; now and then from a snapshot that was taken before."""
        part_s = DAY_S / of
        await asyncio.sleep(part_s * number + self._random.uniform(0, part_s / 2))
        if self._random.random() < 0.5:
            self._house.keep()
        await asyncio.sleep(self._random.uniform(0, part_s / 4))
        await self._house.crash()
        await asyncio.sleep(self._random.uniform(0, 20))
        await self._house.restart()
        self.on_restart()

    # Callers

    async def _calls(self, port: int) -> None:
        chance = self._random
        caller = Phone(self._house, self._house.network.open, CARRIER, str(port), port=port)
        await caller.agent.start()
        self.dialled += 1
        leg = caller.dial(chance.choice(("1000", "1000", "1001", "1002")))
        patience_s = chance.expovariate(1 / 250) if chance.random() < 0.8 else chance.random() * 3
        self._loop.call_later(patience_s, caller.hang_up)
        self._loop.call_later(chance.uniform(0.5, 6.0), self._presses, leg.call_id)
        if chance.random() < 0.1:
            self._loop.call_later(chance.uniform(20, 60), self._holds, caller, leg)
        while not leg.ended:
            await self._house.next_change()
        await asyncio.sleep(40.0)  # its last transactions
        await caller.agent.stop()

    def _presses(self, sip_call_id: str) -> None:
        key = self._random.choice("1111125x")
        for call in self._house.parts.centre.calls.values():
            if call.leg.sip.call_id == sip_call_id and not call.leg.closed and key != "x":
                self._house.press(call.leg, key)

    def _holds(self, phone: Phone, leg: SipLeg) -> None:
        if not leg.ended and phone.has(Answered):
            phone.hold(self._random.choice(("sendonly", "inactive")))
            self._loop.call_later(self._random.uniform(1, 30), phone.resume)

    # Agents

    async def _plug_in(self, name: str, host: str) -> None:
        phone = Phone(self._house, self._house.network.open, host, name, proves_itself=True)
        phone.on_ring = self._rings
        await phone.agent.start()
        self._phones[name] = phone

    def _rings(self, phone: Phone, leg: SipLeg) -> None:
        """Mostly it is answered; sometimes refused, and sometimes nobody is at the desk."""
        chance = self._random
        luck = chance.random()
        if luck < 0.06:
            leg.reject(chance.choice((486, 603, 500, 488)))
            return
        if luck < 0.09:
            return  # not even a 180
        leg.ring()
        if luck > 0.14:
            self._loop.call_later(chance.uniform(0.5, 8.0), self._answers, phone, leg)

    def _answers(self, phone: Phone, leg: SipLeg) -> None:
        if leg.ended or phone.leg is not leg:
            return
        chance = self._random
        phone.answer()
        if chance.random() < 0.2:
            self._loop.call_later(chance.uniform(1, 20), self._holds_if_talking, phone, leg)
        self._loop.call_later(chance.uniform(5, 200), leg.hang_up)

    def _holds_if_talking(self, phone: Phone, leg: SipLeg) -> None:
        if not leg.ended and phone.leg is leg:
            phone.hold(self._random.choice(("sendonly", "inactive")))
            self._loop.call_later(self._random.uniform(1, 30), phone.resume)

    async def _vanishes(self) -> None:
        """The cable is pulled, also in the middle of a call, and put back after a while."""
        name = self._random.choice(sorted(self._phones))
        phone = self._phones[name]
        talking = any(not leg.ended for leg in phone.legs)
        await phone.unplug()
        if talking:
            self._silence(name)
        await asyncio.sleep(self._random.uniform(30, 300))
        if self._phones[name] is phone:
            await self._plug_in(name, phone.host)

    def _silence(self, name: str) -> None:
        for call in self._house.parts.centre.calls.values():
            other = call.conversation.other if call.conversation else None
            if other is not None and other.line == ("phone", name):
                self._house.fall_silent(other)
            if call.state.phone == name and not call.leg.closed:
                self._house.fall_silent(call.leg)

    async def _calls_a_colleague(self) -> None:
        caller, called = self._random.sample(sorted(self._phones), 2)
        phone = self._phones[caller]
        if phone.unplugged or any(not leg.ended for leg in phone.legs):
            return
        self.dialled += 1
        leg = phone.dial(called)
        self._loop.call_later(self._random.uniform(1, 60), leg.hang_up)

    async def _takes_a_break(self) -> None:
        agent = AgentId(self._random.choice(names())[0])
        self._house.parts.desk.make_not_available(agent, "break")
        await asyncio.sleep(self._random.uniform(10, 300))
        while not self._house.alive:
            await self._house.next_change()
        self._house.parts.desk.make_available(agent)
