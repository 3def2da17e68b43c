"""One truth: metrics, database, API, report and command line agree, also after a restart."""

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from events.calls import CallEnded
from events.queues import CallQueued, QueueAnswered
from tests.e2e.agents_at import Stage
from tests.e2e.event_stream import EventStream
from tests.e2e.script import OFFER, Script
from tests.rig.centre import Centre
from tests.rig.sipp import SippRun, run_sipp

pytestmark = pytest.mark.sipp

ANSWERED, ABANDONED, UNKNOWN = 4, 3, 2


async def a_busy_minute(centre: Centre, folder: Path, agent_port: int) -> None:
    """Callers who talk, who give up before anybody is there, and who dial a wrong number."""
    keys = {"number": "1001", "caller": "5551234"}
    await centre.api("/api/v1/agents/102/not-available", method="POST", body={"reason": "break"})
    await run_sipp(
        "uac_abandons_in_queue",
        folder=folder,
        remote=centre.sip,
        calls=ABANDONED,
        pause_ms=100,
        keys=keys,
    )
    async with (
        EventStream(centre) as events,
        SippRun("uas_agent_hangs_up", folder=folder, port=agent_port, calls=ANSWERED, pause_ms=50),
    ):
        await centre.api("/api/v1/agents/102/available", method="POST")
        async with SippRun(
            "uac_waits_for_hang_up", folder=folder, remote=centre.sip, calls=ANSWERED, keys=keys
        ) as callers:
            for _ in range(ANSWERED):
                await events.expect(CallQueued)
                await events.expect(QueueAnswered)
                await events.expect(CallEnded)
            await callers.finish()
    wrong = Script("dials_a_wrong_number")
    wrong.send("INVITE", sdp=OFFER)
    wrong.receive(404)
    wrong.send("ACK")
    await run_sipp(
        wrong.write(folder),
        folder=folder,
        remote=centre.sip,
        calls=UNKNOWN,
        keys={**keys, "number": "4711"},
    )
    await centre.until_metric("sentral_calls_active", 0)
    await centre.until_metric("sentral_store_queue_length", 0)


async def command(centre: Centre, *words: str) -> Any:
    """What the command line says about this centre, as JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", *words, "--config", str(centre.config), "--json"),
        cwd=centre.folder,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    return json.loads(said)


async def by_metrics(centre: Centre) -> dict[str, float]:
    outcomes = ("answered", "abandoned", "rejected")
    queue = {
        name: await centre.metric(f"sentral_queue_{name}_total", queue="support")
        for name in ("offered", "answered", "abandoned", "flowed_out")
    }
    calls = {name: await centre.metric("sentral_calls_total", outcome=name) for name in outcomes}
    return {**{f"queue {k}": v for k, v in queue.items()}, **calls}


def by_database(centre: Centre) -> dict[str, float]:
    with sqlite3.connect(centre.folder / "sentral.db") as database:
        outcomes = Counter(row[0] for row in database.execute("select outcome from calls"))
        kinds = Counter(row[0] for row in database.execute("select kind from events"))
    return {
        "queue offered": kinds["CallQueued"],
        "queue answered": kinds["QueueAnswered"],
        "queue abandoned": kinds["CallAbandoned"],
        "queue flowed_out": kinds["CallFlowedOut"],
        **{name: outcomes[name] for name in ("answered", "abandoned", "rejected")},
    }


async def by_api_and_report(centre: Centre) -> dict[str, float]:
    """The calls as the API lists them, the queue as `sentral report` adds it up."""
    past = (await centre.api("/api/v1/calls?limit=500"))["past"]
    outcomes = Counter(call["outcome"] for call in past)
    rows = (await command(centre, "report", "--queue", "support"))["rows"]
    (total,) = (row for row in rows if row["start"] is None)
    queue = {
        f"queue {name}": total[name] for name in ("offered", "answered", "abandoned", "flowed_out")
    }
    return {**queue, **{n: outcomes[n] for n in ("answered", "abandoned", "rejected")}}


async def test_all_surfaces_show_the_same_numbers_before_and_after_a_restart(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    async with Centre(tmp_path, changes=stage.changes()) as centre:
        await a_busy_minute(centre, tmp_path, port)
        expected: dict[str, float] = {
            "queue offered": ANSWERED + ABANDONED,
            "queue answered": ANSWERED,
            "queue abandoned": ABANDONED,
            "queue flowed_out": 0,
            "answered": ANSWERED,
            "abandoned": ABANDONED,
            "rejected": UNKNOWN,
        }
        assert await by_metrics(centre) == expected
        assert by_database(centre) == expected
        assert await by_api_and_report(centre) == expected
        listed = await command(centre, "call", "list")
        assert len(listed["past"]) == ANSWERED + ABANDONED + UNKNOWN
        durations = await talk_seconds(centre)

        await centre.stop()
        await centre.start_again()
        assert by_database(centre) == expected
        assert await by_api_and_report(centre) == expected
        assert await centre.metric("sentral_calls_total") == 0  # counters begin with the process
        assert await talk_seconds(centre) == durations


async def talk_seconds(centre: Centre) -> list[float]:
    past = (await centre.api("/api/v1/calls?limit=500"))["past"]
    return [call["talk_s"] for call in past]
