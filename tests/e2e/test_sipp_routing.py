"""What becomes of callers over time: asking less, other queues, call-backs, a tier up."""

from pathlib import Path

import pytest

from events.callbacks import CallBackEnd, CallBackEnded, CallBackQueued, CallBackRequested
from events.calls import CallAnswered, CallBridged, CallEnded, CallTransferred, Outcome
from events.queues import CallEscalated, CallFlowedOut, CallQueued, QueueAnswered
from tests.e2e.agents_at import Stage, hears
from tests.e2e.event_stream import EventStream
from tests.e2e.script import OFFER, Script
from tests.e2e.stage import at_rest, past_call, prompt, until_agent
from tests.rig.centre import Centre
from tests.rig.handset import Handset
from tests.rig.ports import free_ports
from tests.rig.sipp import SippRun

pytestmark = pytest.mark.sipp

CALL_BACK = """\
# The number is said and confirmed; the customer hangs up and is called.
description: For callers who rather put the receiver down.
languages: [en, id, es]
start: back
nodes:
  back:
    kind: callback
    queue: support
    number_is: you_entered
    confirm: right_press_1
    enter: feature_enter_id
    next: bye
    otherwise: bye
  bye: {kind: hang_up}
"""


def agent_phone(port: int, folder: Path, scenario: str = "uas_agent_answers") -> SippRun:
    return SippRun(scenario, folder=folder, port=port, pause_ms=100)


def caller(centre: Centre, folder: Path, number: str) -> SippRun:
    """Dials, and stays until the other side hangs up."""
    keys = {"number": number, "caller": "5551234"}
    return SippRun("uac_waits_for_hang_up", folder=folder, remote=centre.sip, keys=keys)


async def test_who_finds_nobody_of_their_language_takes_any_after_a_while(tmp_path: Path) -> None:
    """Budi speaks Indonesian and English; after a second, that is better than no Spanish."""
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    stage.flow("1011", queue="support", language="es")
    step = {"queues": {"support": {"relaxation": [{"after_s": 1, "languages": ["*"]}]}}}
    async with (
        agent_phone(port, tmp_path, "uas_agent_hangs_up") as budi,
        Centre(tmp_path, changes=stage.changes(step)) as centre,
        EventStream(centre) as events,
        caller(centre, tmp_path, "1011") as customer,
    ):
        queued = await events.expect(CallQueued)
        answered = await events.expect(QueueAnswered, entry=queued.entry)
        assert (queued.languages, answered.agent) == (("es",), "102")
        await budi.finish()
        await customer.finish()
        record = await past_call(centre, queued.call)
        assert record["wait_s"] >= 1, "not before the step"


async def test_who_waits_too_long_overflows_and_keeps_the_wait(tmp_path: Path) -> None:
    """The one agent for billing rests; after a second the agents of support will do."""
    stage = Stage(tmp_path)
    port = stage.phone("2002")
    stage.flow("1012", queue="billing")
    billing = {
        "skills": {"billing": 8},
        "nobody": "wait",
        "relaxation": [{"after_s": 1, "overflow": "support"}],
    }
    async with (
        agent_phone(port, tmp_path, "uas_agent_hangs_up") as budi,
        Centre(tmp_path, changes=stage.changes({"queues": {"billing": billing}})) as centre,
        EventStream(centre) as events,
        caller(centre, tmp_path, "1012") as customer,
    ):
        first = await events.expect(CallQueued, queue="billing")
        out = await events.expect(CallFlowedOut, entry=first.entry)
        second = await events.expect(CallQueued, queue="support")
        assert (out.reason, second.call) == ("overflow", first.call)
        assert second.waited_s >= 1
        assert (await events.expect(QueueAnswered, entry=second.entry)).agent == "102"
        await budi.finish()
        await customer.finish()
        await centre.until_metric("sentral_queue_flowed_out_total", 1, queue="billing")
        await centre.until_metric("sentral_queue_answered_total", 1, queue="support")


