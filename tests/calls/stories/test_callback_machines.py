"""Who picks up a call-back: a machine is not the customer, who is tried again."""

from pathlib import Path

import pytest

from events.agents import AgentState
from events.callbacks import CallBackEnd, CallBackEnded, CallBackLeft
from events.calls import CallAnswered, CallEnded
from events.queues import QueueAnswered
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.calls.stories.test_callback import asks, house
from tests.virtual_time import in_virtual_time


async def judged(home: House, by: str) -> None:
    """The engine has heard the first words of whom the centre called."""
    for _ in range(100):
        await home.later(0.1)
        asked = [n for n, leg in home.media.script.legs.items() if "detect_answer" in leg.asked]
        if asked:
            home.media.script.emit(("answered_by", asked[0], by, "words"))
            return
    raise AssertionError("it does not listen")


@pytest.mark.parametrize("first", ["agent", "customer"])
@in_virtual_time
async def test_a_machine_is_an_attempt_in_vain_and_a_person_is_connected(
    tmp_path: Path, first: str
) -> None:
    async with house(tmp_path, first=first, detect_machines=True, retry_s=600) as home:
        customer = await home.gateway()
        customer.on_ring = pick_up
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await asks(home)
        await judged(home, "machine")
        left = await home.until(CallBackLeft)
        assert (left.reason, left.attempted) == ("machine", True)
        await home.later(1)
        assert home.state("1") is AgentState.AVAILABLE
        assert home.count(CallAnswered) == 1, "of the call in which they asked for it"

        await home.later(600)
        await judged(home, "unknown")
        await home.until(QueueAnswered)
        assert home.talk_to_each_other
        assert home.the(CallBackEnded).outcome is CallBackEnd.REACHED
        customer.hang_up()
        await home.until(CallEnded, count=3)
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_who_hangs_up_before_a_word_is_tried_again(tmp_path: Path) -> None:
    async with house(tmp_path, detect_machines=True) as home:
        customer = await home.gateway()
        customer.on_ring = pick_up
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await asks(home)
        await home.later(2)
        customer.hang_up()
        left = await home.until(CallBackLeft)
        assert (left.reason, left.attempted) == ("hung_up", True)
        await home.quiet()
        home.assert_counts_balance()
