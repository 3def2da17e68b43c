"""A phone or a carrier that passes somebody on from outside the call: Target-Dialog, RFC 4538."""

from pathlib import Path
from urllib.parse import quote

import pytest

from events.calls import CallBridged, CallTransferred, Side
from sip.address import Address
from sip.dialogs.leg_events import Answered, HungUp
from sip.digest import Credentials, answer_challenge, choose_challenge
from sip.edges.sip_leg import SipLeg
from sip.message import Headers, Message, Request, Response, header, header_values
from tests.calls.house import House
from tests.calls.phone import CENTRE, Phone, named, password_of, pick_up, refuse
from tests.calls.plan import CARRIER
from tests.calls.stories.test_transfer import over, passed_on, served
from tests.scenario.stages import dies
from tests.sip.raw_peer import RawPeer
from tests.virtual_time import in_virtual_time

DESK = Address("UDP", "192.0.2.77", 5060)
CARRIERS_OTHER_DOOR = Address("UDP", CARRIER, 5099)


class Outsider:
    """A second thing of somebody's, in none of their calls: it sends REFER and hears reports."""

    def __init__(self, peer: RawPeer, user: str) -> None:
        self.peer = peer
        self.user = user
        self.cseq = 0
        self.reporter = ""  # From of the reports: the centre, with its tag in this dialog

    async def refer(self, number: str, leg: SipLeg | None, *, replaces: str = "") -> int:
        """The final answer to a REFER about `leg`, the phone's end of a dialog with the centre."""
        proof: Headers = ()
        about: Headers = () if leg is None else (("Target-Dialog", target_dialog(leg)),)
        more = f"?Replaces={quote(replaces, safe='')}" if replaces else ""
        while True:
            self.cseq += 1
            uri = f"sip:{CENTRE}"
            request = self.peer.request(
                "REFER",
                uri,
                to=f"<{uri}>",
                sender=f"<sip:{self.user}@{CENTRE}>;tag=outside",
                call_id="outside",
                cseq=self.cseq,
                headers=(("Refer-To", f"<sip:{number}@{CENTRE}{more}>"), *about, *proof),
            )
            self.peer.send(request)
            answer = await self.peer.next()
            assert isinstance(answer, Response)
            if answer.status != 401 or proof:
                return answer.status
            challenge = choose_challenge(header_values(answer, "WWW-Authenticate"))
            assert challenge is not None
            who = Credentials(self.user, password_of(self.user))
            value = answer_challenge(who, challenge, "REFER", uri, cnonce="c")
            assert value is not None
            proof = (("Authorization", value),)

    async def told(self) -> int:
        """How it goes, by the next NOTIFY that is not a repeated one."""
        notify: Message = await self.peer.next_request("NOTIFY")
        assert isinstance(notify, Request)
        assert header(notify, "Call-ID") == "outside"
        self.reporter = header(notify, "From")
        self.peer.respond(notify, 200)
        return int(notify.body.split()[1])

    async def listen_for(self, seconds: int) -> int:
        """The answer to a SUBSCRIBE that asks for so much more of the reports, RFC 6665 §4.1.2."""
        self.cseq += 1
        request = self.peer.request(
            "SUBSCRIBE",
            f"sip:{CENTRE}",
            to=self.reporter,
            sender=f"<sip:{self.user}@{CENTRE}>;tag=outside",
            call_id="outside",
            cseq=self.cseq,
            headers=(("Event", "refer"), ("Expires", str(seconds))),
        )
        self.peer.send(request)
        answer = await self.peer.next()
        assert isinstance(answer, Response)
        return answer.status


def target_dialog(leg: SipLeg) -> str:
    """A phone's confirmed dialog as the centre knows it."""
    dialog = leg.snapshot()["leg"]["dialog"]
    tags = f"local-tag={dialog['remote_tag']};remote-tag={dialog['local_tag']}"
    return f"{leg.call_id};{tags}"


async def outsider(house: House, user: str = "3001", at: Address = DESK) -> Outsider:
    peer = await RawPeer(Address("UDP", CENTRE, 5060)).open(house.network.open, at)
    return Outsider(peer, user)


async def ringing_colleague(house: House) -> Phone:
    return await house.phone("3002")