async def test_who_hangs_up_for_a_call_back_keeps_their_place_and_is_called(tmp_path: Path) -> None:
    """Asked for while nobody is free; the agent picks up first, then the customer's phone rings."""
    stage = Stage(tmp_path)
    budi_at, home_at = stage.phone("2002"), free_ports(2)
    stage.text("1017", CALL_BACK)
    called_back = {
        "calls": {"callback": {"permissions": "senior", "prefix": "9"}},
        "numbers": [
            {"dial": "1017", "flow": "express_1017"},
            {"dial": "9X.", "trunk": "loopback", "strip": 1, "allow": ["senior"]},
        ],
        "trunks": {"loopback": {"gateway": f"sip:127.0.0.1:{home_at}"}},
    }
    async with (
        Centre(tmp_path, changes=stage.changes(called_back)) as centre,
        EventStream(centre) as events,
    ):
        await centre.api("/api/v1/agents/102/not-available", method="POST", body={})
        asks = SippRun(
            "uac_menu_keys",
            folder=tmp_path,
            remote=centre.sip,
            keys={"number": "1017", "caller": "5551234"},
            pause_ms=2500,
            presses=[(500, "1"), (1500, "1")],
        )
        async with asks:
            await events.expect(CallAnswered)
            wish = await events.expect(CallBackRequested)
            place = await events.expect(CallBackQueued, callback=wish.callback)
            assert place.queue == "support"
            await events.expect(CallEnded, call=wish.call)
        async with (
            agent_phone(budi_at, tmp_path) as budi,
            agent_phone(home_at, tmp_path, "uas_agent_hangs_up") as home,
        ):
            await centre.api("/api/v1/agents/102/available", method="POST")
            bridged = await events.expect(CallBridged, agent="102")
            assert bridged.call == place.call
            ended = await events.expect(CallBackEnded, callback=wish.callback)
            assert ended.outcome is CallBackEnd.REACHED
            await home.finish()
            await budi.finish()
        assert len(events.of(CallBackQueued)) == 1, "rung once"
        record = await past_call(centre, place.call)
        assert (record["direction"], record["agent"]) == ("outbound", "102")
        await at_rest(centre)


async def test_whom_the_first_tier_cannot_help_goes_up_and_is_not_asked_again(
    tmp_path: Path,
) -> None:
    """Budi is of tier 1; Diego, of tier 2, gets the caller with the age of the first wait."""
    stage = Stage(tmp_path)
    first, second = stage.phone("2002"), stage.phone("2004")
    tiers = {"queues": {"support": {"tiers": [1]}}}
    async with (
        agent_phone(first, tmp_path) as budi,
        agent_phone(second, tmp_path, "uas_agent_hangs_up") as diego,
        Centre(tmp_path, changes=stage.changes(tiers)) as centre,
        EventStream(centre) as events,
        caller(centre, tmp_path, "1001") as customer,
    ):
        talks = await events.expect(CallBridged, agent="102")
        await centre.api(f"/api/v1/calls/{talks.call}/escalate", method="POST")
        up = await events.expect(CallEscalated)
        assert (up.agent, up.tiers, up.spoke) == ("102", (2,), ("102",))
        assert (await events.expect(CallTransferred)).agent == "102"
        assert (await events.expect(QueueAnswered, agent="104")).call == talks.call
        for party in (budi, diego, customer):
            await party.finish()
        await until_agent(centre, "102", state="available")
        record = await past_call(centre, talks.call)
        assert (record["outcome"], record["agent"]) == ("answered", "104")


async def test_who_calls_a_closed_queue_hears_so_without_being_answered(tmp_path: Path) -> None:
    """Closed by hand in an emergency; a number leads straight to the queue."""
    async with (
        Centre(tmp_path, changes=Stage(tmp_path).changes()) as centre,
        EventStream(centre) as events,
        Handset() as ear,
    ):
        await centre.api("/api/v1/queues/support/close", method="POST", body={"reason": "fire"})
        refused = Script("is_refused", sound_port=ear.port)
        refused.send("INVITE", sdp=OFFER)
        refused.receive(480, matches=[("Reason", 'text="closed"')])
        refused.send("ACK")
        async with SippRun(
            refused.write(tmp_path),
            folder=tmp_path,
            remote=centre.sip,
            keys={"number": "1001", "caller": "5551234"},
        ) as customer:
            await hears(ear, prompt("queue_closed"))
            await customer.finish()
        assert (await events.expect(CallEnded)).outcome is Outcome.REJECTED
        assert events.of(CallAnswered) == []
        await at_rest(centre)
