"""`sentral call show` beside the served process: both sides of a recording, drawn as they spoke."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from events.calls import CallBridged, CallEnded
from events.recordings import RecordingStored
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears_exactly, listen
from tests.e2e.stage import CALM, phone
from tests.rig.centre import Centre, merged
from tests.sound import RATE_HZ, tone

pytestmark = pytest.mark.softphone

FIRST, SECOND = 500.0, 1100.0
RECORDED = merged(CALM, {"recording": {"queues": {"support": {"record": "always"}}}})
PART_S = 3.0
"""A short recording is not as wide as there is room."""
LOUD = "▄▅▆▇█"


async def shown(centre: Centre, call: str) -> list[str]:
    """The command's lines, as on a terminal of 100 columns."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", "call", "show", call, "--config", str(centre.config)),
        cwd=centre.folder,
        env={**os.environ, "COLUMNS": "100"},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode().splitlines()


@pytest.mark.slow
async def test_each_side_is_drawn_where_it_spoke(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=RECORDED) as centre,
        EventStream(centre) as events,
        phone("baresip", "2002", centre, tmp_path, answers=True) as agent,
        phone("baresip", "2001", centre, tmp_path) as caller,
    ):
        for one in (agent, caller):
            await one.register()
        await caller.say(tone(FIRST, 1.0, at_db=-14))
        await caller.call(f"sip:1001@{centre.sip}")
        bridged = await events.expect(CallBridged, agent="102")
        await hears_exactly(agent, {FIRST}, of=(FIRST, SECOND))
        await listen(agent, PART_S)
        await caller.say(bytes(2 * RATE_HZ))
        await agent.say(tone(SECOND, 1.0, at_db=-14))
        await hears_exactly(caller, {SECOND}, of=(FIRST, SECOND))
        await listen(caller, PART_S)
        await caller.hang_up()
        await events.expect(CallEnded, call=bridged.call)
        await events.expect(RecordingStored)
        lines = await shown(centre, bridged.call)

    (at,) = [at for at, line in enumerate(lines) if line.startswith("recording ")]
    assert ": call, stored" in lines[at]
    assert [line[:6] for line in lines[at + 1 : at + 3]] == ["caller", "other "]
    ours, theirs = (line[8:].ljust(92) for line in lines[at + 1 : at + 3])
    assert 80 <= max(len(line.rstrip()) for line in (ours, theirs)) <= 92, (
        "as wide as there is room",
        "\n".join(lines),
    )
    first = [ours[at] in LOUD and theirs[at] == " " for at in range(92)]
    second = [theirs[at] in LOUD and ours[at] == " " for at in range(92)]
    assert any(first), (ours, theirs)
    assert any(second), (ours, theirs)
    assert max(at for at in range(92) if first[at]) < min(at for at in range(92) if second[at])
    assert "|102" in lines[at + 3], "whose part it is"
