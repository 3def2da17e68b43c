"""Who may be called back, how often, and what becomes of a wish meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from calls.do_not_call import DoNotCall
from calls.opening_settings import CallBackSettings
from calls.problems import Refused, UnreadableFile
from events.agents import AgentState
from events.callbacks import (
    CallBackEnd,
    CallBackEnded,
    CallBackLeft,
    CallBackQueued,
    CallBackRequested,
    NumberBarred,
)
from events.calls import CallEnded
from events.ids import AgentId
from events.queues import CallAbandoned, CallOffered, CallQueued, QueueAnswered
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up, ring
from tests.calls.stories.test_callback import FLOW, asks, changes, customer_rings
from tests.virtual_time import in_virtual_time

AYU = AgentId("1")


def house(tmp_path: Path, *, listed: Path | None = None, **settings: Any) -> House:
    sales = FLOW.replace("queue: support", "queue: sales")
    wanted = changes(country_code="62", **settings)
    wanted["queues"]["sales"] = {}
    wanted["numbers"] = [{"dial": "1009", "flow": "sales"}, *wanted["numbers"]]
    if listed is not None:
        wanted["do_not_call"] = str(listed)
    return House(tmp_path, changes=wanted, flows={"back": FLOW, "sales": sales})


async def waits(home: House, number: str, port: int) -> Phone:
    """A customer who calls the queue itself."""
    caller = await home.caller(number, port=port)
    before = home.count(CallQueued)
    caller.dial("1001")
    await home.until(CallQueued, count=before + 1)
    return caller


async def rests(home: House) -> Phone:
    """Ayu's phone is there, Ayu is not."""
    agent = await home.phone("3001")
    agent.on_ring = pick_up
    home.parts.desk.make_not_available(AYU, "break")
    return agent


@pytest.mark.parametrize("number", ["62811", "0811", "+62811"])
@in_virtual_time
async def test_who_calls_meanwhile_has_their_place_and_is_not_called_once_served(
    tmp_path: Path, number: str
) -> None:
    """However their number is spelled."""
    async with house(tmp_path) as home:
        await rests(home)
        await asks(home)
        await home.until(CallBackQueued)
        await home.later(300)
        other = await waits(home, "62822", 5062)
        customer = await waits(home, number, 5064)
        assert home.all(CallQueued)[-1].waited_s == pytest.approx(300, abs=5)
        assert home.the(CallBackLeft).reason == "on_the_line"
        home.parts.desk.make_available(AYU)
        answered = await home.until(QueueAnswered)
        assert answered.call == home.all(CallQueued)[-1].call, "they came first"
        assert (await home.until(CallBackEnded)).outcome is CallBackEnd.SERVED
        customer.hang_up()
        other.hang_up()
        await home.quiet()
        assert home.count(CallBackQueued) == 1
        home.assert_counts_balance()


@in_virtual_time
async def test_who_calls_meanwhile_and_gives_up_is_called_back_all_the_same(tmp_path: Path) -> None:
    async with house(tmp_path, retry_s=600) as home:
        gateway = await home.gateway()
        gateway.on_ring = pick_up
        await rests(home)
        await asks(home)
        await home.until(CallBackQueued)
        customer = await waits(home, "0811", 5062)
        await home.later(1000)
        assert home.count(CallBackQueued) == 1, "they are on the line"
        customer.hang_up()
        await home.until(CallAbandoned)
        await home.until(CallBackQueued, count=2)
        home.parts.desk.make_available(AYU)
        await home.until(QueueAnswered)
        assert home.the(CallBackEnded).outcome is CallBackEnd.REACHED
        gateway.hang_up()
        await home.quiet()


