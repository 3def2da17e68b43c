"""Who may be called back, where and when: by permissions, limits, lists and hours."""

from collections.abc import Callable
from typing import Final

from calls.callback_limits import CallBackLimits
from calls.do_not_call import DoNotCall
from calls.e164 import e164
from calls.numbers import NumberingPlan, Route
from calls.opening import Calendar
from calls.opening_settings import CallBackSettings
from calls.parties import Parties
from calls.problems import Refused
from events.callbacks import NumberAllowed, NumberBarred
from events.event import Event
from events.ids import PartyId

SHORTEST: Final = 2
LONGEST: Final = 15
"""Digits of a number, E.164."""


class CallBackRules:
    """One per process; `limits` follows the log."""

    def __init__(
        self,
        settings: CallBackSettings,
        plan: NumberingPlan,
        parties: Parties,
        listed: DoNotCall,
        append: Callable[[Event], None],
    ) -> None:
        self.limits = CallBackLimits()
        self._settings = settings
        self._plan = plan
        self._parties = parties
        self._listed = listed
        self._append = append
        self._calendar = Calendar(settings.hours) if settings.hours else None

    def route(self, number: str) -> Route | None:
        """Where the customer is called, if that number may be called at all."""
        settings = self._settings
        if not number.isdigit() or not settings.permissions:
            return None
        dialled = settings.prefix + number
        route = self._plan.route(dialled, caller_class=settings.permissions)
        return route if isinstance(route, Route) and route.kind in ("phone", "trunk") else None

    def customer(self, number: str) -> PartyId:
        """Surrogate of a number, however it is spelled; none for who withholds it."""
        spelled = e164(number, self._settings)
        return self._parties.surrogate(spelled) if spelled else PartyId("")

    def may_ask(self, customer: PartyId, utc: float) -> bool:
        """Whether they were promised fewer call-backs today than anybody may be."""
        return self.limits.asked_within_a_day(customer, utc) < self._settings.most_per_day

    def is_quiet(self, utc: float) -> bool:
        """Whether customers are to be left in peace."""
        return self._calendar is not None and self._calendar.closed(utc) is not None

    # Do not call

    def is_barred(self, number: str) -> bool:
        """By the file or by `bar`."""
        return e164(number, self._settings) in self._listed or self.was_barred(number)

    def was_barred(self, number: str) -> bool:
        return self.customer(number) in self.limits.barred

    def bar(self, number: str, by: str) -> None:
        """Never call it back from now on, restarts included. Raises Refused."""
        self._require(number)
        if not self.was_barred(number):
            self._append(NumberBarred(self.customer(number), by))

    def allow(self, number: str, by: str) -> None:
        """Lift what `bar` did; the file still counts. Raises Refused."""
        self._require(number)
        if not self.was_barred(number):
            raise Refused("this number was not barred by anybody")
        self._append(NumberAllowed(self.customer(number), by))

    def _require(self, number: str) -> None:
        if not SHORTEST <= len(e164(number, self._settings)) <= LONGEST:
            raise Refused("this is no telephone number")
