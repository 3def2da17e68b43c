"""200 calls at 20 a second, real sound and keys, 20 agents; people give up, phones vanish.

Afterwards every call has its story, every number agrees, and nothing is left anywhere.
"""

import os
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from events.agents import AgentState, AgentStateChanged
from events.calls import CallEnded
from events.queues import CallQueued, OfferClosed, OfferOutcome, QueueAnswered
from tests.e2e.event_stream import EventStream
from tests.e2e.stage import until_agent
from tests.e2e.town import QUITS, STAYS, Fate, Orders, TownProcess
from tests.rig.centre import Centre
from tests.rig.ports import free_ports

CALLS, AGENTS, KILLED = 200, 20, 2
FIRST_AGENT = 3001
RTP_PORTS: Final = 1200
KILLED_AFTER = 40
"""Answered calls; the phones come back when three quarters of all calls are over."""
PATIENCE_S = 240.0
QUEUES = ("billing", "technical", "sales")


def changes(ports: dict[str, int]) -> dict[str, Any]:
    """Twenty agents at fixed addresses who can do everything."""
    last = FIRST_AGENT + AGENTS - 1
    queue = {
        "wrap_up_s": 0,
        "ring_s": 4,
        "not_answering_s": 3,
        "back_off_s": 1,
        "back_off_max_s": 2,
        "max_waiting": CALLS,
        "nobody": "wait",
    }
    skills = dict.fromkeys(("billing", "technical", "sales"), 5)
    return {
        "recognition": {"engine": ""},  # its tasks of loading would be counted as given back
        "sip": {"t1_s": 0.2},
        "media": {"rtp_timeout_s": 2},
        "calls": {"provisional_s": 1},
        "queues": dict.fromkeys(QUEUES, queue),
        "agents": {
            f"{FIRST_AGENT}..{last}": {
                "name": "Agent {number}",
                "skills": skills,
                "languages": {"en": 9, "id": 9, "es": 9},
            }
        },
        "phones": {
            user: {"agent": user, "contact": f"sip:{user}@127.0.0.1:{port}"}
            for user, port in ports.items()
        },
    }


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_two_hundred_calls(tmp_path: Path) -> None:
    steady_port, killed_port, callers_port = (free_ports(2) for _ in range(3))
    users = [str(FIRST_AGENT + n) for n in range(AGENTS)]
    ports = {u: killed_port if n < KILLED else steady_port for n, u in enumerate(users)}
    async with (
        Centre(tmp_path, changes=changes(ports), rtp_ports=RTP_PORTS) as centre,
        EventStream(centre) as events,
    ):
        rtp = free_ports(RTP_PORTS)
        everybody = Orders(
            "everybody", steady_port, callers_port, rtp, rtp + RTP_PORTS - 101, centre.sip, CALLS
        )
        short_lived = Orders("agents", killed_port, 0, rtp + RTP_PORTS - 100, rtp + RTP_PORTS - 1)
        await centre.until_metric("sentral_store_queue_length", 0)  # it has opened its files
        before = await resources(centre)
        victims = TownProcess(short_lived, tmp_path / "victims.log")
        town = TownProcess(everybody, tmp_path / "town.log")
        await victims.start()
        await town.start()

        for _ in range(KILLED_AFTER):
            await events.expect(QueueAnswered, within_s=PATIENCE_S)
        await until_talking(events, users[0])
        await victims.kill()
        for _ in range(CALLS * 3 // 4):
            await events.expect(CallEnded, within_s=PATIENCE_S)
        await victims.start()
        fates = await town.fates()

        await centre.until_metric("sentral_calls_active", 0)
        for user in users:
            await until_agent(centre, user, state="available")
        assert events.of(CallQueued, returned=True), "nobody was cut off"
        assert events.of(OfferClosed, outcome=OfferOutcome.UNREACHABLE)
        await stories_are_told(centre, fates)
        await numbers_agree(centre)
        await everything_is_given_back(centre, before)
        await town.stop()
        await victims.stop()


async def until_talking(events: EventStream, agent: str) -> None:
    """Until this agent begins to talk: their phone shall vanish in mid-sentence."""
    events.forget()
    await events.expect(
        AgentStateChanged, agent=agent, state=AgentState.TALKING, within_s=PATIENCE_S
    )


async def resources(centre: Centre) -> dict[str, float]:
    descriptors = len(os.listdir(f"/proc/{centre.process.pid}/fd"))
    tasks = await centre.metric("sentral_event_loop_tasks")
    return {"tasks": tasks, "descriptors": descriptors}


async def stories_are_told(centre: Centre, fates: list[Fate]) -> None:
    """One row a call, each ended as its caller lived it."""
    await centre.until_metric("sentral_store_queue_length", 0)
    with sqlite3.connect(centre.folder / "sentral.db") as database:
        rows = database.execute(
            "select number, outcome from calls join parties on caller = parties.id where ended"
        ).fetchall()
    outcomes = dict(rows)
    assert len(rows) == len(outcomes) == CALLS
    stayed = [fate for fate in fates if fate.plan == STAYS]
    assert {outcomes[fate.number] for fate in stayed} == {"answered"}
    assert {fate.ended for fate in stayed} == {"was hung up on"}
    assert all(fate.keys == 2 and fate.packets_received > 100 for fate in stayed)
    left = {plan: Counter(outcomes[f.number] for f in fates if f.plan == plan) for plan in QUITS}
    assert all(sum(counted.values()) for counted in left.values()), left
    assert set(left["in_prompt"]) == set(left["at_own_200"]) == {"abandoned"}, left
    assert set(left["before_200"]) <= {"cancelled", "abandoned"}, left
    for plan in ("queued", "ringing", "at_agents_200"):
        assert set(left[plan]) <= {"abandoned", "answered"}, left


async def numbers_agree(centre: Centre) -> None:
    """O = A + B + F in the metrics, and the same numbers in the database."""
    counted = Counter[str]()
    with sqlite3.connect(centre.folder / "sentral.db") as database:
        for kind, number in database.execute("select kind, count(*) from events group by kind"):
            counted[kind] = number
    total = {
        name: sum([await centre.metric(f"sentral_queue_{name}_total", queue=q) for q in QUEUES])
        for name in ("offered", "answered", "abandoned", "flowed_out")
    }
    assert total["offered"] == total["answered"] + total["abandoned"] + total["flowed_out"]
    assert total["flowed_out"] == 0
    assert total == {
        "offered": counted["CallQueued"],
        "answered": counted["QueueAnswered"],
        "abandoned": counted["CallAbandoned"],
        "flowed_out": counted["CallFlowedOut"],
    }
    assert await centre.metric("sentral_calls_total") == CALLS == counted["CallEnded"]
    assert counted["QueueCallHandled"] == counted["QueueAnswered"]


async def everything_is_given_back(centre: Centre, before: dict[str, float]) -> None:
    await centre.until_metric("sentral_sip_dialogs", 0, within_s=40)
    await centre.until_metric("sentral_sip_transactions", 0, within_s=40)
    for state in ("in_use", "quarantined"):
        await centre.until_metric("sentral_media_ports", 0, state=state)
    await centre.until_metric("sentral_event_loop_tasks", before["tasks"])
    after = await resources(centre)
    assert after["descriptors"] <= before["descriptors"] + 3, (before, after)  # the store's own
