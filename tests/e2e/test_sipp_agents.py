"""Agents' phones that are busy, silent, broken, or hang up: the caller keeps place and age."""

import asyncio
from pathlib import Path

import pytest

from events.calls import CallBridged, CallEnded, CallUnbridged, Outcome, Side
from events.queues import CallQueued, OfferClosed, OfferOutcome, QueueAnswered
from tests.e2e.agents_at import Stage
from tests.e2e.event_stream import EventStream
from tests.e2e.script import Script
from tests.e2e.stage import past_call, until_agent
from tests.rig.centre import Centre
from tests.rig.sipp import SippRun

pytestmark = pytest.mark.sipp


def caller(
    centre: Centre, folder: Path, *, number: str = "1001", who: str = "5551234", talks_ms: int = 300
) -> SippRun:
    """Dials, and hangs up by itself after so long."""
    return SippRun(
        "uac_calls_support",
        folder=folder,
        remote=centre.sip,
        pause_ms=talks_ms,
        keys={"number": number, "caller": who},
    )


def patient_caller(centre: Centre, folder: Path, **who: str) -> SippRun:
    """Dials, and stays until the other side hangs up."""
    keys = {"number": "1001", "caller": "5551234", **who}
    return SippRun("uac_waits_for_hang_up", folder=folder, remote=centre.sip, keys=keys)


def agent_phone(port: int, folder: Path, scenario: str | Path, *, calls: int = 1) -> SippRun:
    return SippRun(scenario, folder=folder, port=port, calls=calls, pause_ms=100)


def refusing(status: int, reason: str, folder: Path) -> Path:
    script = Script(f"agent_says_{status}")
    script.receive_request("INVITE")
    script.respond(status, reason, to_tag=";tag=[pid]agent[call_number]")
    script.receive_request("ACK")
    return script.write(folder)


FAILURES = [
    (486, "Busy Here", OfferOutcome.BUSY),
    (603, "Decline", OfferOutcome.REJECTED),
    (503, "Service Unavailable", OfferOutcome.UNREACHABLE),
    (500, "Server Internal Error", OfferOutcome.UNREACHABLE),
    (488, "Not Acceptable Here", OfferOutcome.MEDIA_FAILED),
]


@pytest.mark.parametrize(("status", "reason", "outcome"), FAILURES)
async def test_a_phone_that_refuses_passes_the_caller_to_the_next_agent(
    status: int, reason: str, outcome: OfferOutcome, tmp_path: Path
) -> None:
    stage = Stage(tmp_path)
    first, second = stage.phone("2002"), stage.phone("2004")
    async with (
        agent_phone(first, tmp_path, refusing(status, reason, tmp_path)) as budi,
        agent_phone(second, tmp_path, "uas_agent_hangs_up") as diego,
        Centre(tmp_path, changes=stage.changes()) as centre,
        EventStream(centre) as events,
        patient_caller(centre, tmp_path) as customer,
    ):
        queued = await events.expect(CallQueued)
        assert (await events.expect(OfferClosed, agent="102")).outcome is outcome
        answered = await events.expect(QueueAnswered)
        assert (answered.agent, answered.entry) == ("104", queued.entry)
        for party in (budi, diego, customer):
            await party.finish()
        await until_agent(centre, "102", state="available")  # it was rested, not put away
        await centre.until_metric("sentral_queue_offered_total", 1, queue="support")
        record = await past_call(centre, queued.call)
        assert (record["outcome"], record["agent"]) == ("answered", "104")


async def test_a_phone_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone("2002")
    second = stage.phone("2004")
    quick = {"calls": {"provisional_s": 0.5}}
    async with (
        agent_phone(second, tmp_path, "uas_agent_hangs_up") as diego,
        Centre(tmp_path, changes=stage.changes(quick)) as centre,
        EventStream(centre) as events,
        patient_caller(centre, tmp_path) as customer,
    ):
        closed = await events.expect(OfferClosed, agent="102")
        assert closed.outcome is OfferOutcome.UNREACHABLE
        assert (await events.expect(QueueAnswered)).agent == "104"
        await diego.finish()
        await customer.finish()


