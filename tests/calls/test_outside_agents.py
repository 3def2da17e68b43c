"""An agent at a telephone elsewhere, reached through a trunk; and what supervisors may force."""

from pathlib import Path

import pytest

from calls.problems import Refused
from events.agents import AgentMadeNotAvailable, AgentSignedIn, AgentState
from events.calls import CallEnded, LegDialled
from events.ids import AgentId, PhoneId, TrunkName
from events.queues import CallOffered, OfferPickedUp, QueueAnswered
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time

HOME = {
    "phones": {
        "3001": {"contact": None, "ha1": {"MD5": "0" * 32}, "agent": None},
        "home": {"number": "0811", "trunk": "carrier", "agent": "1", "accept_key": "5"},
    }
}


@in_virtual_time
async def test_an_agent_at_home_takes_a_call_through_the_trunk(tmp_path: Path) -> None:
    async with House(tmp_path, changes=HOME) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        assert house.count(AgentSignedIn) == 0, "nobody is signed in unasked"
        house.parts.desk.sign_in(AgentId("1"), PhoneId("home"))
        caller = await house.caller()
        caller.dial("1001")
        await house.until(OfferPickedUp)
        dialled = house.the(LegDialled)
        assert (dialled.target_kind, dialled.target) == ("phone", "home")
        assert gateway.leg.invite.uri.startswith("sip:0811@")
        trunks, carrier = house.parts.trunks, TrunkName("carrier")
        assert trunks.calls_active(carrier) == 2
        leg = house.parts.centre.offers.leg_of(house.the(CallOffered).offer)
        assert leg is not None
        house.press(leg, "5")
        await house.until(QueueAnswered)
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()
        assert trunks.calls_active(carrier) == 0
        house.assert_counts_balance()


@in_virtual_time
async def test_a_supervisor_makes_an_agent_not_available(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.parts.desk.make_not_available(AgentId("1"), "training", "eva")
        told = house.the(AgentMadeNotAvailable)
        assert (told.reason, told.by) == ("training", "eva")
        assert house.state("1") is AgentState.NOT_AVAILABLE
        with pytest.raises(Refused, match="no reason fishing"):
            house.parts.desk.make_not_available(AgentId("1"), "fishing", "eva")
