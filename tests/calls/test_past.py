"""Queues and agents told again from the log, and moved to today's clock."""

import json
from collections.abc import Sequence

import pytest

from acd.distributor import Distributor
from acd.effects import Record
from acd.settings import QueueSettings
from calls.past import Configuration, Kept, Past, Replayed, replay
from calls.settings import AgentSettings, PhoneSettings
from events.agents import (
    AgentMadeNotAvailable,
    AgentSignedIn,
    AgentSignedOut,
    AgentState,
    PhoneReached,
)
from events.centre import CentreStarted
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, PhoneId, QueueName
from events.queues import CallFlowedOut, CallQueued

QUEUE, SMALL = QueueName("support"), QueueName("small")
AYU, PHONE = AgentId("1"), PhoneId("3001")
EPOCH = 1_800_000_000.0
STARTED = CentreStarted("1", "hash", 1)

CONFIGURATION = Configuration(
    {QUEUE: QueueSettings(ring_s=20, wrap_up_s=30), SMALL: QueueSettings(max_waiting=0)},
    {AYU: AgentSettings()},
    {PHONE: PhoneSettings()},
)


class Writer:
    """Writes a log as a process does: facts between the events that made the distributor decide."""

    def __init__(self) -> None:
        self.log: list[Recorded] = []
        self.distributor = Distributor(CONFIGURATION.queues, CONFIGURATION.agents)

    def tell(self, *events: Event, at: float) -> None:
        for event in events:
            self._append(event, at)
            for effect in self.distributor.handle(event, at):
                if isinstance(effect, Record):
                    self._append(effect.event, at)

    def _append(self, event: Event, at: float) -> None:
        self.log.append(Recorded(len(self.log) + 1, EPOCH + at, at, event))


def told(log: Sequence[Recorded], *, down_s: float, steady: float = 0.0) -> Replayed:
    """`down_s` after the last event a process starts whose clock shows `steady`."""
    now = log[-1].utc + down_s
    past = Past(events=log)
    first = log[-1].seq + 1
    return replay(past, CONFIGURATION, utc=now, steady=steady, first_offer=first)


def at_work() -> Writer:
    writer = Writer()
    writer.tell(STARTED, PhoneReached(PHONE), AgentSignedIn(AYU, PHONE), at=100.0)
    return writer


def test_the_first_start_of_all_has_no_past() -> None:
    new = replay(Past(), CONFIGURATION, utc=EPOCH, steady=5.0, first_offer=1)
    (ayu,) = new.distributor.agents()
    assert ayu.state is AgentState.SIGNED_OUT
    assert new.desk == {"phones": {}, "reachable": []}


def test_agents_are_where_they_were() -> None:
    writer = at_work()
    writer.tell(AgentMadeNotAvailable(AYU, "lunch"), at=200.0)
    again = told(writer.log, down_s=50.0, steady=7.0)
    (ayu,) = again.distributor.agents()
    assert (ayu.state, ayu.reason, ayu.phone) == (AgentState.NOT_AVAILABLE, "lunch", PHONE)
    assert ayu.since == 7.0 - 50.0
    assert again.desk == {"phones": {AYU: PHONE}, "reachable": [PHONE]}


def test_waits_include_the_time_in_which_nobody_was_there() -> None:
    writer = at_work()
    writer.tell(AgentSignedOut(AYU), at=150.0)
    writer.tell(CallQueued(CallId("c"), EntryId("e"), QUEUE), at=200.0)
    (waiting,) = told(writer.log, down_s=50.0, steady=7.0).distributor.waiting(QUEUE)
    assert 7.0 - waiting.queued_at == pytest.approx(50.0)


def test_a_clock_that_was_set_back_stops_nobody() -> None:
    writer = at_work()
    writer.tell(CallQueued(CallId("c"), EntryId("e"), QUEUE), at=200.0)
    (waiting,) = told(writer.log, down_s=-3600.0, steady=7.0).distributor.waiting(QUEUE)
    assert waiting.queued_at == 7.0


