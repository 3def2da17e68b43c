"""Who may pass whom on to where, and take whose place: REFER and Replaces, RFC 3515 and 3891.

What takes time is carried out by the call's own task (`calls.stories.transfer`); who changes
places at once does it here, in the turn that brought the wish.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from acd.effects import RingAgent
from calls import places
from calls.arrival import Arrival, line_of
from calls.call import Call
from calls.conversation import Passing
from calls.leg import Leg
from calls.numbers import Forbidden, Route
from calls.offers import Offers
from calls.parties import Parties
from calls.places import Newcomer
from calls.referral import Referral
from calls.services import Services
from calls.settings import PhoneSettings
from calls.stories import transfer
from events.agents import AgentReleased, AgentState
from events.calls import Side
from events.ids import AgentId, CallId, PhoneId
from sip.dialogs.leg_events import Referred
from sip.errors import MalformedMessage
from sip.headers.name_addr import parse_name_addr
from sip.headers.replaces import Replaces, parse_replaces
from sip.uri import parse_uri

_log = structlog.get_logger(__name__)

_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_NO_SUCH_DIALOG: Final = 481
_BUSY_HERE: Final = 486

_TARGETS: Final = ("phone", "trunk", "queue", "flow")
_DIALLED: Final = ("phone", "trunk")

_ON_A_CALL: Final = frozenset({AgentState.TALKING, AgentState.BUSY})

PICKED_UP: Final = "picked_up"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leg is in a call; `offer` is what rings, if it is an agent's phone that rings.

    `call` is None for what rings for a customer who is not on the line yet.
    """

    call: Call | None
    leg: Leg
    offer: RingAgent | None = None