@in_virtual_time
async def test_an_agents_desktop_passes_the_caller_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        colleague = await ringing_colleague(house)
        desktop = await outsider(house)
        assert await desktop.refer("3002", agent.leg) == 202
        assert [await desktop.told(), await desktop.told()] == [100, 180]
        colleague.answer()
        assert await desktop.told() == 200
        await agent.until(HungUp)
        assert house.talk_to_each_other
        assert house.the(CallTransferred).by is Side.AGENT
        caller.hang_up()
        await over(house)
        assert passed_on(house) == 1


@in_virtual_time
async def test_who_wants_to_hear_no_more_of_it_stops_no_transfer(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        colleague = await ringing_colleague(house)
        desktop = await outsider(house)
        assert await desktop.refer("3002", agent.leg) == 202
        assert [await desktop.told(), await desktop.told()] == [100, 180]
        assert await desktop.listen_for(60) == 200
        assert await desktop.told() == 180, "the state once more"
        assert await desktop.listen_for(0) == 200
        assert await desktop.told() == 180, "the last that is known"
        assert await desktop.listen_for(60) == 481
        colleague.answer()
        await agent.until(HungUp)
        assert house.talk_to_each_other
        assert desktop.peer.drain() == []
        caller.hang_up()
        await over(house)
        assert passed_on(house) == 1


@in_virtual_time
async def test_an_attended_transfer_from_outside_joins_both(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        customer = agent.leg
        (await house.phone("3002")).on_ring = pick_up
        agent.dial("3002")
        await agent.until(Answered)
        desktop = await outsider(house)
        assert await desktop.refer("3002", customer, replaces=named(agent.leg)) == 202
        assert [await desktop.told(), await desktop.told()] == [100, 200]
        await agent.until(HungUp)
        assert customer.ended
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@pytest.mark.parametrize("leaves", [False, True])
@in_virtual_time
async def test_a_target_that_is_busy_is_told(tmp_path: Path, leaves: bool) -> None:
    """Whether the agent's phone is still there or has hung up on its caller meanwhile."""
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        colleague = await ringing_colleague(house)
        if not leaves:
            colleague.on_ring = refuse(486)
        desktop = await outsider(house)
        assert await desktop.refer("3002", agent.leg) == 202
        assert await desktop.told() == 100
        if leaves:
            assert await desktop.told() == 180
            agent.hang_up()
            await house.later(1.0)
            colleague.leg.reject(486)
        assert await desktop.told() == 486
        assert leaves or house.talk_to_each_other
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_who_left_hears_that_the_caller_was_reached(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        colleague = await ringing_colleague(house)
        desktop = await outsider(house)
        assert await desktop.refer("3002", agent.leg) == 202
        agent.hang_up()
        assert [await desktop.told(), await desktop.told()] == [100, 180]
        colleague.answer()
        assert await desktop.told() == 200
        await house.until(CallBridged, count=2)
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_a_carrier_passes_its_own_caller_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        (await house.phone("3002")).on_ring = pick_up
        carrier = await outsider(house, "62811", CARRIERS_OTHER_DOOR)
        assert await carrier.refer("3002", caller.leg) == 202
        await caller.until(HungUp)
        await house.later(1.0)
        assert house.talk_to_each_other
        agent.hang_up()
        await over(house)


@pytest.mark.parametrize(
    ("user", "at", "of", "status"),
    [
        ("3002", DESK, "agent", 481),  # a colleague's call is as unknown as none at all
        ("3001", DESK, "caller", 481),
        ("62811", CARRIERS_OTHER_DOOR, "agent", 481),
        ("3001", DESK, "nobody", 403),
    ],
)
@in_virtual_time
async def test_nobody_passes_on_the_calls_of_others(
    tmp_path: Path, user: str, at: Address, of: str, status: int
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        legs = {"agent": agent.leg, "caller": caller.leg}
        stranger = await outsider(house, user, at)
        assert await stranger.refer("1001", legs.get(of)) == status
        await house.later(1.0)
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_who_may_not_dial_it_passes_nobody_on_there(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        desktop = await outsider(house)
        assert await desktop.refer("0900", agent.leg) == 403
        assert await desktop.refer("4711", agent.leg) == 404
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_the_desktop_is_told_when_a_restart_comes_between(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        await ringing_colleague(house)
        desktop = await outsider(house)
        assert await desktop.refer("3002", agent.leg) == 202
        assert [await desktop.told(), await desktop.told()] == [100, 180]
        assert await dies(house) == 1
        assert await desktop.told() == 503
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)