def test_offers_keep_their_numbers_and_new_ones_get_new_ones() -> None:
    writer = at_work()
    writer.tell(CallQueued(CallId("c"), EntryId("e"), QUEUE), at=200.0)
    again = told(writer.log, down_s=3600.0)
    (waiting,) = again.distributor.waiting(QUEUE)
    (before,) = writer.distributor.waiting(QUEUE)
    assert waiting.offers == before.offers == (1,)
    assert again.distributor.snapshot()["next_offer"] == len(writer.log) + 1


def test_no_lease_ends_while_nobody_is_there() -> None:
    writer = at_work()
    writer.tell(CallQueued(CallId("c"), EntryId("e"), QUEUE), at=200.0)
    again = told(writer.log, down_s=3600.0).distributor
    assert again.tick(10_000.0) == []
    assert again.agents()[0].state is AgentState.OFFERED


def test_two_lives_on_two_clocks_are_one_history() -> None:
    writer = at_work()
    writer.tell(AgentSignedOut(AYU), at=150.0)
    writer.tell(CallQueued(CallId("c"), EntryId("e"), QUEUE), at=200.0)
    second = Recorded(len(writer.log) + 1, EPOCH + 260.0, 0.0, STARTED)
    (waiting,) = told([*writer.log, second], down_s=40.0, steady=3.0).distributor.waiting(QUEUE)
    assert 3.0 - waiting.queued_at == pytest.approx(100.0)


def test_a_snapshot_stands_for_the_events_before_it() -> None:
    writer = at_work()
    kept = Kept(
        writer.log[-1].seq,
        EPOCH + 100.0,
        100.0,
        writer.distributor.snapshot(),
        {"phones": {AYU: PHONE}, "reachable": [PHONE]},
    )
    length = len(writer.log)
    writer.tell(CallQueued(CallId("c"), EntryId("e"), QUEUE), at=200.0)
    kept = Kept.from_json(json.loads(json.dumps(kept.to_json())))
    now, first = EPOCH + 300.0, len(writer.log) + 1
    since = Past(kept, writer.log[length:])
    short = replay(since, CONFIGURATION, utc=now, steady=1.0, first_offer=first)
    long = replay(Past(events=writer.log), CONFIGURATION, utc=now, steady=1.0, first_offer=first)
    assert short.distributor.snapshot() == long.distributor.snapshot()
    assert short.desk == long.desk


def test_a_snapshot_of_another_version_is_refused() -> None:
    kept = Kept(1, 0.0, 0.0, {}, {}).to_json()
    with pytest.raises(ValueError, match="version 99"):
        Kept.from_json({**kept, "version": 99})


def test_who_was_sent_off_and_has_not_gone_is_told_again() -> None:
    """The log was torn between the decision and what came of it."""
    writer = at_work()
    writer.tell(AgentSignedOut(AYU), at=150.0)
    writer.tell(CallQueued(CallId("c"), EntryId("e"), SMALL), at=200.0)
    (leaving,) = told(writer.log, down_s=1.0).leaving
    assert (leaving.entry, leaving.reason) == ("e", "full")
    writer.tell(CallFlowedOut(CallId("c"), EntryId("e"), SMALL, 0.0, "full"), at=200.0)
    assert told(writer.log, down_s=1.0).leaving == ()


def test_who_is_configured_no_longer_is_at_no_desk() -> None:
    writer = at_work()
    empty = Configuration(CONFIGURATION.queues, {}, {})
    desk = {"phones": {AYU: PHONE}, "reachable": [PHONE]}
    kept = Kept(0, EPOCH, 0.0, writer.distributor.snapshot(), desk)
    again = replay(Past(kept), empty, utc=EPOCH + 200.0, steady=0.0, first_offer=1)
    assert again.desk == {"phones": {}, "reachable": []}
