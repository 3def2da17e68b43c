"""A called phone or carrier that names somebody else (3xx), and who passed a call on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from events.agents import AgentReleased
from events.calls import CallBridged, CallEnded, LegDialled
from events.queues import CallQueued, QueueAnswered
from sip.dialogs.leg_events import Answered, Rejected
from sip.edges.sip_leg import SipLeg
from sip.message import Headers, header_or_none, header_values
from tests.calls.house import House
from tests.calls.phone import CENTRE, Phone, pick_up
from tests.calls.plan import CARRIER, GATEWAY_PORT, NUMBERS
from tests.virtual_time import in_virtual_time

OnRing = Callable[[Phone, SipLeg], None]
INSIDE = f"<sip:3002@{CENTRE}>"


def redirect(status: int, *contacts: str) -> OnRing:
    headers: Headers = tuple(("Contact", contact) for contact in contacts)
    return lambda _, leg: leg.reject(status, headers=headers)


async def rejected(phone: Phone) -> Rejected:
    event = await phone.until(Rejected)
    assert isinstance(event, Rejected)
    return event


@pytest.mark.parametrize(
    ("status", "contacts", "reached"),
    [
        (302, [INSIDE], "3002"),
        (301, [INSIDE], "3002"),
        (300, [INSIDE], "3002"),
        (302, ["<tel:3002>"], "3002"),
        (302, [f"<sip:3009@{CENTRE}>;q=0.9", f"{INSIDE};q=0.1"], "3002"),
        (305, [INSIDE], None),
        (380, [INSIDE], None),
        (302, [], None),
        (302, ["<sip:3002@elsewhere.example>"], None),
        (302, [f"<sip:0900@{CENTRE}>"], None),  # the phone that says so may not dial it
        (302, [f"<sip:3001@{CENTRE}>"], None),  # itself
        (302, ["nonsense"], None),
    ],
)
@in_virtual_time
async def test_where_a_phone_may_send_its_calls(
    tmp_path: Path, status: int, contacts: list[str], reached: str | None
) -> None:
    async with House(tmp_path) as house:
        first, second = await house.phone("3001"), await house.phone("3002")
        first.on_ring, second.on_ring = redirect(status, *contacts), pick_up
        caller = await house.phone("3004")
        caller.dial("3001")
        if reached is None:
            refusal = await rejected(caller)
            assert refusal.status == 480
            assert house.count(LegDialled) == 1
            assert "Contact" not in dict(refusal.headers), "whom to call is not the caller's affair"
        else:
            await caller.until(Answered)
            assert house.talk_to_each_other
            told = header_or_none(second.leg.invite, "Diversion")
            assert told is not None
            assert told.startswith(f"<sip:3001@{CENTRE}>;reason=")
            caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()
        assert len(first.legs) == 1
        assert house.all(AgentReleased), "Ayu, whose phone it was, is free again"


@in_virtual_time
async def test_a_phone_may_send_its_calls_to_a_queue_or_a_flow(tmp_path: Path) -> None:
    """The caller waits there as if they had dialled it; Ayu, whose phone it is, may take them."""
    async with House(tmp_path) as house:
        phone = await house.phone("3001")
        phone.on_ring = redirect(302, f"<sip:1001@{CENTRE}>")
        caller = await house.phone("3004")
        caller.dial("3001")
        await house.until(CallQueued)
        phone.on_ring = pick_up
        await house.until(QueueAnswered)
        assert house.talk_to_each_other
        caller.hang_up()
        await house.until(CallEnded)
        phone.on_ring = redirect(302, f"<sip:1000@{CENTRE}>")
        await house.later(60.0)
        caller.dial("3001")
        await caller.until(Answered)
        assert house.call.state.route_kind == "flow"
        caller.hang_up()
        await house.until(CallEnded, count=2)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_flows_transfer_does_not_lead_into_another_queue(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        phone.on_ring = redirect(302, f"<sip:1001@{CENTRE}>")
        caller = await house.caller()
        caller.dial("1000")
        await caller.until(Answered)
        await house.later(1.5)
        house.press(house.call.leg, "2")
        await house.until(CallEnded)
        assert house.count(CallQueued) == 0


@in_virtual_time
async def test_a_phone_that_must_not_redirect(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"phones": {"3001": {"redirect": "refuse"}}}
    async with House(tmp_path, changes=changes) as house:
        first, second = await house.phone("3001"), await house.phone("3002")
        first.on_ring = redirect(302, INSIDE)
        caller = await house.phone("3004")
        caller.dial("3001")
        assert (await rejected(caller)).status == 480
        assert second.legs == []


@in_virtual_time
async def test_redirections_in_circles_and_without_end(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        first, second = await house.phone("3001"), await house.phone("3002")
        first.on_ring = redirect(302, INSIDE)
        second.on_ring = redirect(302, f"<sip:3001@{CENTRE}>")
        caller = await house.phone("3004")
        caller.dial("3001")
        assert (await rejected(caller)).status == 480
        assert (len(first.legs), len(second.legs)) == (1, 1)
    endless = {"numbers": [*NUMBERS, {"dial": "4.", "trunk": "carrier"}]}
    async with House(tmp_path, changes=endless) as house:
        gateway = await house.gateway()
        gateway.on_ring = lambda phone, leg: redirect(302, f"<sip:4{len(phone.legs)}@{CENTRE}>")(
            phone, leg
        )
        caller = await house.phone("3002")
        caller.dial("0900")
        assert (await rejected(caller)).status == 480
        assert len(gateway.legs) == house.count(LegDialled) == 5


@pytest.mark.parametrize(
    ("changes", "contact", "answers"),
    [
        ({}, f"<sip:901@{CARRIER}:5071>", True),
        ({}, f"<sip:3002@{CENTRE}>", True),
        ({}, "<sip:901@192.0.2.99:5071>", False),
        ({"redirect": "refuse"}, f"<sip:901@{CARRIER}:5071>", False),
    ],
)
@in_virtual_time
async def test_where_a_carrier_may_send_our_calls(
    tmp_path: Path, changes: dict[str, Any], contact: str, answers: bool
) -> None:
    async with House(tmp_path, changes={"trunks": {"carrier": changes}}) as house:
        gateway, other = await house.gateway(), await house.caller("other", port=GATEWAY_PORT + 1)
        gateway.on_ring, other.on_ring = redirect(302, contact), pick_up
        inside = await house.phone("3002")
        inside.on_ring = pick_up
        caller = await house.caller()
        caller.dial("0900")
        await caller.until(Answered if answers else Rejected)
        assert len(gateway.legs) == 1
        assert len(other.legs) + len(inside.legs) == answers


@in_virtual_time
async def test_a_queues_call_does_not_follow_an_agents_phone(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent, other = await house.phone("3001"), await house.phone("3002")
        agent.on_ring = redirect(302, INSIDE)
        customer = await house.caller()
        customer.dial("1001")
        await house.later(5.0)
        assert other.legs == []
        assert house.count(CallBridged) == 0


@pytest.mark.parametrize(
    ("style", "name", "told"),
    [
        ("none", "Diversion", []),
        ("diversion", "Diversion", ["<sip:1000@", "<sip:62855@"]),
        ("history_info", "History-Info", ["<sip:62855@", "<sip:1000@", "<sip:900@"]),
    ],
)
@in_virtual_time
async def test_a_carrier_reads_who_passed_a_call_on(
    tmp_path: Path, style: str, name: str, told: list[str]
) -> None:
    """A customer's call that 62855 forwarded to us goes out again."""
    changes = {"trunks": {"carrier": {"diversion": style}}}
    async with House(tmp_path, changes=changes) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1000", headers=(("Diversion", "<sip:62855@far.example>;reason=no-answer"),))
        await caller.until(Answered)
        assert house.call.diversions[0].number == "62855"
        await house.later(1.5)
        house.press(house.call.leg, "3")
        await house.until(CallBridged)
        values = header_values(gateway.leg.invite, name)
        assert [value[: len(start)] for value, start in zip(values, told, strict=True)] == told
        caller.hang_up()
        await house.until(CallEnded)
