"""Agents at real phones: how they rest and come back, call each other, and lose their phone."""

from pathlib import Path

import pytest

from events.agents import AgentSignedIn, PhoneLost, PhoneReached
from events.calls import CallBridged, CallEnded, CallHeld, Direction, Outcome
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import Ear, hears, inner
from tests.e2e.stage import CALM, agent, past_call, phone, prompt, until_agent
from tests.rig.centre import Centre
from tests.rig.sipp import SippRun
from tests.rig.softphone import Softphone
from tests.sound import babble

pytestmark = pytest.mark.softphone

CODES = [
    ("*71", "not_available", "", "feature_not_available"),
    ("*712", "not_available", "lunch", "feature_not_available"),
    ("*70", "available", "", "feature_available"),
    ("*73", "signed_out", "", "feature_signed_out"),
    ("*70", "available", "", "feature_signed_in"),
]


async def dial_code(device: Softphone, code: str, centre: Centre, says: str) -> None:
    """Dial a feature code and listen to what it says, until the centre hangs up."""
    await device.call(f"sip:{code}@{centre.sip}")
    await device.expect("established", call=device.current_call, unless=["closed"])
    await device.expect("closed", call=device.current_call)
    await Ear.of(device).hears(inner(prompt(says)), says)


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["baresip", "pjsua2"])
async def test_an_agent_rests_and_comes_back_by_keypad(stack: str, tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        phone(stack, "2001", centre, tmp_path) as device,
    ):
        await device.register()
        await until_agent(centre, "101", state="available", phone="2001", reachable=True)
        for code, state, reason, says in CODES:
            await dial_code(device, code, centre, says)
            await until_agent(centre, "101", state=state, reason=reason)


@pytest.mark.slow
async def test_an_agent_signs_in_by_id_and_pin_at_a_phone_that_is_nobodys(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2009", centre, tmp_path) as device,
    ):
        await device.register()
        for pin in ("0000", "9105"):  # wrong, then right
            await device.call(f"sip:*70@{centre.sip}")
            await device.expect("established", call=device.current_call, unless=["closed"])
            await device.press(f"105#{pin}#")
            if pin == "0000":
                wrong = prompt("feature_wrong_pin")
                await Ear.of(device).hears(wrong[: len(wrong) // 2], "that it is wrong")
                assert (await agent(centre, "105"))["state"] == "signed_out"
                await device.hang_up()
        assert (await events.expect(AgentSignedIn, agent="105")).phone == "2009"
        await until_agent(centre, "105", state="available", phone="2009", reachable=True)


@pytest.mark.sipp
async def test_who_may_call_out_does_and_everybody_may_in_an_emergency(tmp_path: Path) -> None:
    gateway = SippRun("uas_agent_hangs_up", folder=tmp_path, calls=2, pause_ms=100)
    out = {"trunks": {"loopback": {"gateway": f"sip:127.0.0.1:{gateway.port}"}}}
    async with (
        gateway,
        Centre(tmp_path, changes={**CALM, **out}) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path) as staff,
        phone("baresip", "2003", centre, tmp_path) as senior,
    ):
        await staff.register()
        await senior.register()
        await staff.call(f"sip:95550123@{centre.sip}")
        assert "403" in (await staff.expect("closed")).fields["reason"]
        assert (await events.expect(CallEnded)).outcome is Outcome.REJECTED
        for device, number in ((senior, "95550123"), (staff, "112")):
            await device.call(f"sip:{number}@{centre.sip}")
            await device.expect("closed", call=device.current_call)
            ended = await events.expect(CallEnded)
            assert (ended.direction, ended.outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
        messages = (await gateway.finish()).messages
        assert "INVITE sip:5550123@" in messages
        assert "INVITE sip:112@" in messages


async def test_wrap_up_ends_by_keypad(tmp_path: Path) -> None:
    long_wrap_up = {"queues": {"support": {"wrap_up_s": 600}}}
    async with (
        Centre(tmp_path, changes=long_wrap_up) as centre,
        EventStream(centre) as events,
        phone("baresip", "2002", centre, tmp_path, answers=True) as device,
        phone("baresip", "2009", centre, tmp_path) as caller,
    ):
        await device.register()
        await caller.register()
        await caller.call(f"sip:1001@{centre.sip}")
        await events.expect(CallBridged, agent="102")
        await caller.hang_up()
        await until_agent(centre, "102", state="wrap_up", queue="support")
        await device.expect("closed")
        await dial_code(device, "*72", centre, "feature_wrap_up_ended")
        await until_agent(centre, "102", state="available")


@pytest.mark.slow
async def test_phones_call_each_other_and_a_busy_one_is_not_rung(tmp_path: Path) -> None:
    caller_says, callee_says = babble(1.5, seed=5), babble(1.5, seed=6)
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("pjsua2", "2001", centre, tmp_path) as ana,
        phone("baresip", "2002", centre, tmp_path) as budi,
        phone("baresip", "2003", centre, tmp_path) as citra,
    ):
        for device in (ana, budi, citra):
            await device.register()
        await budi.say(caller_says)
        await ana.say(callee_says)
        await budi.call(f"sip:2001@{centre.sip}")
        await budi.expect("ringing")
        await until_agent(centre, "101", state="busy")
        await until_agent(centre, "102", state="busy")
        await ana.answer()
        call = (await events.expect(CallBridged)).call
        await hears(budi, callee_says)
        await hears(ana, caller_says)

        await citra.call(f"sip:2001@{centre.sip}")
        assert "486" in (await citra.expect("closed")).fields["reason"]
        assert len([event for event in ana.events if event.name == "incoming"]) == 1

        await budi.hang_up()
        await ana.expect("closed")
        ended = await events.expect(CallEnded, call=call)
        assert (ended.direction, ended.outcome) == (Direction.INTERNAL, Outcome.ANSWERED)
        for name in ("101", "102", "103"):
            await until_agent(centre, name, state="available")
        assert (await past_call(centre, call))["talk_s"] > 3


async def test_a_phone_that_rejects_is_busy_to_the_caller(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path) as ana,
        phone("baresip", "2002", centre, tmp_path) as budi,
    ):
        await ana.register()
        await budi.register()
        await budi.call(f"sip:2001@{centre.sip}")
        await ana.reject()
        assert "486" in (await budi.expect("closed")).fields["reason"]
        assert (await events.expect(CallEnded)).outcome is Outcome.REJECTED