@in_virtual_time
async def test_so_many_for_one_customer_at_once_and_in_a_day(tmp_path: Path) -> None:
    async with house(tmp_path, most_per_customer=1, most_per_day=2) as home:
        await asks(home, "62811")
        await asks(home, "0811", port=5062)  # a duplicate
        caller = await home.caller("62811", port=5064)
        caller.dial("1009")
        await home.later(5)
        home.press(home.call.leg, "1")
        await home.until(CallEnded, count=3)
        assert home.count(CallBackRequested) == 1, "one at once"
        home.parts.centre.callbacks.cancel(home.the(CallBackRequested).callback)
        assert home.the(CallBackEnded).outcome is CallBackEnd.CANCELLED
        await asks(home, "+62811", port=5066)
        assert home.count(CallBackRequested) == 2
        home.parts.centre.callbacks.cancel(home.all(CallBackRequested)[-1].callback)
        home.keep()
        await home.crash()
        await home.restart()
        await asks(home, "62811", port=5068)
        assert home.count(CallBackRequested) == 2, "two a day, through a restart"
        await home.later(86_400)
        await asks(home, "62811", port=5070)
        assert home.count(CallBackRequested) == 3


@in_virtual_time
async def test_who_is_on_the_list_is_not_promised_anything(tmp_path: Path) -> None:
    listed = tmp_path / "do-not-call.txt"
    listed.write_text("# by law\n+62 811 # Budi\n\n0822\n")
    async with house(tmp_path, listed=listed) as home:
        await asks(home, "62811")
        await asks(home, "62822", port=5062)
        assert home.count(CallBackRequested) == 0
        await asks(home, "62833", port=5064)
        assert home.count(CallBackRequested) == 1


@in_virtual_time
async def test_who_is_barred_is_left_in_peace_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        rules = home.parts.centre.callbacks.rules
        await asks(home, "62811")
        await home.until(CallBackQueued)
        with pytest.raises(Refused):
            rules.bar("nobody", "eva")
        rules.bar("0811", "eva")
        rules.bar("+62811", "eva")
        assert home.the(NumberBarred).by == "eva"
        assert (await home.until(CallBackEnded)).outcome is CallBackEnd.BARRED
        await home.crash()
        await home.restart()
        rules = home.parts.centre.callbacks.rules
        assert rules.was_barred("62811")
        await asks(home, "62811", port=5062)
        assert home.count(CallBackRequested) == 1
        rules.allow("62811", "eva")
        await asks(home, "62811", port=5064)
        assert home.count(CallBackRequested) == 2
        with pytest.raises(Refused):
            rules.allow("62811", "eva")


@in_virtual_time
async def test_a_place_is_given_up_at_night_and_taken_again_in_the_morning(tmp_path: Path) -> None:
    """The house's clock starts at 08:00 UTC."""
    day = {"zone": "UTC", "week": {"mon-sun": "07:00-09:00"}}
    async with house(tmp_path, hours=day) as home:
        gateway = await home.gateway()
        gateway.on_ring = pick_up
        await rests(home)
        await asks(home)
        await home.until(CallBackQueued)
        await home.until(CallBackLeft)
        assert home.the(CallBackLeft).reason == "quiet_hours"
        assert home.at(CallBackLeft) == pytest.approx(3600, abs=10)
        home.parts.desk.make_available(AYU)
        await home.later(3 * 3600)
        assert home.count(CallOffered) == 0
        await home.later(19 * 3600)
        await home.until(QueueAnswered)
        assert home.at(QueueAnswered) >= 23 * 3600
        assert home.the(CallQueued).waited_s >= 23 * 3600, "their age is kept"
        gateway.hang_up()
        await home.quiet()


@in_virtual_time
async def test_a_place_in_the_queue_expires_too_but_not_while_the_phone_rings(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, expires_s=600) as home:
        await rests(home)
        await asks(home)
        await home.until(CallBackQueued)
        assert (await home.until(CallBackEnded)).outcome is CallBackEnd.EXPIRED
        gateway = await home.gateway()
        gateway.on_ring = ring
        await asks(home, "62822", port=5062)
        await home.later(595)
        home.parts.desk.make_available(AYU)
        await customer_rings(home)
        await home.later(10)
        gateway.answer()
        await home.until(QueueAnswered)
        assert home.state("1") is AgentState.TALKING
        assert home.all(CallBackEnded)[-1].outcome is CallBackEnd.REACHED
        gateway.hang_up()
        await home.quiet()


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    settings, path = CallBackSettings(country_code="62"), tmp_path / "list"
    with pytest.raises(UnreadableFile):
        DoNotCall.read(path, settings)
    path.write_text("0811\nnot a number\n")
    with pytest.raises(UnreadableFile, match="line 2"):
        DoNotCall.read(path, settings)
