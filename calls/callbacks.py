"""Call-backs: takes wishes, gives each its place in a queue, and knows when the next try is due."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from calls import callback_book, callback_limits
from calls.call import Call
from calls.callback_book import CallBackBook, OpenCallBack
from calls.callback_rules import CallBackRules
from calls.parties import Parties
from calls.problems import Refused
from calls.services import Services
from calls.stories.callback import Attempt
from events.callbacks import (
    CallBackEnd,
    CallBackEnded,
    CallBackLeft,
    CallBackQueued,
    CallBackRequested,
    NumberBarred,
)
from events.calls import CallEnded
from events.event import Recorded
from events.ids import CallBackId, CallId, EntryId, PartyId, QueueName
from events.queues import CallQueued, QueueAnswered
from ivr.caller import CallBackOutcome, QueueRequest

FOLLOWED: Final = (
    *(CallQueued, QueueAnswered, NumberBarred, CallEnded, CallBackLeft),
    *callback_book.FOLLOWED,
    *callback_limits.FOLLOWED,
)
"""The events that `follow` heeds."""

LOOK_S: Final = 5.0
"""Between looks for those whose next attempt is due."""

AT_ONCE: Final = 50
"""Places taken in one look, so that nobody's sound waits for a morning's call-backs."""

SOON_S: Final = 0.05
"""Between looks while more are due."""


class CallBacks:
    """One per process. Raises nothing: a wish that cannot be granted is refused in a word."""

    def __init__(
        self,
        services: Services,
        parties: Parties,
        add: Callable[[Call], None],
        over: Callable[[CallId], None],
        number_of: Callable[[CallId], str],
    ) -> None:
        """`add`: takes a call whose customer is on the line, as the centre's own, until `over`;
        `number_of`: who calls."""
        settings = services.settings.callback
        self.book = CallBackBook()
        self.rules = CallBackRules(
            settings, services.plan, parties, services.do_not_call, services.feed.append
        )
        self._services = services
        self._number_of = number_of
        self._settings = settings
        self._parties = parties
        self._add = add
        self._over = over
        self._numbers: dict[PartyId, str] = {}
        self._attempts: dict[CallId, Attempt] = {}
        self._here: dict[CallId, CallBackId] = {}  # they called meanwhile, and wait
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
        self.rules.limits.follow(recorded)
        match recorded.event:
            case CallQueued(call, queue=queue):
                self._customer_waits(call, queue)
            case QueueAnswered(call, queue=queue):
                self._customer_served(call, queue)
            case NumberBarred():
                self._look_soon()
            case CallEnded(call):
                self._here.pop(call, None)
        if isinstance(recorded.event, CallBackLeft | CallEnded) and self.book.open:
            self._look_later()

    def find(self, call: CallId) -> Attempt | None:
        return self._attempts.get(call)

    def request(
        self,
        call: CallId,
        request: QueueRequest,
        number: str,
        waited_s: float,
        first: str,
        variables: Mapping[str, Any],
    ) -> CallBackOutcome:
        """A caller wants to be called under `number` instead of waiting. Whoever calls them knows
        the `variables`, and need not ask again."""
        queue, customer = QueueName(request.queue), self.rules.customer(number)
        if self.rules.route(number) is None or not self._services.opening.knows(queue):
            return CallBackOutcome.REFUSED
        if self.book.of_customer(customer, queue) is not None:
            return CallBackOutcome.DUPLICATE
        if not self._may_promise(number, customer):
            return CallBackOutcome.REFUSED
        party = self._parties.party(number)
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
                customer=customer,
                variables=dict(variables),
            )
        )
        self._look_soon()
        return CallBackOutcome.ACCEPTED

    def number(self, party: PartyId) -> str:
        """Under which a customer is called; empty if nobody knows it any more."""
        return self._numbers.get(party, "")

    def cancel(self, wanted: CallBackId) -> None:
        """Nothing comes of it any more. Raises Refused."""
        one = self.book.open.get(wanted)
        if one is None:
            raise Refused(f"there is no call-back {wanted}")
        self._end(one, CallBackEnd.CANCELLED)

    def age_s(self, call: CallId, queue: QueueName) -> float:
        """How long who calls now has waited for a call-back about this queue; 0 if for none."""
        one = self._of_caller(call, queue)
        return 0.0 if one is None else max(0.0, self._services.utc() - one.since)

    def _may_promise(self, number: str, customer: PartyId) -> bool:
        theirs, utc = self.book.all_of(customer), self._services.utc()
        return (
            len(self.book.open) < self._settings.most
            and len(theirs) < self._settings.most_per_customer
            and self.rules.may_ask(customer, utc)
            and not self.rules.is_barred(number)
        )

    # Customers who call meanwhile

    def _of_caller(self, call: CallId, queue: QueueName) -> OpenCallBack | None:
        """What they wait for, unless this call is what comes of it."""
        customer = self.rules.customer(self._number_of(call)) if self.book.open else PartyId("")
        one = self.book.of_customer(customer, queue)
        return None if one is None or one.call == call else one

    def _customer_waits(self, call: CallId, queue: QueueName) -> None:
        """They have their place on the line: nobody is to call them for it."""
        one = self._of_caller(call, queue)
        if one is not None:
            self._here[call] = one.id
            self._give_up_place(one, "on_the_line")

    def _customer_served(self, call: CallId, queue: QueueName) -> None:
        one = self._of_caller(call, queue)
        if one is not None:
            self._end(one, CallBackEnd.SERVED)

    # Whose turn it is

    def _look(self) -> None:
        """Queue those that are due; leave in peace whom nobody may call now, or any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        utc, queued = self._services.utc(), 0
        quiet, here = self.rules.is_quiet(utc), set(self._here.values())
        for one in list(self.book.open.values()):
            if self._is_ringing(one):
                continue
            ending = self._too_late(one, utc)
            if ending is not None:
                self._end(one, ending)
            elif quiet:
                self._give_up_place(one, "quiet_hours")
            elif one.entry is None and one.id not in here and self._is_due(one, utc):
                queued += self._take_place(one, utc)
                if queued == AT_ONCE:
                    break
        if self.book.open:
            self._look_later(SOON_S if queued == AT_ONCE else LOOK_S)

    def _look_later(self, seconds: float = LOOK_S) -> None:
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look_soon(self) -> None:
        """As soon as what happens now is over."""
        asyncio.get_running_loop().call_soon(self._look)

    def _is_ringing(self, one: OpenCallBack) -> bool:
        """Whether the customer's phone rings: that goes on to its own end."""
        attempt = self._attempts.get(one.call) if one.call is not None else None
        return attempt is not None and attempt.is_fetching

    def _is_due(self, one: OpenCallBack, utc: float) -> bool:
        return one.left_at is None or utc >= one.left_at + self._settings.retry_s

    def _too_late(self, one: OpenCallBack, utc: float) -> CallBackEnd | None:
        if one.attempts >= self._settings.attempts:
            return CallBackEnd.EXHAUSTED
        if utc >= one.requested_at + self._settings.expires_s:
            return CallBackEnd.EXPIRED
        if one.customer in self.rules.limits.barred:
            return CallBackEnd.BARRED
        return None

    def _take_place(self, one: OpenCallBack, utc: float) -> bool:
        """False when nobody may be called there any more."""
        number = self.number(one.party)
        if self.rules.route(number) is None:  # erased, or not allowed now
            self._end(one, CallBackEnd.CANCELLED)
            return False
        if self.rules.is_barred(number):  # by a new file
            self._end(one, CallBackEnd.BARRED)
            return False
        self._queue(one, one.queue, utc)
        return True

    def _end(self, one: OpenCallBack, ending: CallBackEnd) -> None:
        self._give_up_place(one, ending.value)
        self._services.feed.append(CallBackEnded(one.id, one.queue, ending))

    def _give_up_place(self, one: OpenCallBack, reason: str) -> None:
        attempt = self._attempts.get(one.call) if one.call is not None else None
        if attempt is None:
            return
        attempt.stop_fetching()
        self._left(attempt, reason, None, False)

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
        number = self.number(one.party)
        return Attempt(
            self._services,
            one,
            call,
            number,
            route=lambda: self.rules.route(number),
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
        one = attempt.wanted
        if self._attempts.pop(attempt.call, None) is None or one.entry is None:
            return
        self._services.feed.append(
            CallBackLeft(one.id, attempt.call, one.entry, one.queue, reason, attempted)
        )
        if to is not None:
            self._queue(one, to, self._services.utc())
