"""Who waits, where and in which order."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from acd.effects import Effect, RemoveFromQueue
from acd.matching import Matcher
from acd.model import Entry, Place, Urgency
from acd.reactions import Steps
from acd.requirements import Requirement, requirement_of, requirement_of_queue
from acd.settings import Nobody, QueueSettings
from acd.timers import Agenda, Kind, Timer
from events.callbacks import CallBackQueued
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.queues import CallQueued


class Closure(NamedTuple):
    """`waiting`: "serve" or "leave", what becomes of those who wait already."""

    reason: str
    waiting: str


class Queues:
    """Owner of every entry; keeps the matcher's callers and the entries' timers in step."""

    def __init__(
        self,
        settings: Mapping[QueueName, QueueSettings],
        matcher: Matcher,
        agenda: Agenda,
        effects: list[Effect],
    ) -> None:
        self.entries: dict[EntryId, Entry] = {}
        self.arrivals = 0
        self._settings = dict(settings)
        self._matcher = matcher
        self._agenda = agenda
        self._effects = effects
        self._by_call: dict[CallId, EntryId] = {}
        self._by_queue: dict[QueueName, dict[EntryId, Entry]] = {name: {} for name in settings}
        self._order: dict[QueueName, list[Urgency]] = {name: [] for name in settings}
        self.closures: dict[QueueName, dict[str, Closure]] = {}
        """What keeps queues closed, by cause; one without any is open."""
        self._groups: dict[EntryId, Entry] = {}  # offered to several at once, as far as there are

    @property
    def names(self) -> list[QueueName]:
        return list(self._settings)

    def settings(self, queue: QueueName) -> QueueSettings:
        """Defaults for a queue that was taken out of the configuration with callers in it."""
        return self._settings.get(queue) or QueueSettings()

    def is_configured(self, queue: QueueName) -> bool:
        return queue in self._settings

    def of_call(self, call: CallId) -> Entry | None:
        entry = self._by_call.get(call)
        return None if entry is None else self.entries[entry]

    def in_queue(self, queue: QueueName) -> Iterable[Entry]:
        """Everyone not yet answered, abandoned or flowed out, in order of entry."""
        return self._by_queue.get(queue, {}).values()

    def add(self, event: CallQueued | CallBackQueued, now: float) -> Entry:
        """A new entry, not yet waiting. The caller sees to it that neither it nor its call is
        here, and lets it `enter`."""
        self.arrivals += 1
        return Entry(
            id=event.entry,
            call=event.call,
            queue=event.queue,
            skills=dict(event.skills),
            languages=tuple(event.languages),
            priority=event.priority,
            queued_at=now,
            waited_s=event.waited_s,
            arrival=self.arrivals,
            any_of=tuple(dict(group) for group in event.any_of),
            tiers=tuple(event.tiers),
            sites=tuple(event.sites),
            customer_type=event.customer_type,
            excluded=tuple(map(AgentId, event.excluded)),
            is_callback=isinstance(event, CallBackQueued),
            relaxes_from=now - event.waited_s * event.returned,
        )

    def enter(self, entry: Entry, now: float) -> None:
        """It begins to wait."""
        entry.step = self._step(entry, now)
        self.keep(entry)
        self._start_limit(entry)
        self._start_relaxation(entry)
        self._overflow(entry, now)  # a call that came back may have waited long enough

    def keep_for(self, entry: Entry, agent: AgentId, until: float) -> None:
        """Nobody else may have a call that has not yet entered."""
        entry.kept_for = agent
        self._agenda.start(Timer(Kind.PREFERENCE, entry.id), until)

    def keep_for_nobody(self, entry: Entry) -> None:
        """The agent for whom it was kept did not take it, or its time is over."""
        if entry.kept_for is None:
            return
        entry.kept_for = None
        self._agenda.stop(Timer(Kind.PREFERENCE, entry.id))
        self._reindex(entry)

    def relax(self, entry_id: EntryId, now: float) -> None:
        """A step of the queue's relaxation is due."""
        entry = self.entries[entry_id]
        entry.step = self._step(entry, now)
        self._start_relaxation(entry)
        if entry.place is Place.WAITING and not self._overflow(entry, now):
            self._reindex(entry)

    def keep(self, entry: Entry) -> None:
        """Take up an entry at the place that it names."""
        began_at = entry.queued_at - entry.waited_s
        due = began_at - entry.priority * self.settings(entry.queue).ageing_s
        entry.urgency = (due, began_at, entry.arrival)
        self.entries[entry.id] = entry
        self._by_call[entry.call] = entry.id
        self._by_queue.setdefault(entry.queue, {})[entry.id] = entry
        if entry.place is not Place.LEAVING:
            insort(self._order.setdefault(entry.queue, []), entry.urgency)
        if entry.place is Place.WAITING:
            self._index(entry)
        elif entry.place is Place.OFFERED:
            self._note_group(entry)

    def offered(self, entry: Entry, offer: OfferId) -> None:
        """To the first agent, or to another beside them."""
        entry.offers.append(offer)
        if entry.place is Place.WAITING:
            self._matcher.remove_call(entry.id)
            entry.place = Place.OFFERED
            self._note_group(entry)

    def short_of_phones(self) -> list[Entry]:
        """Calls for which more phones may ring than do, most urgent first."""
        if not self._groups:
            return []
        short = [each for each in self._groups.values() if self.may_ring_more(each)]
        return sorted(short, key=lambda each: each.urgency)

    def may_ring_more(self, entry: Entry) -> bool:
        return len(entry.offers) < self.settings(entry.queue).ring_at_once

    def customer_came(self, entry: Entry, now: float) -> None:
        """Who is called back is on the line: from now on they wait as everybody does, and not
        longer than anybody must."""
        entry.is_callback = False
        entry.came_at = now
        if entry.place is not Place.LEAVING:
            self._start_limit(entry)

    def connecting(self, entry: Entry) -> None:
        """One of its phones answered."""
        entry.place = Place.CONNECTING
        self._groups.pop(entry.id, None)

    def return_to_waiting(self, entry: Entry, now: float) -> None:
        """Its last offer failed: place and age are kept, unless it is time to leave."""
        assert not entry.offers
        entry.place = Place.WAITING
        self._groups.pop(entry.id, None)
        if entry.due_out:
            self.leave(entry, entry.due_out, now)
        elif not self._overflow(entry, now):
            self._index(entry)

    def refuse(self, entry: Entry, agent: AgentId, until: float) -> None:
        """Keep the call from an agent who rejected it."""
        entry.refused[agent] = until
        self._agenda.start(Timer(Kind.REFUSAL, entry.id), min(entry.refused.values()))

    def refusal_ended(self, entry_id: EntryId, now: float) -> None:
        entry = self.entries[entry_id]
        entry.refused = {agent: at for agent, at in entry.refused.items() if at > now}
        if entry.refused:
            self._agenda.start(Timer(Kind.REFUSAL, entry.id), min(entry.refused.values()))
        self._reindex(entry)

    def limit_reached(self, entry_id: EntryId, now: float) -> None:
        entry = self.entries[entry_id]
        if entry.place is Place.WAITING:
            self.leave(entry, "timeout", now)
        else:
            entry.due_out = "timeout"  # a phone rings: leave only if that fails

    def is_full(self, entry: Entry) -> bool:
        """Whether too many others wait for this one to wait too."""
        limit = self.settings(entry.queue).max_waiting
        return limit is not None and len(self._order[entry.queue]) > limit

    def nobody_means_leave(self, entry: Entry) -> bool:
        return self.settings(entry.queue).nobody is Nobody.LEAVE

    def waiting_where_nobody_means_leave(self) -> list[Entry]:
        return [
            entry
            for name, settings in self._settings.items()
            if settings.nobody is Nobody.LEAVE
            for entry in self.in_queue(name)
            if entry.place is Place.WAITING and not entry.is_callback
        ]

    def is_open(self, queue: QueueName) -> bool:
        return queue in self._settings and not self.closures.get(queue)

    def closures_of(self, queue: QueueName) -> Mapping[str, Closure]:
        return self.closures.get(queue, {})

    def close(self, queue: QueueName, cause: str, closure: Closure, now: float) -> Steps:
        """Nobody enters any more; those who wait are served out, or leave."""
        self.closures.setdefault(queue, {})[cause] = closure
        if closure.waiting != "leave":
            return
        for entry in list(self.in_queue(queue)):
            if entry.place is Place.WAITING:
                self.leave(entry, "closed", now)
            elif entry.place is not Place.LEAVING:
                entry.due_out = entry.due_out or "closed"
            yield

    def open(self, queue: QueueName, cause: str) -> None:
        closures = self.closures.get(queue, {})
        closures.pop(cause, None)
        if not closures:
            self.closures.pop(queue, None)
        if not self._sends_away(queue):
            for entry in self.in_queue(queue):
                entry.due_out = "" if entry.due_out == "closed" else entry.due_out

    def leave(self, entry: Entry, reason: str, now: float, to: QueueName | None = None) -> None:
        """Tell the owner to take a waiting call out; it is here until `CallFlowedOut` comes."""
        assert entry.place is Place.WAITING
        to = to or self._elsewhere(entry.queue, reason)
        self._matcher.remove_call(entry.id)
        self._forget_order(entry)
        self._stop_timers(entry)
        entry.place = Place.LEAVING
        wait_s = now - entry.here_since
        self._effects.append(RemoveFromQueue(entry.call, entry.id, entry.queue, reason, wait_s, to))

    def remove(self, entry: Entry) -> None:
        self._matcher.remove_call(entry.id)
        self._groups.pop(entry.id, None)
        self._stop_timers(entry)
        if entry.place is not Place.LEAVING:
            self._forget_order(entry)
        del self.entries[entry.id]
        del self._by_queue[entry.queue][entry.id]
        if self._by_call.get(entry.call) == entry.id:
            del self._by_call[entry.call]

    def position(self, entry: Entry) -> int | None:
        """From 1, in the order in which this queue is served; None when it is leaving."""
        if entry.place is Place.LEAVING:
            return None
        return bisect_left(self._order[entry.queue], entry.urgency) + 1

    def requirement(self, entry: Entry) -> Requirement:
        """What a caller needs now."""
        return requirement_of(entry, self.settings(entry.queue))

    def own_requirement(self, queue: QueueName) -> Requirement:
        """What any caller of the queue needs."""
        return requirement_of_queue(queue, self.settings(queue))

    def configure(self, settings: Mapping[QueueName, QueueSettings], now: float) -> Steps:
        """Take new settings; the matcher must be empty. Callers already waiting feel them too.

        After each step every caller is in their queue, under the old settings or the new.
        """
        self._settings = dict(settings)
        self._groups = {}
        used = [*settings, *(name for name, inside in self._by_queue.items() if inside)]
        self._by_queue = {name: self._by_queue.get(name, {}) for name in used}
        self._order = {name: self._order.get(name, []) for name in used}
        for entry in list(self.entries.values()):
            if entry.place is not Place.LEAVING:
                self._forget_order(entry)
            entry.step = self._step(entry, now)
            self.keep(entry)
            self._agenda.stop(Timer(Kind.LIMIT, entry.id))
            self._agenda.stop(Timer(Kind.RELAXATION, entry.id))
            if entry.place is not Place.LEAVING:
                entry.due_out = "closed" if self._sends_away(entry.queue) else ""
                self._start_limit(entry)
                self._start_relaxation(entry)
            if entry.place is Place.WAITING:
                self._overflow(entry, now)
            yield

    def _sends_away(self, queue: QueueName) -> bool:
        return any(each.waiting == "leave" for each in self.closures.get(queue, {}).values())

    def _elsewhere(self, queue: QueueName, reason: str) -> QueueName | None:
        """Where a call goes on; of queues that follow the sun, the first that is open."""
        passed = {queue}
        to = self.settings(queue).elsewhere(reason)
        while reason == "closed" and to is not None and not self.is_open(QueueName(to)):
            if to in passed:
                return None
            passed.add(QueueName(to))
            to = self.settings(QueueName(to)).elsewhere(reason)
        return None if to is None else QueueName(to)

    def _note_group(self, entry: Entry) -> None:
        if self.settings(entry.queue).ring_at_once > 1:
            self._groups[entry.id] = entry

    def _step(self, entry: Entry, now: float) -> int:
        """How many steps of the relaxation have come."""
        steps = self.settings(entry.queue).relaxation
        return sum(entry.relaxes_from + step.after_s <= now for step in steps)

    def _overflow(self, entry: Entry, now: float) -> bool:
        """Whether a waiting call moves on now to another queue."""
        steps = self.settings(entry.queue).relaxation
        to = steps[entry.step - 1].overflow if entry.step else None
        if to is None:
            return False
        self.leave(entry, "overflow", now, QueueName(to))
        return True

    def _reindex(self, entry: Entry) -> None:
        if entry.place is Place.WAITING:
            self._matcher.remove_call(entry.id)
            self._index(entry)

    def _index(self, entry: Entry) -> None:
        self._matcher.add_call(entry.id, self.requirement(entry), entry.urgency)

    def _forget_order(self, entry: Entry) -> None:
        order = self._order[entry.queue]
        del order[bisect_left(order, entry.urgency)]

    def _start_limit(self, entry: Entry) -> None:
        limit_s = self.settings(entry.queue).max_wait_s
        if limit_s is not None and not entry.is_callback:
            self._agenda.start(Timer(Kind.LIMIT, entry.id), entry.here_since + limit_s)

    def _start_relaxation(self, entry: Entry) -> None:
        steps = self.settings(entry.queue).relaxation
        if entry.step < len(steps):
            due_at = entry.relaxes_from + steps[entry.step].after_s
            self._agenda.start(Timer(Kind.RELAXATION, entry.id), due_at)

    def _stop_timers(self, entry: Entry) -> None:
        for kind in (Kind.LIMIT, Kind.REFUSAL, Kind.RELAXATION, Kind.PREFERENCE):
            self._agenda.stop(Timer(kind, entry.id))
