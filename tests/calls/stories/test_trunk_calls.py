"""Calls out through a trunk with several gateways, and what it is told of the caller."""

from pathlib import Path
from typing import Any

import pytest

from events.calls import CallBridged, CallEnded, LegDialled
from sip.dialogs.leg_events import Answered, Rejected
from sip.edges.sip_leg import SipLeg
from sip.message import header, header_or_none
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.calls.plan import CARRIER, GATEWAY_PORT
from tests.virtual_time import in_virtual_time

SECOND_PORT = GATEWAY_PORT + 1
TWO = [
    {"uri": f"sip:{CARRIER}:{GATEWAY_PORT}"},
    {"uri": f"sip:{CARRIER}:{SECOND_PORT}", "priority": 2},
]


def carrier(**changes: Any) -> dict[str, Any]:
    return {"trunks": {"carrier": {"gateway": None, "gateways": TWO, **changes}}}


async def rejected(phone: Phone) -> Rejected:
    event = await phone.until(Rejected)
    assert isinstance(event, Rejected)
    return event


def turn_away(status: int) -> Any:
    def on_ring(phone: Phone, leg: SipLeg) -> None:
        leg.reject(status)

    return on_ring


async def second_gateway(house: House) -> Phone:
    phone = await house.caller("second", port=SECOND_PORT)
    phone.on_ring = pick_up
    return phone


@in_virtual_time
async def test_a_gateway_that_is_overloaded_hands_the_call_to_the_next(tmp_path: Path) -> None:
    async with House(tmp_path, changes=carrier()) as house:
        first, second = await house.gateway(), await second_gateway(house)
        first.on_ring = turn_away(503)
        caller = await house.phone("3002")
        caller.dial("0900")
        await caller.until(Answered)
        await house.until(CallBridged)
        assert (len(first.legs), len(second.legs)) == (1, 1)
        assert house.count(LegDialled) == 1
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_a_gateway_that_is_silent_hands_the_call_to_the_next(tmp_path: Path) -> None:
    async with House(tmp_path, changes={**carrier(), "calls": {"provisional_s": 60}}) as house:
        second = await second_gateway(house)
        caller = await house.phone("3002")
        caller.dial("0900")
        await caller.until(Answered)
        assert len(second.legs) == 1
        caller.hang_up()
        await house.until(CallEnded)


@pytest.mark.parametrize("status", [486, 404, 603])
@in_virtual_time
async def test_what_the_called_party_says_never_goes_to_another_gateway(
    tmp_path: Path, status: int
) -> None:
    async with House(tmp_path, changes=carrier()) as house:
        first, second = await house.gateway(), await second_gateway(house)
        first.on_ring = turn_away(status)
        caller = await house.phone("3002")
        caller.dial("0900")
        await rejected(caller)
        assert second.legs == []


@in_virtual_time
async def test_the_carrier_reads_the_number_and_the_caller_it_wants(tmp_path: Path) -> None:
    wishes = carrier(
        rewrite_called=[{"dial": "9.", "prefix": "+62"}],
        identity="asserted",
        caller="+6221500",
        hide_caller=True,
    )
    async with House(tmp_path, changes=wishes) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("0900")
        await caller.until(Answered)
        invite = gateway.leg.invite
        assert invite.uri == f"sip:+62900@{CARRIER}:{GATEWAY_PORT}"
        assert "sip:anonymous@anonymous.invalid" in header(invite, "From")
        assert f"sip:+6221500@{CARRIER}" in header(invite, "P-Asserted-Identity")
        assert header_or_none(invite, "Privacy") == "id"
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_more_calls_per_second_than_agreed_are_turned_away(tmp_path: Path) -> None:
    async with House(tmp_path, changes=carrier(calls_per_s=1)) as house:
        gateway = await house.gateway()
        gateway.on_ring = turn_away(486)
        caller = await house.phone("3002")
        caller.dial("0900")
        assert (await rejected(caller)).status == 486
        caller.dial("0900")
        assert (await rejected(caller)).status == 480
        await house.later(1.0)
        caller.dial("0900")
        assert (await rejected(caller)).status == 486
