"""Supervisors on a call: who hears whom, who may, and that the call never notices."""

from pathlib import Path
from typing import cast

import pytest

from calls.leg import Leg
from calls.problems import Refused
from calls.supervision.supervisors import Supervisors
from events.calls import (
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallUnbridged,
    LegEnded,
    LegRang,
)
from events.ids import CallId, PhoneId
from events.queues import QueueAnswered
from events.supervision import Mode, SupervisionBegan, SupervisionEnded, SupervisionSwitched
from media.leg import MediaLeg
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up, refuse, ring
from tests.virtual_time import in_virtual_time

SUPERVISOR = PhoneId("3009")

HEARD_BY = {
    Mode.LISTEN: {"caller": ["agent"], "agent": ["caller"], "supervisor": ["caller", "agent"]},
    Mode.WHISPER: {
        "caller": ["agent"],
        "agent": ["caller", "supervisor"],
        "supervisor": ["caller", "agent"],
    },
    Mode.BARGE: {
        "caller": ["agent", "supervisor"],
        "agent": ["caller", "supervisor"],
        "supervisor": ["caller", "agent"],
    },
}
NOBODY = {"caller": ["agent"], "agent": ["caller"]}


class Floor:
    """A caller who talks with agent 1, and a supervisor's phone."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.caller: Phone
        self.agent: Phone
        self.supervisor: Phone
        self.call: CallId

    async def talk(self) -> None:
        house = self.house
        self.agent, self.supervisor = await house.phone("3001"), await house.phone("3009")
        self.agent.on_ring = self.supervisor.on_ring = pick_up
        self.caller = await house.caller()
        self.caller.dial("1001")
        await house.until(QueueAnswered)
        self.call = house.the(CallArrived).call

    async def dial(self, code: str) -> None:
        self.supervisor.dial(code)
        await self.house.until(SupervisionBegan)

    def ring(self, mode: Mode) -> None:
        self.supervisors.ring(self.call, SUPERVISOR, mode)

    @property
    def supervisors(self) -> Supervisors:
        return self.house.parts.centre.services.supervisors

    def heard(self) -> dict[str, list[str]]:
        """By each party that is there: the others that it hears, in order."""
        call = self.house.parts.centre.calls[self.call]
        assert call.conversation is not None
        legs = {"caller": call.leg, "agent": call.conversation.other}
        going_on = self.supervisors._going_on.get(self.call)
        if going_on is not None:
            legs["supervisor"] = going_on.leg
        names = {number(leg): name for name, leg in legs.items()}
        script = self.house.media.script.legs
        found = {}
        for name, leg in legs.items():
            state = script[number(leg)]
            others = state.hears or tuple(filter(None, (state.partner,)))
            found[name] = sorted((names[other] for other in others), key=list(legs).index)
        return found


def number(leg: Leg) -> int:
    return cast(MediaLeg, leg.media).id


@pytest.mark.parametrize(
    ("code", "mode"),
    [("*841", Mode.LISTEN), ("*843001", Mode.LISTEN), ("*851", Mode.WHISPER), ("*861", Mode.BARGE)],
)
@in_virtual_time
async def test_a_feature_code_lets_a_supervisor_hear_an_agent(
    tmp_path: Path, code: str, mode: Mode
) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        await floor.dial(code)
        assert floor.heard() == HEARD_BY[mode]
        began = house.the(SupervisionBegan)
        assert (began.call, began.phone, began.mode) == (floor.call, "3009", mode)
        floor.supervisor.hang_up()
        assert (await house.until(SupervisionEnded)).cause == "hung_up"
        assert floor.heard() == NOBODY
        assert house.count(CallUnbridged) == 0
        floor.caller.hang_up()
        await house.until(CallEnded, count=2)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_keys_switch_the_mode(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        await floor.dial("*841")
        leg = floor.supervisors._going_on[floor.call].leg
        modes = (("5", Mode.WHISPER), ("6", Mode.BARGE), ("4", Mode.LISTEN))
        for count, (key, mode) in enumerate(modes, 1):
            house.press(leg, "1" + key)
            await house.until(SupervisionSwitched, count=count)
            assert floor.heard() == HEARD_BY[mode]
        house.press(leg, "4")
        await house.later(1)
        assert house.count(SupervisionSwitched) == 3


@in_virtual_time
async def test_the_api_rings_switches_and_ends(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        floor.ring(Mode.WHISPER)
        await house.until(SupervisionBegan)
        assert floor.heard() == HEARD_BY[Mode.WHISPER]
        floor.ring(Mode.BARGE)
        assert floor.heard() == HEARD_BY[Mode.BARGE]
        house.press(floor.supervisors._going_on[floor.call].leg, "4")
        await house.until(SupervisionSwitched, count=2)
        floor.supervisors.leave(floor.call)
        assert house.the(SupervisionEnded).cause == "api"
        assert floor.heard() == NOBODY
        await house.until(LegEnded)
        assert house.talk_to_each_other
        with pytest.raises(Refused, match="nobody supervises"):
            floor.supervisors.leave(floor.call)


@in_virtual_time
async def test_a_rung_supervisor_hangs_up(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        floor.ring(Mode.BARGE)
        await house.until(SupervisionBegan)
        floor.supervisor.hang_up()
        assert (await house.until(SupervisionEnded)).cause == "hung_up"
        assert floor.heard() == NOBODY
        floor.caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@pytest.mark.parametrize("by_code", [True, False])
@in_virtual_time
async def test_it_ends_with_the_call(tmp_path: Path, by_code: bool) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        if by_code:
            await floor.dial("*861")
        else:
            floor.ring(Mode.BARGE)
            await house.until(SupervisionBegan)
        floor.caller.hang_up()
        assert (await house.until(SupervisionEnded)).cause == "call_ended"
        await house.quiet()
        house.assert_counts_balance()
        assert floor.supervisors._going_on == {}


@in_virtual_time
async def test_it_goes_on_with_the_next_agent_and_through_hold(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        await floor.dial("*851")
        floor.agent.hold()
        await house.until(CallHeld)
        assert house.hears(house.parts.centre.calls[floor.call].leg) == "music.wav"
        floor.agent.resume()
        await house.later(1)
        assert floor.heard() == HEARD_BY[Mode.WHISPER]
        await floor.agent.unplug()
        await house.later(1)
        house.fall_silent(house.parts.centre.calls[floor.call].conversation.other)  # type: ignore[union-attr]
        await house.until(CallUnbridged)
        assert house.count(SupervisionEnded) == 0
        other = await house.phone("3003")
        other.on_ring = pick_up
        await other.register()
        await house.until(CallBridged, count=2)
        assert floor.heard() == HEARD_BY[Mode.WHISPER]
        floor.caller.hang_up()
        await house.until(SupervisionEnded)


@pytest.mark.parametrize("succeeds", [True, False])
@in_virtual_time
async def test_it_goes_along_with_a_transfer(tmp_path: Path, succeeds: bool) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        await floor.dial("*861")
        manager = await house.phone("3002")
        manager.on_ring = ring if succeeds else refuse(486)
        floor.agent.refer("3002")
        if succeeds:
            await house.until(LegRang, where=lambda event: event.leg.endswith("-2"))
            caller = house.parts.centre.calls[floor.call].leg
            assert house.hears(caller) == "ringback"  # and neither the agent nor the supervisor
            manager.answer()
            await house.until(CallBridged, count=2)
        else:
            await house.until(LegEnded, where=lambda event: event.leg.endswith("-2"))
        await house.later(1)
        assert floor.heard() == HEARD_BY[Mode.BARGE]
        floor.caller.hang_up()
        await house.until(SupervisionEnded)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_who_may_not_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        colleague = await house.phone("3002")
        for phone, problem in (
            (PhoneId("3002"), "may not supervise"),
            (PhoneId("3010"), "may not supervise"),
        ):
            with pytest.raises(Refused, match=problem):
                floor.supervisors.ring(floor.call, phone, Mode.LISTEN)
        with pytest.raises(Refused, match="no call"):
            floor.supervisors.ring(CallId("gone"), SUPERVISOR, Mode.LISTEN)
        colleague.dial("*841")
        await house.until(CallEnded)
        floor.supervisor.dial("*842")  # who talks with nobody
        await house.until(CallEnded, count=2)
        assert house.count(SupervisionBegan) == 0
        assert house.talk_to_each_other


@in_virtual_time
async def test_one_supervisor_at_a_time(tmp_path: Path) -> None:
    changes = {"calls": {"supervisors": ["supervisor", "senior"]}}
    async with House(tmp_path, changes=changes) as house:
        floor = Floor(house)
        await floor.talk()
        await floor.dial("*841")
        with pytest.raises(Refused, match="supervised already"):
            floor.supervisors.ring(floor.call, PhoneId("3002"), Mode.LISTEN)
        assert floor.heard() == HEARD_BY[Mode.LISTEN]


@pytest.mark.parametrize("what", ["refuses", "rings", "call ends"])
@in_virtual_time
async def test_a_supervisor_who_does_not_answer(tmp_path: Path, what: str) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        floor.supervisor.on_ring = refuse(486) if what == "refuses" else lambda _, leg: leg.ring()
        floor.ring(Mode.LISTEN)
        if what == "call ends":
            await house.later(2)
            floor.caller.hang_up()
        ended = await house.until(LegEnded, where=lambda event: event.leg.endswith("-2"))
        causes = {"refuses": "busy", "rings": "no_answer", "call ends": "call_ended"}
        assert ended.cause == causes[what]
        assert house.count(SupervisionBegan) == 0
        floor.caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_after_a_restart_the_supervisor_hears_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        await floor.dial("*861")
        await house.crash()
        await house.restart()
        await house.until(SupervisionBegan, count=2)
        assert floor.heard() == HEARD_BY[Mode.BARGE]
        floor.caller.hang_up()
        await house.until(SupervisionEnded)
        await house.quiet()
