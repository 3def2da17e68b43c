"""Who may pass whom on to where: REFER of the parties in our calls, RFC 3515.

What is decided here at once is carried out by the call's own task: `calls.stories.transfer`.
"""

from functools import partial
from typing import Final

import structlog

from calls.call import Call
from calls.conversation import Passing
from calls.leg import Leg
from calls.numbers import Forbidden, Route
from calls.parties import Parties
from calls.services import Services
from calls.stories import transfer
from events.calls import Side
from events.ids import PhoneId
from sip.dialogs.leg_events import Referred
from sip.uri import parse_uri

_log = structlog.get_logger(__name__)

_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404

_TARGETS: Final = ("phone", "trunk", "queue", "flow")


class Transfers:
    """One per process."""

    def __init__(self, services: Services, parties: Parties) -> None:
        self._services = services
        self._parties = parties

    def referred(self, call: Call, leg: Leg, refer: Referred) -> None:
        """A party of the call wants to pass the other one on."""
        talk = call.conversation
        if talk is None or talk.is_passing or leg not in (call.leg, talk.other):
            leg.decline_refer()
            return
        route = self._route(leg, refer)
        if not isinstance(route, Route):
            _log.info("refer_refused", leg=leg.name, status=route)
            leg.sip.refuse_refer(route)
            return
        leg.sip.accept_refer()
        by = Side.CALLER if leg is call.leg else Side.AGENT
        if by is Side.CALLER:
            call.exchange_sides(self._parties.party(talk.other.number))
        assert call.conversation is not None
        passing = Passing(route.kind, route.target, by)
        call.conversation.pass_to(passing, partial(transfer.carry_out, call, route))
        call.checkpoint()  # with what the peer waits to be told

    def _route(self, leg: Leg, refer: Referred) -> Route | int:
        """Where the target leads, for those who may dial it; or the status of a refusal."""
        if refer.replaces:
            return _FORBIDDEN
        number = parse_uri(refer.target).user
        route = self._services.plan.route(number, caller_class=self._class_of(leg))
        if isinstance(route, Forbidden):
            return _FORBIDDEN
        if not isinstance(route, Route):
            return _NOT_FOUND
        return route if route.kind in _TARGETS else _FORBIDDEN

    def _class_of(self, leg: Leg) -> str:
        """Of numbers that the party may dial: who may not call there may send nobody there."""
        kind, name = leg.line
        return self._services.desk.permissions(PhoneId(name)) if kind == "phone" else name
