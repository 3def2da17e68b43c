"""Softphones of different make pass their callers on, and everybody hears whom they should."""

from pathlib import Path

import pytest

from events.calls import CallBridged, CallEnded, CallerReplaced, CallTransferred, Side
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears
from tests.e2e.stage import CALM, at_rest, phone
from tests.rig.centre import Centre
from tests.sound import babble

pytestmark = pytest.mark.softphone

CALLER_SAYS, TARGET_SAYS = babble(1.5, seed=5), babble(1.5, seed=6)

BOTH = ("pjsua2", "baresip")


@pytest.mark.parametrize(
    "stack", [pytest.param(BOTH[0]), pytest.param(BOTH[1], marks=pytest.mark.slow)]
)
async def test_a_softphone_passes_its_caller_on(stack: str, tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone(stack, "2001", centre, tmp_path) as agent,
        phone("baresip", "2002", centre, tmp_path) as caller,
        phone("pjsua2", "2003", centre, tmp_path, answers=True) as target,
    ):
        for each in (agent, caller, target):
            await each.register()
        await caller.say(CALLER_SAYS)
        await target.say(TARGET_SAYS)
        await caller.call(f"sip:2001@{centre.sip}")
        await agent.answer()
        await events.expect(CallBridged)
        await agent.transfer(f"sip:2003@{centre.sip}")
        await agent.expect("closed")
        transferred = await events.expect(CallTransferred, target="2003")
        assert transferred.by is Side.AGENT
        await target.expect("established")
        await hears(caller, TARGET_SAYS)
        await hears(target, CALLER_SAYS)
        await caller.hang_up()
        await target.expect("closed")
        await events.expect(CallEnded)


@pytest.mark.slow
@pytest.mark.parametrize("stack", BOTH)
async def test_a_softphone_asks_first_and_joins_both(stack: str, tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone(stack, "2001", centre, tmp_path) as agent,
        phone("baresip", "2002", centre, tmp_path) as caller,
        phone("pjsua2", "2003", centre, tmp_path, answers=True) as target,
    ):
        for each in (agent, caller, target):
            await each.register()
        await caller.say(CALLER_SAYS)
        await target.say(TARGET_SAYS)
        await caller.call(f"sip:2001@{centre.sip}")
        await agent.answer()
        await events.expect(CallBridged)
        await agent.hold()
        await agent.call(f"sip:2003@{centre.sip}")
        await agent.expect("established", call=2)
        await agent.join(1, 2)
        for call in (1, 2):
            await agent.expect("closed", call=call)
        replaced = await events.expect(CallerReplaced)
        assert replaced.phone == "2002"
        await hears(caller, TARGET_SAYS)
        await hears(target, CALLER_SAYS)
        await target.hang_up()
        await caller.expect("closed")
        await at_rest(centre)
