"""Call-backs: takes wishes, gives each its place in a queue, and knows when the next try is due."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from calls.call import Call
from calls.callback_book import CallBackBook, OpenCallBack
from calls.numbers import Route
from calls.opening import Calendar
from calls.parties import Parties
from calls.services import Services
from calls.stories.callback import Attempt
from events.callbacks import (
    CallBackEnd,
    CallBackEnded,
    CallBackLeft,
    CallBackQueued,
    CallBackRequested,
)
from events.calls import CallEnded
from events.event import Recorded
from events.ids import CallBackId, CallId, EntryId, PartyId, QueueName
from ivr.caller import CallBackOutcome, QueueRequest

LOOK_S: Final = 5.0
"""Between looks for those whose next attempt is due."""


class CallBacks:
    """One per process. Raises nothing: a wish that cannot be granted is refused in a word."""

    def __init__(
        self,
        services: Services,
        parties: Parties,
        add: Callable[[Call], None],
        over: Callable[[CallId], None],
    ) -> None:
        """`add`: takes a call whose customer is on the line, as the centre's own, until `over`."""
        settings = services.settings.callback
        self.book = CallBackBook()
        self._services = services
        self._settings = settings
        self._parties = parties
        self._add = add
        self._over = over
        self._numbers: dict[PartyId, str] = {}
        self._attempts: dict[CallId, Attempt] = {}
        self._calendar = Calendar(settings.hours) if settings.hours else None
        self._alarm: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._look()

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for attempt in list(self._attempts.values()):
            attempt.stop_fetching()

    def restore(
        self, data: Sequence[Mapping[str, Any]], parties: Mapping[PartyId, tuple[str, str]]
    ) -> None:
        """Go on with what an ended process left; their places are in the distributor already."""
        self.book.restore(data)
        for one in self.book.open.values():
            number, _ = parties.get(one.party, ("", ""))
            if number:
                self._numbers[one.party] = number
            if one.call is not None:
                self._attempts[one.call] = self._attempt(one, one.call)

    def follow(self, recorded: Recorded) -> None:
        self.book.follow(recorded)
        if isinstance(recorded.event, CallBackLeft | CallEnded) and self.book.has_unqueued:
            self._look_later()

    def find(self, call: CallId) -> Attempt | None:
        return self._attempts.get(call)

    def request(
        self, call: CallId, request: QueueRequest, number: str, waited_s: float, first: str
    ) -> CallBackOutcome:
        """A caller wants to be called under `number` instead of waiting."""
        queue = QueueName(request.queue)
        if self._route(number) is None or not self._services.opening.knows(queue):
            return CallBackOutcome.REFUSED
        party = self._parties.party(number)
        if self.book.of_customer(party, queue) is not None:
            return CallBackOutcome.DUPLICATE
        if len(self.book.open) >= self._settings.most:
            return CallBackOutcome.REFUSED
        self._numbers[party] = number
        self._services.feed.append(
            CallBackRequested(
                CallBackId(secrets.token_hex(8)),
                call,
                party,
                queue,
                dict(request.skills),
                request.languages,
                request.priority,
                waited_s,
                (first or self._settings.first) == "customer",
                any_of=request.any_of,
                tiers=request.tiers,
                sites=request.sites,
                customer_type=request.customer_type,
                excluded=request.excluded,
            )
        )
        asyncio.get_running_loop().call_soon(self._look)
        return CallBackOutcome.ACCEPTED

    def _look(self) -> None:
        """Queue those that are due; end those for whom it is too late."""
        if self._alarm is not None:
            self._alarm.cancel()
        utc = self._services.utc()
        quiet = self._calendar is not None and self._calendar.closed(utc) is not None
        for one in list(self.book.open.values()):
            if one.entry is not None:
                continue
            ending = self._too_late(one, utc)
            if ending is not None:
                self._services.feed.append(CallBackEnded(one.id, one.queue, ending))
            elif not quiet and self._is_due(one, utc):
                self._queue(one, one.queue, utc)
        self._alarm = None
        if self.book.has_unqueued:
            self._look_later()

    def _look_later(self) -> None:
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _is_due(self, one: OpenCallBack, utc: float) -> bool:
        return one.left_at is None or utc >= one.left_at + self._settings.retry_s

    def _too_late(self, one: OpenCallBack, utc: float) -> CallBackEnd | None:
        if one.attempts >= self._settings.attempts:
            return CallBackEnd.EXHAUSTED
        if utc >= one.requested_at + self._settings.expires_s:
            return CallBackEnd.EXPIRED
        if self._route(self._numbers.get(one.party, "")) is None:  # erased, or not allowed now
            return CallBackEnd.CANCELLED
        return None

    def _queue(self, one: OpenCallBack, queue: QueueName, utc: float) -> None:
        call = CallId(secrets.token_hex(8))
        self._attempts[call] = self._attempt(one, call)
        self._services.feed.append(
            CallBackQueued(
                one.id,
                call,
                EntryId(secrets.token_hex(8)),
                queue,
                one.skills,
                one.languages,
                one.priority,
                max(0.0, utc - one.since),
                any_of=one.any_of,
                tiers=one.tiers,
                sites=one.sites,
                customer_type=one.customer_type,
                excluded=one.excluded,
            )
        )

    def _attempt(self, one: OpenCallBack, call: CallId) -> Attempt:
        number = self._numbers.get(one.party, "")
        return Attempt(
            self._services,
            one,
            call,
            number,
            route=lambda: self._route(number),
            add=self._add,
            over=self._over,
            on_reached=self._reached,
            on_left=self._left,
        )

    def _reached(self, attempt: Attempt) -> None:
        """The customer is on the line, and their call goes its own way."""
        self._attempts.pop(attempt.call, None)
        one = attempt.wanted
        self._services.feed.append(CallBackEnded(one.id, one.queue, CallBackEnd.REACHED))

    def _left(self, attempt: Attempt, reason: str, to: QueueName | None, attempted: bool) -> None:
        """Out of the queue with nobody reached: on to the next queue, or until later."""
        self._attempts.pop(attempt.call, None)
        one = attempt.wanted
        if one.entry is None:
            return
        self._services.feed.append(
            CallBackLeft(one.id, attempt.call, one.entry, one.queue, reason, attempted)
        )
        if to is not None:
            self._queue(one, to, self._services.utc())

    def _route(self, number: str) -> Route | None:
        """Where the customer is called, if that may be."""
        if not number.isdigit() or not self._settings.permissions:
            return None
        dialled = self._settings.prefix + number
        route = self._services.plan.route(dialled, caller_class=self._settings.permissions)
        return route if isinstance(route, Route) and route.kind in ("phone", "trunk") else None
