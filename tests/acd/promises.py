"""What a distributor promises after every event, checked against the world around it."""

from collections.abc import Iterable
from typing import Any

from acd.model import AgentView, Place
from acd.settings import AgentProfile, QueueSettings, Relaxation
from events.agents import AgentState
from events.ids import AgentId
from events.queues import CallQueued
from tests.acd.world import World


def check(world: World) -> None:
    every_caller_is_in_exactly_one_place(world)
    every_agent_is_in_exactly_one_place(world)
    offers_on_record_are_those_that_ring(world)
    every_entry_has_one_end(world)
    positions_count_up_in_order_of_urgency(world)
    no_eligible_pair_is_left_idle(world)
    no_phone_is_left_out_of_a_group(world)
    every_exclusion_ends(world)
    closed_queues_are_those_that_were_closed(world)


def every_caller_is_in_exactly_one_place(world: World) -> None:
    queues = {caller.queue for caller in world.callers.values()} | set(world.configuration.queues)
    waiting = [view for queue in queues for view in world.acd.waiting(queue)]
    assert sorted(view.entry for view in waiting) == sorted(world.callers)
    places = {view.entry: view.place for view in waiting}
    expected = dict.fromkeys(world.callers, Place.WAITING)
    expected |= {it.entry: Place.OFFERED for it in world.ringing.values()}
    expected |= {it.entry: Place.CONNECTING for it in world.connecting.values()}
    expected |= dict.fromkeys(world.leaving, Place.LEAVING)
    assert places == expected


def every_agent_is_in_exactly_one_place(world: World) -> None:
    offered = {it.agent for it in [*world.ringing.values(), *world.connecting.values()]}
    phones = [view.phone for view in world.acd.agents() if view.phone is not None]
    assert len(phones) == len(set(phones))
    for view in world.acd.agents():
        assert (view.state is AgentState.OFFERED) == (view.id in offered)
        assert (view.state is AgentState.TALKING) == (view.id in world.talking)
        assert (view.state, view.reason) == world.states.get(view.id, (AgentState.SIGNED_OUT, ""))
        assert view.reachable == (view.phone in world.reached)
        if view.state is AgentState.SIGNED_OUT:
            assert view.phone is None
        elif view.state is AgentState.BUSY:
            assert world.engaged[view.id]
        elif view.state is AgentState.AVAILABLE:
            assert not world.engaged[view.id]


def offers_on_record_are_those_that_ring(world: World) -> None:
    assert world.open_offers == set(world.ringing)


def every_entry_has_one_end(world: World) -> None:
    there = len(world.callers) - len(world.callbacks)
    assert world.offered == sum(world.ends.values()) + there
    assert sum(view.waiting for view in world.acd.queues()) == there
    assert sum(view.callbacks for view in world.acd.queues()) == len(world.callbacks)


def positions_count_up_in_order_of_urgency(world: World) -> None:
    for queue in world.configuration.queues:
        views = [v for v in world.acd.waiting(queue) if v.place is not Place.LEAVING]
        assert [view.position for view in views] == list(range(1, len(views) + 1))


def no_eligible_pair_is_left_idle(world: World) -> None:
    free = [view for view in world.acd.agents() if is_eligible(view)]
    for queue in world.configuration.queues:
        for view in world.acd.waiting(queue):
            if view.place is Place.WAITING:
                caller = world.callers[view.entry]
                idle = [agent.id for agent in free if could_take(world, agent.id, caller)]
                assert not idle, f"{view.call} waits while {idle} are free"


def no_phone_is_left_out_of_a_group(world: World) -> None:
    free = [view for view in world.acd.agents() if is_eligible(view)]
    for queue, settings in world.configuration.queues.items():
        for view in world.acd.waiting(queue):
            if view.place is Place.OFFERED and len(view.offers) < settings.ring_at_once:
                caller = world.callers[view.entry]
                idle = [agent.id for agent in free if could_take(world, agent.id, caller)]
                assert not idle, f"{view.call} could ring {idle} too"


def every_exclusion_ends(world: World) -> None:
    for view in world.acd.agents():
        if view.rests_until is not None:
            assert view.state is AgentState.AVAILABLE
            assert world.now < view.rests_until <= world.now + QueueSettings().back_off_max_s
    for queue, settings in world.configuration.queues.items():
        for entry in world.acd.waiting(queue):
            limited = settings.max_wait_s is not None and entry.entry not in world.callbacks
            if limited and entry.place is Place.WAITING:
                assert settings.max_wait_s is not None
                assert world.now < entry.queued_at + settings.max_wait_s


def closed_queues_are_those_that_were_closed(world: World) -> None:
    views = {view.name: set(view.closed) for view in world.acd.queues()}
    assert views == {name: world.closed.get(name, set()) for name in views}


def is_eligible(view: AgentView) -> bool:
    return view.state is AgentState.AVAILABLE and view.reachable and view.rests_until is None


def could_take(world: World, agent: AgentId, caller: CallQueued) -> bool:
    if world.refused.get((caller.entry, agent), 0.0) > world.now or agent in caller.excluded:
        return False
    if world.kept_until.get(caller.entry, 0.0) > world.now and agent != caller.preferred:
        return False
    profile = world.configuration.agents[agent]
    settings = world.configuration.queues[caller.queue]
    steps = [s for s in settings.relaxation if world.relaxes_from(caller) + s.after_s <= world.now]
    asked = [*settings.skills.items(), *caller.skills.items()]
    groups = [[*asked, *group.items()] for group in caller.any_of or ({},)]
    kind = caller.customer_type
    return (
        any(is_able(profile, group, steps) for group in groups)
        and will_do(caller.languages, [s.languages for s in steps], profile.languages)
        and will_do(caller.tiers or settings.tiers, [s.tiers for s in steps], [profile.tier])
        and will_do(caller.sites or settings.sites, [s.sites for s in steps], [profile.site])
        and (not kind or not profile.customer_types or kind in profile.customer_types)
    )


def is_able(
    profile: AgentProfile, asked: Iterable[tuple[str, int]], steps: list[Relaxation]
) -> bool:
    for skill, level in asked:
        eased = min([level, *(step.level for step in steps if step.level is not None)])
        dropped = any(skill in step.without for step in steps)
        if not dropped and profile.skills.get(skill, 0) < eased:
            return False
    return True


def will_do(first: Iterable[object], later: list[Any], there: Iterable[object]) -> bool:
    acceptable = [*first, *(each for step in later for each in step)] if first else ["*"]
    return "*" in acceptable or any(each in acceptable for each in there)


def nothing_holds_anybody(world: World) -> None:
    """End every call and let time pass: whoever works here is free, and a replay agrees."""
    for entry in list(world.callers):
        world.abandons(entry)
    for agent in list(world.talking):
        world.hangs_up(agent)
    for agent, calls in list(world.engaged.items()):
        for call in list(calls):
            world.released(agent, call)
    world.passes(1000.0)
    check(world)
    assert world.acd.next_deadline() is None
    assert (world.ringing, world.connecting) == ({}, {})
    assert (world.open_offers, world.unhandled) == (set(), set())
    at_rest = {AgentState.SIGNED_OUT, AgentState.NOT_AVAILABLE, AgentState.NOT_ANSWERING}
    for view in world.acd.agents():
        assert view.state in at_rest or (view.state, view.reason) == (AgentState.AVAILABLE, "")
        assert (view.call, view.offer, view.pending) == (None, None, None)
    assert world.replay() == world.effects
