"""Queues and agents that change under calls of a whole centre."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from acd.replay import replay
from calls.problems import Refused
from calls.settings import CallQueueSettings
from config.settings import Settings
from events.agents import AgentScheduled, AgentSignedOut, AgentState
from events.calls import CallBridged, CallEnded
from events.centre import ConfigurationReplaced
from events.ids import AgentId, PhoneId, QueueName
from events.queues import (
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueClosed,
    QueueOpened,
)
from sentral.composition import configuration_of
from sentral.flow_reloading import FlowReloader
from sentral.gauges import gauges_of
from sentral.reloading import Reloader, differences, in_force, misfits, take_over
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.calls.plan import merged, usual_settings
from tests.calls.test_opening import open_from
from tests.virtual_time import in_virtual_time

SPANISH = {"queues": {"support": {"skills": {"spanish": 4}}}}
AYU = AgentId("1")


def reload(house: House, changes: Mapping[str, Any]) -> Settings:
    """As the served centre does, from a file that differs so from the plan."""
    house.keep()
    key = {"calls": {"party_key_file": house.settings.calls.party_key_file}}
    written = merged(merged(usual_settings(), key), changes)
    house.settings = in_force(house.settings, Settings.model_validate(written))
    take_over(house.parts, house.settings, "test")
    return house.settings


@pytest.mark.parametrize(
    "changes",
    [
        {"queues": {"support": {"skills": {"spanish": 2}}}},
        {**SPANISH, "agents": {"1": {"skills": {"spanish": 4}}}},
        {"queues": {"support": {"relaxation": [{"after_s": 30, "without": ["spanish"]}]}}},
    ],
    ids=["a lower level", "a skill that is new", "a step that they have waited for"],
)
@in_virtual_time
async def test_a_caller_who_waits_is_rung_at_once(tmp_path: Path, changes: Any) -> None:
    novice = {"agents": {"1": {"skills": {"spanish": 2}}}}
    async with House(tmp_path, changes={**SPANISH, **novice}) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        queued = await house.until(CallQueued)
        await house.later(60)
        assert not house.count(CallOffered)
        was = configuration_of(house.settings)
        newer = reload(house, merged(novice, changes))
        assert house.the(CallOffered).agent == AYU
        assert house.at(CallOffered) == house.at(ConfigurationReplaced)
        assert house.the(ConfigurationReplaced).configuration == newer.content_hash()
        again = replay(house.recorded, was.queues, was.agents)
        assert (again.difference, again.replaced) == (None, house.recorded[again.events - 1])
        assert (await house.until(QueueAnswered)).wait_s >= 60.0
        assert house.the(QueueAnswered).entry == queued.entry, "it kept its place"
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_callers_of_a_queue_that_goes_leave_it_and_a_new_one_serves(tmp_path: Path) -> None:
    other: dict[str, Any] = {"queues": {"night": {"overflow_to": {}}}}
    async with House(tmp_path, changes=merged(SPANISH, other)) as house:
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallQueued)
        without = merged(usual_settings(), {"queues": {}})
        without["queues"] = {"sales": {}}
        services = house.parts.centre.services
        gauges = gauges_of(lambda: house.parts, store=None)  # type: ignore[arg-type]  # not asked
        house.settings = in_force(house.settings, Settings.model_validate(without))
        house.parts.settings = house.settings
        assert "support" in [queue.name for queue in gauges.queues()], "they wait to be sent away"
        take_over(house.parts, house.settings, "test")
        assert house.the(CallFlowedOut).reason == "closed"
        await house.until(CallEnded)
        assert [queue.name for queue in gauges.queues()] == ["sales"]
        services.opening.close(QueueName("sales"), "fire", "eva", "leave")
        with pytest.raises(Refused, match="no queue support"):
            services.opening.close(QueueName("support"), "fire", "eva", "leave")
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_an_agent_who_is_gone_ends_their_call_first(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallBridged)
        plan = usual_settings()
        plan["agents"] = {"2": plan["agents"]["2"], "3": {"name": "Citra"}}
        house.settings = in_force(house.settings, Settings.model_validate(plan))
        take_over(house.parts, house.settings, "test")
        assert house.the(AgentSignedOut) == AgentSignedOut(AYU, "configuration")
        assert house.state("1") is AgentState.TALKING
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()
        assert {view.id for view in house.parts.distributor.agents()} == {"2", "3"}
        house.parts.desk.sign_in(AgentId("3"), PhoneId("3001"))
        assert house.state("3") is AgentState.AVAILABLE
        with pytest.raises(Refused, match="no agent 1"):
            house.parts.desk.sign_in(AYU, PhoneId("3001"))
        house.assert_counts_balance()


@in_virtual_time
async def test_hours_and_shifts_hold_at_once(tmp_path: Path) -> None:
    shift = {"agents": {"1": {"shift": "day"}}, "shifts": {"day": {"zone": "UTC"}}}
    at_work = {"shifts": {"day": {"week": {"mon-sun": "00:00-24:00"}}}}
    closed = {"queues": {"support": {"hours": open_from(500, 510)}}}
    async with House(tmp_path) as house:
        await house.later(1)
        reload(house, merged(merged(shift, at_work), closed))
        assert house.the(QueueClosed).queue == "support"
        assert (await house.until(AgentScheduled)).activity == "work"
        reload(house, {})
        assert house.the(QueueOpened).queue == "support"
        assert [each.activity for each in house.all(AgentScheduled)] == ["work", ""]
        await house.later(3600)
        assert house.count(AgentScheduled) == 2


@in_virtual_time
async def test_a_start_after_a_reload_ends_at_the_same_state(tmp_path: Path) -> None:
    novice = {"agents": {"1": {"skills": {"spanish": 2}}}}
    async with House(tmp_path, changes={**SPANISH, **novice}) as house:
        callers = [await house.caller(f"6281{n}", port=5060 + 2 * n) for n in range(3)]
        for count, caller in enumerate(callers, 1):
            caller.dial("1001")
            await house.until(CallQueued, count=count)
            await house.later(5)
        await house.phone("3001")  # it rings, and nobody answers
        reload(house, {**novice, "queues": {"support": {"skills": {"spanish": 2}}}})
        order = [waiting.call for waiting in house.parts.distributor.waiting(QueueName("support"))]
        assert house.the(CallOffered).call == order[0]
        await house.later(3)
        await house.crash()
        assert await house.restart() == 3
        support = QueueName("support")
        assert [waiting.call for waiting in house.parts.distributor.waiting(support)] == order
        ended = house.the(OfferClosed)
        assert (ended.call, ended.outcome) == (order[0], OfferOutcome.WITHDRAWN), "it only rang"
        assert house.count(CallOffered) == 2, "skills that were taken over hold"
        assert house.state("1") is AgentState.OFFERED
        for caller in callers:
            caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_what_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "main.yaml").write_text("start: [")
    async with House(tmp_path, changes={"flows": str(folder)}) as house:
        was = house.parts.settings
        written = [was.model_copy(update={"agents": {}, "phones": {}})]
        flows = FlowReloader(house.parts, house.media)
        reloader = Reloader(house.parts, flows, lambda: written[0], house.keep)
        (early,) = (await reloader.reload("test")).problems
        assert "does not serve yet" in early
        reloader.start()
        misfits = (await reloader.reload("test")).problems
        assert any(text.startswith("phones.3001.agent: there is no agent '1'") for text in misfits)
        written[0] = was.model_copy(update={"queues": {**was.queues, "sales": CallQueueSettings()}})
        told = (await reloader.reload("test")).problems
        assert any(f"{folder / 'main.yaml'}:" in text for text in told)
        await reloader.stop()
        assert house.parts.settings is was
        assert not house.count(ConfigurationReplaced)


def settings(changes: Mapping[str, Any]) -> Settings:
    return Settings.model_validate(merged(usual_settings(), changes))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"queues": {"support": {"wrap_up_s": 1}}, "agents": {"3": {}}}, set()),
        ({"recording": {"queues": {"support": {"record": "always"}}}}, set()),
        ({"recording": {"record": "always"}}, {"recording.record"}),
        ({"sip": {"port": 5070}}, {"sip.port"}),
        ({"phones": {"3002": {"display": "Eva"}}}, {"phones.3002"}),
        ({"numbers": []}, {"numbers"}),
        ({"calls": {"ring_phone_s": 5}, "trunks": {"b": {}}}, {"calls.ring_phone_s", "trunks.b"}),
    ],
)
def test_what_needs_a_restart_is_named(changes: Any, named: set[str]) -> None:
    now, written = settings({}), settings(changes)
    newer = in_force(now, written)
    assert set(differences(newer, written)) == named
    assert (newer == now) == bool(named)


def test_what_does_not_fit_what_is_in_force_is_refused() -> None:
    written = settings({})
    written = written.model_copy(update={"queues": {}, "numbers": ()})
    (problem,) = misfits(in_force(settings({}), written))
    assert problem.startswith("numbers.1.queue: there is no queue 'support'")
    assert problem.endswith("only a restart can change this")