async def test_an_unregistered_agent_is_not_offered_calls_and_returns(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path) as device,
    ):
        await device.register()
        await until_agent(centre, "101", state="available", reachable=True)
        await centre.until_metric("sentral_agents_able", 1, queue="billing")
        await device.unregister()
        assert (await events.expect(PhoneLost, phone="2001")).reason == "unregistered"
        await until_agent(centre, "101", reachable=False)
        await centre.until_metric("sentral_agents_able", 0, queue="billing")
        await device.register()
        await until_agent(centre, "101", state="available", reachable=True)
        await centre.until_metric("sentral_agents_able", 1, queue="billing")


@pytest.mark.slow
async def test_a_phone_that_vanished_is_lost_when_its_registration_expires(tmp_path: Path) -> None:
    brief = {**CALM, "sip": {"register_min_s": 1}}
    async with Centre(tmp_path, changes=brief) as centre, EventStream(centre) as events:
        async with phone("baresip", "2001", centre, tmp_path, expires_s=3) as device:
            await device.register()
            await until_agent(centre, "101", state="available", reachable=True)
            await device.kill()
        assert (await events.expect(PhoneLost, phone="2001")).reason == "expired"
        await until_agent(centre, "101", reachable=False)
        events.forget()
        async with phone("pjsua2", "2001", centre, tmp_path) as another:
            await another.register()
            await events.expect(PhoneReached, phone="2001")
            await until_agent(centre, "101", state="available", reachable=True)


@pytest.mark.slow
async def test_registering_again_during_a_call_leaves_the_call_alone(tmp_path: Path) -> None:
    said = babble(1.5, seed=8)
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2002", centre, tmp_path, answers=True) as device,
        phone("baresip", "2009", centre, tmp_path) as caller,
    ):
        await device.register()
        await caller.register()
        await device.say(said)
        await caller.call(f"sip:1001@{centre.sip}")
        await events.expect(CallBridged, agent="102")
        await device.unregister()
        await events.expect(PhoneLost, phone="2002")
        await device.register()
        await events.expect(PhoneReached, phone="2002")
        await hears(caller, said)
        assert (await agent(centre, "102"))["state"] == "talking"
        assert not events.of(CallHeld)
        await caller.hang_up()
        await until_agent(centre, "102", state="available")
