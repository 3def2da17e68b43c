"""Looks at a served centre after every event, and complains when a promise is broken."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, ParamSpec

import pytest

from acd.distributor import Deciding, Distributor
from acd.model import AgentView, Place, WaitingView
from acd.requirements import profile_key, rank
from events.agents import AgentState
from events.calls import CallEnded
from events.centre import CentreStarted
from events.event import Recorded
from events.ids import AgentId, EntryId, OfferId, QueueName
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)
from tests.calls.house import House

P = ParamSpec("P")

ON_THE_CLOCKS: Final = 0.002
"""Seconds by which a timer's end and a look at the clock may differ."""


class Watch:
    """Begun once in each life of the centre. `looks` is how often it looked, `broken` at what it
    complained."""

    def __init__(self, house: House) -> None:
        self.looks = 0
        self.broken: list[AssertionError] = []
        self._house = house
        self._heard = 0
        self._there: dict[EntryId, CallQueued] = {}  # by the log
        self._since: dict[EntryId, float] = {}  # steady; of this life
        self._offered = self._ended = 0

    def begin(self) -> None:
        acd = self._house.parts.distributor
        for name in ("handling", "ticking", "configuring"):
            setattr(acd, name, self._followed_by_a_look(getattr(acd, name), acd))

    def _followed_by_a_look(
        self, decide: Callable[P, Deciding], acd: Distributor
    ) -> Callable[P, Deciding]:
        def decided(*args: P.args, **kwargs: P.kwargs) -> Deciding:
            yield from decide(*args, **kwargs)
            try:
                self.look(acd)
            except AssertionError as broken:
                self.broken.append(broken)  # the centre may outlive it
                raise

        return decided

    def look(self, acd: Distributor) -> None:
        self.looks += 1
        for recorded in self._house.recorded[self._heard :]:
            self._hear(recorded)
        self._heard = len(self._house.recorded)
        queues = {name: acd.waiting(name) for name in self._queues(acd)}
        waiting = [view for views in queues.values() for view in views]
        agents = acd.agents()
        self._every_caller_is_in_exactly_one_place(waiting)
        self._every_agent_is_in_exactly_one_place(agents, waiting)
        self._each_is_served_in_order(queues)
        self._no_eligible_pair_is_idle(acd, agents, waiting)
        assert self._offered == self._ended + len(waiting), "offered = answered + gone + waiting"

    def _queues(self, acd: Distributor) -> set[QueueName]:
        return {view.name for view in acd.queues()} | {on.queue for on in self._there.values()}

    def _every_caller_is_in_exactly_one_place(self, waiting: list[WaitingView]) -> None:
        assert Counter(view.entry for view in waiting) == Counter(list(self._there))
        calls = Counter(view.call for view in waiting)
        assert not calls or max(calls.values()) == 1
        for view in waiting:
            rings = view.place in (Place.OFFERED, Place.CONNECTING)
            assert bool(view.offers) == rings, view

    def _every_agent_is_in_exactly_one_place(
        self, agents: list[AgentView], waiting: list[WaitingView]
    ) -> None:
        rung: dict[OfferId, AgentId] = {}
        for view in waiting:
            rung |= dict(zip(view.offers, view.agents, strict=True))
        offers = {agent.offer: agent.id for agent in agents if agent.offer is not None}
        assert offers == rung, "an offer that one side does not know"
        phones = [agent.phone for agent in agents if agent.phone is not None]
        assert len(set(phones)) == len(phones)
        for agent in agents:
            assert (agent.state is AgentState.OFFERED) == (agent.offer is not None), agent
            if agent.state in (AgentState.TALKING, AgentState.BUSY):
                assert agent.call is not None, agent

    def _each_is_served_in_order(self, queues: dict[QueueName, list[WaitingView]]) -> None:
        for views in queues.values():
            places = [view.position for view in views if view.place is not Place.LEAVING]
            assert places == list(range(1, len(places) + 1))

    def _no_eligible_pair_is_idle(
        self, acd: Distributor, agents: list[AgentView], waiting: list[WaitingView]
    ) -> None:
        free = [
            agent
            for agent in agents
            if agent.state is AgentState.AVAILABLE and agent.reachable and not agent.rests_until
        ]
        inside: Any = acd
        for view in waiting if free else ():
            if view.place is not Place.WAITING:
                continue
            asked = inside._queues.requirement(inside._queues.entries[view.entry])
            for agent in free:
                profile = profile_key(inside._agents.by_id[agent.id].profile)
                able = rank(asked, profile) is not None and agent.id not in asked.refused
                kept = asked.only is not None and asked.only != agent.id
                assert kept or not able, f"{view} waits while {agent.id} is free"

    def _hear(self, recorded: Recorded) -> None:
        match recorded.event:
            case CentreStarted():
                self._since.clear()
            case CallQueued(entry=entry) as queued if entry not in self._there:
                self._there[entry] = queued
                self._since[entry] = recorded.steady
                self._offered += 1
            case QueueAnswered() | CallAbandoned() | CallFlowedOut() as left:
                self._leave(left.entry, left.wait_s, recorded.steady)
            case QueueCallHandled() as handled:
                parts = (handled.talk_s, handled.hold_s, handled.wrap_up_s)
                assert all(0.0 <= part < self._house.time() for part in parts), handled
            case CallEnded(call=call):
                assert call not in {queued.call for queued in self._there.values()}

    def _leave(self, entry: EntryId, wait_s: float, steady: float) -> None:
        del self._there[entry]  # an entry ends once
        self._ended += 1
        since = self._since.pop(entry, None)
        if since is not None:  # the wall clock has no part in it
            assert wait_s == pytest.approx(steady - since, abs=ON_THE_CLOCKS)
