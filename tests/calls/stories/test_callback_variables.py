"""Who is called back is not asked again: what they typed is with the agent, and on record."""

from pathlib import Path

import pytest

from calls.open_calls import records_of
from events.callbacks import CallBackQueued, CallBackRequested
from events.calls import CallEnded, CallRouted
from events.impersonal import without_personal
from events.queues import QueueAnswered
from sip.message import header_or_none
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.calls.stories.test_callback import FLOW, changes
from tests.virtual_time import in_virtual_time

ASKS = (
    FLOW.replace("start: callback", "start: account")
    + """
  account:
    {kind: collect, prompt: number, into: account, max_digits: 4, next: pin, otherwise: bye}
  pin: {kind: secure, into: pin, prompt: number, max_digits: 4, next: callback, otherwise: bye}
"""
)


def house(tmp_path: Path, first: str) -> House:
    wanted = changes(first=first)
    wanted["calls"]["presentation"] = {"collected": ["account", "pin", "caller"]}
    return House(tmp_path, changes=wanted, flows={"back": ASKS})


async def asks(home: House) -> None:
    caller = await home.caller("62811")
    caller.dial("1007")
    await home.later(1)
    home.press(home.call.leg, "4711")
    await home.later(1)
    home.press(home.call.leg, "0815")
    await home.later(1)
    home.press(home.call.leg, "1")
    await home.until(CallEnded)


async def answered(home: House) -> Phone:
    customer, agent = await home.gateway(), await home.phone("3001")
    customer.on_ring = agent.on_ring = pick_up
    await home.until(QueueAnswered)
    return agent


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("first", ["agent", "customer"])
@in_virtual_time
async def test_the_agent_sees_what_the_customer_typed_when_they_asked(
    tmp_path: Path, first: str, restarted: bool
) -> None:
    async with house(tmp_path, first) as home:
        await asks(home)
        asked = home.the(CallBackRequested)
        assert asked.variables["account"] == "4711"
        assert not {"pin", "caller"} & set(asked.variables), "no secret, and nobody's number"
        given_away = without_personal(asked)
        assert isinstance(given_away, CallBackRequested)
        assert given_away.variables == {}
        await home.until(CallBackQueued)
        if restarted:
            home.keep()
            await home.crash()
            await home.restart()
        agent = await answered(home)
        assert header_or_none(agent.leg.invite, "X-Sentral-Collected") == "account=4711"
        back = home.the(QueueAnswered).call
        routed = [each.variables for each in home.all(CallRouted) if each.call == back]
        assert routed == [asked.variables]
        assert records_of(home.recorded)[back].state.collected["account"] == "4711"
        agent.hang_up()
        await home.quiet()
