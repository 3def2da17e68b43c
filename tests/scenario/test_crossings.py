"""Whatever crosses on the wire, all that is awaited ends: no call, no agent and no task is left.

Few phones and few callers do everything that people do with telephones within the same seconds:
they dial, press keys, answer, refuse, hold, pass on, hang up, sign in and out. Each datagram takes
a time of its own, so that later ones overtake; some are lost, some come twice. All times are of one
grid, so that much falls into the same turn of the loop. Chance makes another order of it in every
round. A watchdog in virtual time looks at the end of each: what waits still, waits for ever.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from acd.model import AgentView
from calls.problems import Refused
from events.agents import AgentState
from events.calls import CallArrived, CallEnded
from events.ids import AgentId, PhoneId
from events.queues import CallAbandoned, CallOffered, OfferClosed, QueueAnswered
from sip.dialogs.leg_events import Answered
from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.calls.plan import CARRIER
from tests.scenario import day
from tests.sip.memory_network import Datagram
from tests.virtual_time import run

AGENTS: Final = 3
CALLERS: Final = 4
DEEDS: Final = 3
"""Of the agents, beside what their phones do."""
PERHAPS_S: Final = 2.0
"""All that happens begins within so many seconds: everything meets everything."""
PATIENCE_S: Final = 8.0
WATCHDOG_S: Final = 600.0
GRID_S: Final = 0.02


def changes() -> Mapping[str, Any]:
    """As few people as can get into one another's way, and hardly any pause between two calls."""
    plan = dict(day.changes())
    pauses = {"wrap_up_s": 0.5, "not_answering_s": 2, "back_off_s": 0.5}
    queue: dict[str, Any] = {**pauses, "ring_s": 3, "max_wait_s": 20}
    plan["queues"] = {"support": queue, "sales": {**queue, "nobody": "leave", "ring_at_once": 2}}
    return plan


def on_grid(time_s: float) -> float:
    return GRID_S * round(time_s / GRID_S)


