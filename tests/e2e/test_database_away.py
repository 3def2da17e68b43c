"""The database away, and the power gone: calls go on, and what happened is written in the end."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from events.calls import CallBridged, CallEnded, Outcome
from events.queues import CallQueued, QueueAnswered
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears
from tests.e2e.stage import CALM, past_call, phone, until_agent
from tests.rig.centre import Centre
from tests.rig.sipp import run_sipp
from tests.sound import babble

pytestmark = pytest.mark.sipp

CALLS = 5


async def five_callers(centre: Centre, folder: Path) -> None:
    await run_sipp(
        "uac_abandons_in_queue",
        folder=folder,
        remote=centre.sip,
        calls=CALLS,
        pause_ms=200,
        keys={"number": "1001", "caller": "5551234"},
    )


def stories(centre: Centre) -> int:
    with sqlite3.connect(centre.folder / "sentral.db") as database:
        (number,) = database.execute("select count(*) from calls where ended").fetchone()
        return int(number)


async def test_a_locked_database_keeps_no_call_from_being_served(tmp_path: Path) -> None:
    quick = {**CALM, "store": {"busy_s": 0.2, "retry_longest_s": 0.5}}
    async with Centre(tmp_path, changes=quick) as centre:
        await five_callers(centre, tmp_path)
        await centre.until_metric("sentral_store_queue_length", 0)
        assert stories(centre) == CALLS
        with contextlib.closing(
            sqlite3.connect(centre.folder / "sentral.db", isolation_level=None)
        ) as greedy:
            greedy.execute("begin exclusive")
            await five_callers(centre, tmp_path)
            await centre.until_metric("sentral_calls_active", 0)
            assert await centre.metric("sentral_store_queue_length") > 0
            greedy.execute("rollback")
        await centre.until_metric("sentral_store_queue_length", 0)
        assert stories(centre) == 2 * CALLS
        assert await centre.metric("sentral_store_lost_events_total") == 0


async def test_calls_are_served_before_there_is_a_database(tmp_path: Path) -> None:
    """Where its folder should be there is a file; later somebody makes room.

    The centre is ready all the same: callers are not sent away because of it.
    """
    blocked = tmp_path / "elsewhere"
    blocked.write_text("in the way")
    away = {
        **CALM,
        "store": {
            "url": f"sqlite:///{blocked / 'sentral.db'}",
            "journal": str(tmp_path / "kept.journal"),
            "retry_longest_s": 0.5,
        },
    }
    async with Centre(tmp_path, changes=away) as centre:
        await five_callers(centre, tmp_path)
        await centre.until_metric("sentral_calls_active", 0)
        assert await centre.metric("sentral_store_queue_length") > 0
        blocked.unlink()
        await asyncio.to_thread(blocked.mkdir)
        await centre.until_metric("sentral_store_queue_length", 0)
        with sqlite3.connect(blocked / "sentral.db") as database:
            (number,) = database.execute("select count(*) from calls where ended").fetchone()
        assert number == CALLS


async def test_what_the_database_never_took_is_written_by_the_next_process(tmp_path: Path) -> None:
    quick = {**CALM, "store": {"busy_s": 0.2, "spill_after_s": 0}}
    async with Centre(tmp_path, changes=quick) as centre:
        await centre.until_metric("sentral_store_queue_length", 0)  # the tables are there
        with contextlib.closing(
            sqlite3.connect(centre.folder / "sentral.db", isolation_level=None)
        ) as greedy:
            greedy.execute("begin exclusive")
            await five_callers(centre, tmp_path)
            await centre.until_metric("sentral_calls_active", 0)
            await centre.stop()
            greedy.execute("rollback")
        assert stories(centre) == 0
        await centre.start_again()
        await centre.until_metric("sentral_store_queue_length", 0)
        assert stories(centre) == CALLS


@pytest.mark.slow
@pytest.mark.softphone
async def test_past_calls_survive_a_loss_of_power_and_present_ones_go_on(tmp_path: Path) -> None:
    caller_says, agent_says = babble(1.5, seed=11), babble(1.5, seed=12)
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        phone("baresip", "2002", centre, tmp_path, answers=True) as budi,
        phone("pjsua2", "2009", centre, tmp_path) as talking,
        phone("baresip", "2003", centre, tmp_path) as waiting,
    ):
        await five_callers(centre, tmp_path)
        for device in (budi, talking, waiting):
            await device.register()
        await talking.say(caller_says)
        await budi.say(agent_says)
        async with EventStream(centre) as events:
            await talking.call(f"sip:1001@{centre.sip}")
            bridged = await events.expect(CallBridged, agent="102")
            events.forget()
            await waiting.call(f"sip:1001@{centre.sip}")
            queued = await events.expect(CallQueued)
        await hears(talking, agent_says)
        await centre.until_metric("sentral_store_queue_length", 0)
        await centre.kill()
        assert stories(centre) == CALLS

        await centre.start_again()
        async with EventStream(centre) as events:
            assert stories(centre) == CALLS
            await hears(talking, agent_says)
            await hears(budi, caller_says)
            await budi.register()  # registrations since the last snapshot went with the power
            await talking.hang_up()
            await events.expect(CallEnded, call=bridged.call, outcome=Outcome.ANSWERED)
            assert (await events.expect(QueueAnswered)).entry == queued.entry
            await waiting.hang_up()
            await events.expect(CallEnded, call=queued.call, outcome=Outcome.ANSWERED)
        await until_agent(centre, "102", state="available")
        await centre.until_metric("sentral_store_queue_length", 0)
        assert stories(centre) == CALLS + 2
        record = await past_call(centre, bridged.call)
        assert record["agent"] == "102"
        assert record["talk_s"] > 6
