"""Agents at their keypads: the key that accepts a call, and the code that sends a caller up."""

import re
from pathlib import Path

import pytest

from events.calls import CallBridged, NodeVisited
from events.queues import CallEscalated, OfferPickedUp, QueueAnswered
from tests.e2e.agents_at import Stage, agent_with_ear, caller_with_ear, hears
from tests.e2e.event_stream import EventStream
from tests.e2e.stage import past_call, prompt
from tests.rig.centre import Centre
from tests.rig.sipp import SippRun

pytestmark = pytest.mark.sipp

ASKS = """\
# Asks for a number, and lets the caller wait.
description: For callers who shall not be asked twice.
languages: [en, id, es]
start: ask
nodes:
  ask:
    kind: collect
    prompt: you_entered
    into: account
    max_digits: 4
    next: wait
    otherwise: bye
  wait: {kind: queue, queue: support, next: bye, otherwise: bye}
  bye: {kind: hang_up}
"""


@pytest.mark.parametrize("presses_as", [101, 99], ids=["our number", "its number"])
async def test_who_picks_up_hears_the_whisper_and_presses_a_key_to_have_the_call(
    presses_as: int, tmp_path: Path
) -> None:
    """The phone is asked to pick up by itself; the caller hears nothing of it all. We offer keys as
    101 and it answers with 99: it may send them with either (RFC 3264 §6.1)."""
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    wishes = {
        "whisper": ["queue"],
        "accept_key": "1",
        "accept_s": 60,
        "auto_answer": True,
    }
    async with (
        agent_with_ear(port, tmp_path, answers_with=99, presses_as=presses_as) as (budi, ear),
        Centre(tmp_path, changes=stage.changes({"queues": {"support": wishes}})) as centre,
        EventStream(centre) as events,
        caller_with_ear(centre.sip, "1001", tmp_path),
    ):
        await events.expect(OfferPickedUp)
        await hears(ear, prompt("queue_support"))
        await hears(ear, prompt("accept_by_pressing"))
        assert events.of(QueueAnswered) == [], "not before the key"
        ear.press("1")
        assert (await events.expect(QueueAnswered)).agent == "102"
    assert "Call-Info: <sip:sentral.invalid>;answer-after=0" in budi.result().messages


async def test_the_code_at_the_keypad_sends_the_caller_up_with_all_that_is_known(
    tmp_path: Path,
) -> None:
    """Budi presses *3; Diego's phone tells who spoke and what the caller keyed in."""
    stage = Stage(tmp_path)
    first, second = stage.phone("2002"), stage.phone("2004")
    stage.text("1019", ASKS)
    tiers = {
        "queues": {"support": {"tiers": [1]}},
        "calls": {"presentation": {"collected": ["account"]}},
    }
    async with (
        agent_with_ear(first, tmp_path) as (budi, ear),
        SippRun("uas_agent_hangs_up", folder=tmp_path, port=second, pause_ms=100) as diego,
        Centre(tmp_path, changes=stage.changes(tiers)) as centre,
        EventStream(centre) as events,
        caller_with_ear(centre.sip, "1019", tmp_path) as (customer, mouth),
    ):
        await hears(mouth, prompt("you_entered"))
        mouth.press("4711")
        talks = await events.expect(CallBridged, agent="102")
        ear.press("*3")
        up = await events.expect(CallEscalated)
        assert (up.agent, up.tiers, up.spoke) == ("102", (2,), ("102",))
        assert (await events.expect(QueueAnswered, agent="104")).call == talks.call
        await budi.finish()
        invite = (await diego.finish()).messages
        await customer.finish()
        assert "X-Sentral-Spoke: Budi" in invite
        assert "X-Sentral-Collected: account=4711" in invite
        assert re.search(r'^From: "[^"]*Budi[^"]*"', invite, re.MULTILINE)
        asked = [visit for visit in events.of(NodeVisited) if visit.node == "ask"]
        assert len(asked) == 1, "nobody is asked again"
        assert (await past_call(centre, talks.call))["agent"] == "104"