class Crossings:
    """A round after the other in one centre."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._chance = Random(seed)
        self._loop = asyncio.get_running_loop()
        self._names = day.names()[:AGENTS]
        self._callers: list[Phone] = []
        house.network.hook = self._carried

    async def plug_in(self) -> None:
        for number, (_, name) in enumerate(self._names):
            host, opened = f"192.0.2.{100 + number}", self._house.network.open
            await self._plug(Phone(self._house, opened, host, name, proves_itself=True))
        for agent, _ in day.names()[AGENTS:]:
            self._house.parts.desk.sign_out(AgentId(agent))
        for number in range(CALLERS):
            port = day.FIRST_PORT + number
            caller = Phone(self._house, self._house.network.open, CARRIER, str(port), port=port)
            self._callers.append(await self._plug(caller))

    async def _plug(self, phone: Phone) -> Phone:
        phone.on_ring = self._rings
        await phone.agent.start()
        self._house.phones.append(phone)
        return phone

    async def round(self) -> None:
        """It begins and ends with nothing on any line."""
        for caller in self._callers:
            self._some_time(self._dials, caller)
        for _ in range(DEEDS):
            self._some_time(self._acts, AgentId(self._chance.choice(self._names)[0]))
        try:
            async with asyncio.timeout(WATCHDOG_S):
                await asyncio.sleep(PERHAPS_S + PATIENCE_S)
                while self._house.count(CallEnded) < self._house.count(CallArrived):
                    await self._house.next_change()
                await self._house.quiet()
        except TimeoutError:
            pytest.fail(f"waits for ever: {self._house.left()}")
        for agent, name in self._names:  # whatever they did, they are at their phones again
            self._house.parts.desk.sign_in(AgentId(agent), PhoneId(name))
            self._house.parts.desk.make_available(AgentId(agent))
        assert [view.state for view in self.agents()] == [AgentState.AVAILABLE] * AGENTS

    def agents(self) -> list[AgentView]:
        names = {agent for agent, _ in self._names}
        return [each for each in self._house.parts.distributor.agents() if each.id in names]

    def _carried(self, datagram: Datagram) -> Sequence[float]:
        luck, delay_s = self._chance.random(), on_grid(self._chance.expovariate(1 / 0.03))
        if luck < 0.02:
            return ()
        return (delay_s, 2 * delay_s) if luck < 0.04 else (delay_s,)

    def _some_time(self, what: Any, *of: Any, within_s: float = PERHAPS_S) -> None:
        self._loop.call_later(on_grid(self._chance.uniform(0, within_s)), what, *of)

    def _dials(self, caller: Phone) -> None:
        leg = caller.dial(self._chance.choice(("1000", "1001", "1001", "1002", "3100")))
        self._some_time(self._presses, leg.call_id)
        if self._chance.random() < 0.2:
            self._some_time(self._holds, caller, leg)
        if self._chance.random() < 0.8:  # else the centre has to see to its end
            self._some_time(leg.hang_up, within_s=self._chance.choice((PERHAPS_S, PATIENCE_S)))

    def _presses(self, sip_call_id: str) -> None:
        for call in self._house.parts.centre.calls.values():
            if call.leg.sip.call_id == sip_call_id and not call.leg.closed:
                self._house.press(call.leg, self._chance.choice("12"))

    def _holds(self, phone: Phone, leg: SipLeg) -> None:
        if not leg.ended and phone.leg is leg and phone.has(Answered):
            phone.hold(self._chance.choice(("sendonly", "inactive")))

    def _passes_on(self, phone: Phone, leg: SipLeg) -> None:
        if not leg.ended and phone.leg is leg:
            phone.refer(self._chance.choice(("1002", "3102", "9")))
            self._some_time(leg.hang_up, within_s=self._chance.choice((0.0, 1.0)))

    def _rings(self, phone: Phone, leg: SipLeg) -> None:
        luck = self._chance.random()
        if luck < 0.1:
            leg.reject(self._chance.choice((486, 603, 500)))
        elif luck > 0.15:
            leg.ring()
            self._some_time(self._answers, phone, leg, within_s=1.0)

    def _answers(self, phone: Phone, leg: SipLeg) -> None:
        if leg.ended or phone.leg is not leg:
            return
        phone.answer()
        also = self._chance.choice((self._holds, self._passes_on, None, None, None))
        if also is not None:
            self._some_time(also, phone, leg)
        self._some_time(leg.hang_up)

    def _acts(self, agent: AgentId) -> None:
        desk, phone = self._house.parts.desk, PhoneId(dict(self._names)[agent])
        deed = self._chance.choice(
            (
                desk.sign_out,
                desk.make_not_available,
                desk.make_available,
                desk.end_wrap_up,
                lambda agent: desk.sign_in(agent, phone),
            )
        )
        with suppress(Refused):  # who is signed out can do little
            deed(agent)


async def crossed(folder: Path, seed: int, rounds: int) -> House:
    async with House(folder, changes=changes(), seed=seed) as house:
        crossings = Crossings(house, seed)
        await crossings.plug_in()
        for _ in range(rounds):
            await crossings.round()
        house.assert_counts_balance()
    return house


def assert_everything_met(house: House) -> None:
    """That chance left nothing out."""
    offers = Counter(closed.outcome for closed in house.all(OfferClosed))
    assert len(offers) >= 4, offers
    for kind in (CallOffered, QueueAnswered, CallAbandoned):
        assert house.count(kind) > 10, kind


@pytest.mark.parametrize("seed", range(3))
def test_everything_that_is_awaited_ends(tmp_path: Path, seed: int) -> None:
    assert_everything_met(run(crossed(tmp_path, seed, 40)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_ten_thousand_rounds_end(tmp_path: Path, seed: int) -> None:
    assert_everything_met(run(crossed(tmp_path, seed, 200)))
