"""The ground floor's promise, heard: two softphones of different make talk through the centre.

What each of them hears is compared with what was played: prompts, music, the other's voice.
"""

from pathlib import Path

import pytest

from events.calls import CallBridged, CallEnded, CallHeld, CallResumed, CallUnbridged, Side
from events.queues import CallAbandoned, CallOffered, CallQueued
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import EDGE_S, Ear, heard_so_far, hears, hears_some_of, inner, is_in
from tests.e2e.stage import CALM, at_rest, music, past_call, phone, prompt, until_agent
from tests.rig.centre import Centre
from tests.sound import RATE_HZ, babble

pytestmark = pytest.mark.softphone

CALLER_SAYS, AGENT_SAYS = babble(1.5, seed=3), babble(1.5, seed=4)


@pytest.mark.slow
async def test_a_caller_is_led_to_an_agent_and_both_hear_each_other(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path) as agent,
        phone("pjsua2", "2002", centre, tmp_path) as caller,
    ):
        await agent.register()
        await caller.register()
        await until_agent(centre, "101", state="available")
        await caller.say(CALLER_SAYS)
        await agent.say(AGENT_SAYS)
        await caller.call(f"sip:1000@{centre.sip}")
        await caller.expect("established", unless=["closed"])
        ear = Ear.of(caller)
        await ear.hears(inner(prompt("welcome")), "welcome")
        await ear.hears(prompt("choose_this_language"), "the choice")

        await caller.press("1")
        await ear.hears(prompt("main_menu")[: 2 * RATE_HZ], "the menu")
        await caller.press("1")
        queued = await events.expect(CallQueued, queue="billing")
        await until_agent(centre, "101", state="offered")
        await hears_some_of(caller, music())

        await agent.answer()
        await events.expect(CallBridged, agent="101")
        await until_agent(centre, "101", state="talking", queue="billing")
        await hears(caller, AGENT_SAYS)
        await hears(agent, CALLER_SAYS)

        await agent.hold()
        await events.expect(CallHeld, by=Side.AGENT)
        await hears_some_of(caller, music())
        await agent.resume()
        await events.expect(CallResumed, by=Side.AGENT)
        await hears(caller, AGENT_SAYS)
        await hears(agent, CALLER_SAYS)

        await agent.hang_up()
        await events.expect(CallUnbridged, by=Side.AGENT)
        await until_agent(centre, "101", state="available")
        await caller.expect("closed")
        await ear.hears(inner(prompt("thanks")), "thanks")
        await events.expect(CallEnded, call=queued.call)
        record = await past_call(centre, queued.call)
        assert record["outcome"] == "answered"
        assert (record["queue"], record["agent"]) == ("billing", "101")
        held, resumed = (
            next(each.utc for each in events.recorded if isinstance(each.event, kind))
            for kind in (CallHeld, CallResumed)
        )
        assert record["hold_s"] == pytest.approx(resumed - held, abs=0.2)
        await at_rest(centre)


async def test_keys_pressed_ahead_skip_the_prompts_and_a_caller_may_leave_while_it_rings(
    tmp_path: Path,
) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path) as agent,
        phone("baresip", "2002", centre, tmp_path) as caller,
    ):
        await agent.register()
        await caller.register()
        await caller.call(f"sip:1000@{centre.sip}")
        await caller.expect("established", unless=["closed"])
        await caller.press("11")
        queued = await events.expect(CallQueued, queue="billing")
        assert queued.languages[:1] == ("en",)
        await events.expect(CallOffered, agent="101")
        await agent.expect("incoming")
        assert not is_in(await heard_so_far(caller, more_s=1), prompt("main_menu")[:RATE_HZ])
        await caller.hang_up()
        await agent.expect("closed")
        await events.expect(CallAbandoned, call=queued.call)
        await until_agent(centre, "101", state="available")
        assert (await past_call(centre, queued.call))["outcome"] == "abandoned"
        await centre.until_metric("sentral_calls_active", 0)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "language"), [("2", "id"), ("3", "es")])
async def test_the_menu_speaks_the_language_that_was_chosen(
    key: str, language: str, tmp_path: Path
) -> None:
    async with (
        Centre(tmp_path) as centre,
        phone("baresip", "2002", centre, tmp_path) as caller,
    ):
        await caller.register()
        await caller.call(f"sip:1000@{centre.sip}")
        await caller.expect("established", unless=["closed"])
        await caller.press(key)
        await Ear.of(caller).hears(prompt("main_menu", language)[: 4 * RATE_HZ], "the menu")
        await caller.hang_up()


@pytest.mark.slow
async def test_the_echo_number_explains_itself_and_repeats_what_it_hears(tmp_path: Path) -> None:
    explained = prompt("echo_explained")
    async with Centre(tmp_path) as centre, phone("baresip", "2002", centre, tmp_path) as caller:
        await caller.register()
        await caller.say(CALLER_SAYS)
        await caller.call(f"sip:1002@{centre.sip}")
        await caller.expect("established", unless=["closed"])
        ear = Ear.of(caller)
        await ear.hears(inner(explained), "the explanation")
        await hears(caller, CALLER_SAYS)
        await caller.press("5")
        await caller.expect("closed")
        await ear.hears(prompt("goodbye")[: -round(EDGE_S * RATE_HZ)], "goodbye")
