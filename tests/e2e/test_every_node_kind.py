"""Every kind of node on the served process, called by SIPp, heard and answered at a handset.

All callers call at once; each test looks at what became of its own. A kind without a row here
fails `test_every_kind_of_node_is_played`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
import yaml

from events.calls import CallArrived, CallEnded
from events.codec import to_json
from ivr.kinds import node_kinds
from tests.e2e import flow_centre
from tests.e2e.agents_at import ear_at
from tests.e2e.event_stream import EventStream
from tests.e2e.flow_stage import flows_served
from tests.e2e.hearing import PATIENCE_S
from tests.e2e.node_plays import (
    ASKING,
    CALLER_SAYS,
    CALLS,
    MORE,
    OWN,
    PLAYS,
    SECRET,
    WAYS,
    By,
    Hears,
    Kind,
    Play,
    Speaks,
    Step,
    compare_with,
    play_of,
)
from tests.e2e.script import OFFER, Script
from tests.rig.centre import Centre
from tests.rig.handset import Handset
from tests.rig.sipp import SippRun

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.xdist_group("every_node_kind"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

AT_ONCE: Final = 6
ROUNDS: Final = 3
"""Callers whose own process is starved on a busy machine may stumble: they call again."""
INFO_AFTER_MS: Final = 2000
"""A caller who cannot tell when a prompt is over presses so long after it should be."""


async def test_every_kind_of_node_is_played() -> None:
    assert set(PLAYS) == set(node_kinds())
    flows = [yaml.safe_load(path.read_text()) for path in flow_centre.FLOWS.glob("*.yaml")]
    written = {node["kind"] for flow in flows for node in flow["nodes"].values()}
    assert written == set(node_kinds())
    assert set(PLAYS) <= set(flow_centre.numbers())


# ---- the callers


async def call(
    centre: Centre, events: EventStream, kind: Kind, by: By, folder: Path, round_: int
) -> None:
    """One whole call, as its play says.

    Raises AssertionError.
    """
    play = play_of(kind, by)
    number = flow_centre.numbers(WAYS.index(by) + round_ * len(WAYS))[kind]
    folder = folder / number
    folder.mkdir()
    async with Handset(keys_by="inband" if by == "inband" else "rtpevent") as handset:
        script = scenario(kind, play, handset.port, by)
        async with SippRun(
            script.write(folder),
            folder=folder,
            remote=centre.sip,
            keys={"number": number, "caller": "5551234"},
            timeout_s=2 * PATIENCE_S,
        ) as sipp:
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(live(handset, play.steps, presses=by != "info"))
                    both.create_task(sipp.finish())
            except* AssertionError as failed:
                raise failed.exceptions[0] from None
    arrived = await events.expect(CallArrived, dialled=number)
    await events.expect(CallEnded, call=arrived.call)
    told = [
        each.event for each in events.recorded if getattr(each.event, "call", "") == arrived.call
    ]
    compare_with(play, told)


async def live(handset: Handset, steps: Sequence[Step], *, presses: bool) -> None:
    ear = ear_at(handset)
    for step in steps:
        if isinstance(step, Hears):
            if step == OWN:
                handset.say(CALLER_SAYS)
            await ear.hears(step.sound, str(step))
        elif isinstance(step, Speaks):
            handset.say(step.sound)
            await asyncio.sleep(step.seconds)  # a person's time, not ours
        elif presses:
            handset.press(step.keys)


def scenario(kind: Kind, play: Play, sound_port: int, by: By) -> Script:
    """The caller's signalling; keys by INFO are pressed well after what was said before."""
    script = Script(f"{kind}_{by}", sound_port=sound_port, key_events=by == "rtpevent")
    script.send("INVITE", sdp=OFFER)
    if play.status is not None:
        script.receive(play.status)
        script.send("ACK")
        return script
    script.receive(200, opens=True)
    script.send("ACK")
    if by == "info":
        press_by_info(script, play.steps)
    script.receive_request("BYE")
    script.respond(200, "OK")
    return script


def press_by_info(script: Script, steps: Sequence[Step]) -> None:
    said_s = 0.0
    for step in steps:
        if isinstance(step, Hears):
            said_s += step.lasts_s
            continue
        if isinstance(step, Speaks):
            said_s += step.seconds
            continue
        script.pause(round(said_s * 1000) + INFO_AFTER_MS)
        for key in step.keys:
            body = ("application/dtmf-relay", f"Signal={key}\nDuration=160")
            script.send("INFO", body=body)
            script.receive(200)
        said_s = 0.0


# ---- all at once


@dataclass
class Played:
    """What became of every call, by kind of node and by how keys were sent: None is all well."""

    problems: dict[tuple[Kind, By], AssertionError | None]
    told: Sequence[str]
    """Every event, as JSON."""
    log: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("flows")
    problems: dict[tuple[Kind, By], AssertionError | None] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    async with flows_served(folder, at_once=AT_ONCE, for_s=600) as (centre, events):

        async def one(kind: Kind, by: By) -> None:
            async with turns:
                for round_ in range(ROUNDS):
                    problems[kind, by] = None
                    try:
                        await call(centre, events, kind, by, folder, round_)
                        break
                    except AssertionError as error:
                        problems[kind, by] = error

        await asyncio.gather(*(one(kind, by) for kind, by in CALLS))
        return Played(problems, [to_json(each) for each in events.recorded], centre.read_log())


@pytest.mark.parametrize("kind", sorted({*PLAYS, *MORE}))
async def test_a_caller_hears_and_answers_it(kind: Kind, played: Played) -> None:
    problem = played.problems[kind, "rtpevent"]
    if problem is not None:
        raise problem


@pytest.mark.parametrize("by", ["inband", "info"])
@pytest.mark.parametrize("kind", ASKING)
async def test_keys_arrive_however_they_are_sent(kind: Kind, by: By, played: Played) -> None:
    problem = played.problems[kind, by]
    if problem is not None:
        raise problem


async def test_secret_digits_are_written_nowhere(played: Played) -> None:
    assert any('"card"' in line and "NodeVisited" in line for line in played.told)
    assert not any(SECRET in line for line in played.told)
    assert SECRET not in played.log


async def test_a_call_back_is_asked_for(played: Played) -> None:
    """Once: who calls again has it already."""
    assert any('"CallBackRequested"' in line for line in played.told)