class Transfers:
    """One per process."""

    def __init__(
        self,
        services: Services,
        parties: Parties,
        calls: Mapping[CallId, Call],
        phones: Mapping[PhoneId, PhoneSettings],
        offers: Offers,
    ) -> None:
        self._services = services
        self._parties = parties
        self._calls = calls
        self._phones = phones
        self._offers = offers

    # REFER

    def referred(self, call: Call, leg: Leg, refer: Referred) -> None:
        """A party of the call wants to pass the other one on."""
        if refer.referrer is not None and line_of(refer.referrer) != leg.line:
            self._refuse(
                leg, _NO_SUCH_DIALOG
            )  # as if there were none: call ids are not to be tried
            return
        talk = call.conversation
        if talk is None or talk.is_passing or leg not in (call.leg, talk.other):
            leg.decline_refer()
            return
        try:
            replaces = parse_replaces(refer.replaces) if refer.replaces else None
            if refer.referred_by:
                parse_name_addr(refer.referred_by, "Referred-By")
        except MalformedMessage as error:
            leg.sip.refuse_refer(error.status)
            return
        place = self._place_of(replaces) if replaces else None
        if place is not None:
            self._join(call, leg, place)
        else:
            self._pass_on(call, leg, refer)

    def _pass_on(self, call: Call, leg: Leg, refer: Referred) -> None:
        """To a number, or to somebody whose dialog is with another exchange."""
        route = self._route(leg, refer)
        if not isinstance(route, Route):
            self._refuse(leg, route)
            return
        by = self._accept(call, leg)
        assert call.conversation is not None
        referral = Referral(refer.replaces, refer.referred_by)
        work = partial(transfer.carry_out, call, route, referral)
        passing = Passing(route.kind, route.target, by, route.number)
        call.conversation.pass_to(passing, work)
        call.checkpoint()  # with what the peer waits to be told

    def _join(self, call: Call, leg: Leg, place: Place) -> None:
        """Attended: who asks speaks in two calls, and lets both others speak with each other."""
        into = place.call
        if place.offer is not None or place.leg.line != leg.line or into in (None, call):
            self._refuse(leg, _FORBIDDEN)
            return
        talk = into.conversation
        if talk is not None and talk.is_passing:
            leg.decline_refer()
            return
        if place.leg is not into.leg and (talk is None or place.leg is not talk.other):
            self._refuse(leg, _NOT_FOUND)  # it only rings; 481 would end the dialog that asks
            return
        by = self._accept(call, leg)
        assert call.conversation is not None
        state, other = into.state, place.leg
        if other is into.leg:
            call.conversation.pass_to(Passing(state.route_kind, state.route_target, by))
        else:
            call.conversation.pass_to(Passing(*into.leg.line, by))
        if other is into.leg and state.engages_caller and state.agent is not None:
            into.happened(AgentReleased(state.agent, into.id))  # else they would not wrap up
        agent = call.state.agent if call.state.engages_caller else None
        call.conversation.hand_over()
        party = call.state.caller
        basis = call.state.recording.basis
        newcomer = Newcomer(places.leave(call), party, call.name, agent, call.id, basis)
        if other is into.leg:
            places.replace_caller(into, newcomer, places.TRANSFERRED)
        else:
            assert talk is not None
            talk.pass_to(Passing(*newcomer.leg.line, Side.AGENT))
            places.replace_other(into, newcomer.leg, agent)
        into.tell_both()

    def _accept(self, call: Call, leg: Leg) -> Side:
        """Which side asks; afterwards it is the conversation's other side."""
        leg.sip.accept_refer()
        if leg is not call.leg:
            return Side.AGENT
        assert call.conversation is not None
        places.exchange(call, self._parties.party(call.conversation.other.number))
        return Side.CALLER

    def _refuse(self, leg: Leg, status: int) -> None:
        _log.info("refer_refused", leg=leg.name, status=status)
        leg.sip.refuse_refer(status)

    def _route(self, leg: Leg, refer: Referred) -> Route | int:
        """Where the target leads, for those who may dial it; or the status of a refusal."""
        number = parse_uri(refer.target).user
        route = self._services.plan.route(number, caller_class=self._class_of(leg))
        if isinstance(route, Forbidden):
            return _FORBIDDEN
        if not isinstance(route, Route):
            return _NOT_FOUND
        if refer.replaces and route.kind not in _DIALLED:
            return _NOT_FOUND
        return route if route.kind in _TARGETS else _FORBIDDEN

    def _class_of(self, leg: Leg) -> str:
        """Of numbers that the party may dial: who may not call there may send nobody there."""
        kind, name = leg.line
        return self._services.desk.permissions(PhoneId(name)) if kind == "phone" else name

    # INVITE with Replaces

    def place_for(self, who: Arrival, replaces: Replaces) -> Place | int:
        """The place that a caller may take, RFC 3891 §3; or the status of a refusal."""
        place = self._place_of(replaces)
        if place is None:
            return _NO_SUCH_DIALOG
        if place.call is None or not self._may_take(who, place.leg):
            return _FORBIDDEN
        if place.offer is not None:
            return self._offered_place(who, place, place.offer, early_only=replaces.early_only)
        rings = place.call.ringing is not None and place.leg is place.call.ringing.leg
        if not place.leg.answered and not rings:
            return _NO_SUCH_DIALOG  # an early dialog that we did not begin
        if place.leg.answered and replaces.early_only:
            return _BUSY_HERE
        talk = place.call.conversation
        if talk is not None and talk.is_passing:
            return _BUSY_HERE
        return place

    def _offered_place(
        self, who: Arrival, place: Place, ring: RingAgent, *, early_only: bool
    ) -> Place | int:
        """Of a queue's caller: they go to an agent who is free to talk, and to nobody else."""
        assert place.call is not None
        agent = self._services.desk.agent_at(who.phone) if who.phone else None
        if agent is None:
            return _FORBIDDEN
        if place.leg.answered:  # the agent there hears whom they get
            return _BUSY_HERE if early_only else _FORBIDDEN
        waiting = place.call.waiting
        if waiting is None or waiting.entry != ring.entry:
            return _NO_SUCH_DIALOG
        return _BUSY_HERE if self._is_on_a_call(agent) else place

    def _is_on_a_call(self, agent: AgentId) -> bool:
        views = self._services.feed.distributor.agents()
        return any(view.id == agent and view.state in _ON_A_CALL for view in views)

    def take(self, place: Place, leg: Leg, who: Arrival) -> None:
        """The caller's leg, answered just now, is in that place from now on."""
        call, old = place.call, place.leg
        assert call is not None
        agent = self._services.desk.agent_at(who.phone) if who.phone else None
        if place.offer is not None:
            assert agent is not None
            places.tell_joined(call, leg, agent)
            self._offers.pick_up(place.offer, agent, leg)
        elif old is call.leg:
            party = self._parties.party(who.number, who.name)
            places.replace_caller(call, Newcomer(leg, party, who.name, agent), PICKED_UP)
        elif call.ringing is not None and old is call.ringing.leg:
            places.tell_joined(call, leg, agent)
            call.ringing.pick_up(leg)
        else:
            assert call.conversation is not None
            call.conversation.pass_to(Passing(*leg.line, Side.AGENT))
            places.replace_other(call, leg, agent)
        call.tell_both()

    def _may_take(self, who: Arrival, leg: Leg) -> bool:
        """One's own calls always; those of other phones as far as one's settings say."""
        kind, name = leg.line
        if kind == "trunk" or who.phone is None:
            return (kind, name) == ("trunk", who.trunk)
        if name == who.phone:
            return True
        owner = self._phones.get(PhoneId(name))
        return owner is not None and owner.permissions in self._phones[who.phone].picks_up

    # Both

    def _place_of(self, replaces: Replaces) -> Place | None:
        """Some name the dialog as the phone that they watch knows it, RFC 4235, not as we do."""
        return self._place_named(replaces) or self._place_named(replaces.turned)

    def _place_named(self, replaces: Replaces) -> Place | None:
        for call in self._calls.values():
            for leg in _legs_of(call):
                if leg.sip.is_named_by(replaces):
                    return Place(call, leg)
        for ring, leg in self._offers.ringing():
            if leg.sip.is_named_by(replaces):
                return Place(self._calls.get(ring.call), leg, ring)
        return None


def _legs_of(call: Call) -> Iterator[Leg]:
    yield call.leg
    if call.conversation is not None:
        yield call.conversation.other
    if call.ringing is not None:
        yield call.ringing.leg