async def test_who_does_not_answer_is_put_away_and_comes_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    first, second = stage.phone("2002"), stage.phone("2004")
    brief = {"queues": {"support": {"ring_s": 1, "not_answering_s": 3}}}
    async with (
        agent_phone(first, tmp_path, "uas_agent_never_answers") as budi,
        agent_phone(second, tmp_path, "uas_agent_hangs_up") as diego,
        Centre(tmp_path, changes=stage.changes(brief)) as centre,
        EventStream(centre) as events,
        patient_caller(centre, tmp_path) as customer,
    ):
        queued = await events.expect(CallQueued)
        closed = await events.expect(OfferClosed, agent="102")
        assert closed.outcome is OfferOutcome.NO_ANSWER
        await until_agent(centre, "102", state="not_answering")
        assert (await events.expect(QueueAnswered, entry=queued.entry)).agent == "104"
        for party in (budi, diego, customer):
            await party.finish()
        await until_agent(centre, "102", state="available")


async def test_the_agent_hangs_up_and_wraps_up(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    async with (
        agent_phone(port, tmp_path, "uas_agent_hangs_up") as budi,
        Centre(
            tmp_path, changes=stage.changes({"queues": {"support": {"wrap_up_s": 600}}})
        ) as centre,
        EventStream(centre) as events,
        patient_caller(centre, tmp_path) as customer,
    ):
        assert (await events.expect(CallUnbridged)).by is Side.AGENT
        await until_agent(centre, "102", state="wrap_up")
        await customer.finish()
        await budi.finish()
        assert (await events.expect(CallEnded)).outcome is Outcome.ANSWERED
        await centre.api("/api/v1/agents/102/end-wrap-up", method="POST")
        await until_agent(centre, "102", state="available")


async def test_the_caller_hangs_up_on_the_agent(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    async with (
        agent_phone(port, tmp_path, "uas_agent_answers") as budi,
        Centre(tmp_path, changes=stage.changes()) as centre,
        EventStream(centre) as events,
        caller(centre, tmp_path, talks_ms=800) as customer,
    ):
        bridged = await events.expect(CallBridged, agent="102")
        await customer.finish()
        await budi.finish()
        ended = await events.expect(CallEnded, call=bridged.call)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, Side.CALLER)
        await until_agent(centre, "102", state="available")


async def test_a_vip_overtakes_those_who_wait(tmp_path: Path) -> None:
    """One agent, three callers: the second waits longer, the third is a VIP."""
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    stage.flow("1010", queue="support")
    async with (
        Centre(tmp_path, changes=stage.changes()) as centre,
        EventStream(centre) as events,
    ):
        # nobody is offered anything before all have queued up in order
        await centre.api("/api/v1/agents/102/not-available", method="POST", body={})
        async with patient_caller(centre, tmp_path, number="1010", caller="5550001") as first:
            earlier = await events.expect(CallQueued)
            async with (
                patient_caller(centre, tmp_path, number="1010", caller="7001") as vip,
                agent_phone(port, tmp_path, "uas_agent_hangs_up", calls=2) as budi,
            ):
                later = await events.expect(CallQueued)
                assert (earlier.priority, later.priority) == (0, 5)
                await centre.api("/api/v1/agents/102/available", method="POST")
                order = [(await events.expect(QueueAnswered)).call for _ in range(2)]
                assert order == [later.call, earlier.call]
                for party in (budi, vip, first):
                    await party.finish()


async def test_language_and_skill_choose_the_agent(tmp_path: Path) -> None:
    """Budi, Diego and Emma know `technical`: 6, 9 and 10; only Diego speaks Spanish."""
    stage = Stage(tmp_path)
    ports = [stage.phone(user) for user in ("2002", "2004", "2005")]
    stage.flow("1011", queue="technical", language="es", skills="{technical: 1}")
    stage.flow("1012", queue="technical", language="en", skills="{technical: 10}")
    stage.flow("1013", queue="technical", language="id", skills="{technical: 1}")
    async with (
        Centre(tmp_path, changes=stage.changes()) as centre,
        EventStream(centre) as events,
    ):
        runs = [agent_phone(port, tmp_path, "uas_agent_answers") for port in ports]
        async with runs[0], runs[1], runs[2]:
            for number, agent in (("1011", "104"), ("1012", "105"), ("1013", "102")):
                async with caller(centre, tmp_path, number=number) as customer:
                    assert (await events.expect(QueueAnswered)).agent == agent
                    await customer.finish()
            await asyncio.gather(*(run.finish() for run in runs))
