"""The centre: admits calls, gives each its story, and keeps track of them until they are over."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from acd.effects import RingAgent
from calls import arrival, callbacks, desk, kept_places
from calls.arrival import Arrival
from calls.call import Call, Story
from calls.callbacks import CallBacks
from calls.conversation_codes import ConversationCodes
from calls.escalation import Escalations
from calls.faces import Media, SipLeg
from calls.greeting import sounds_of
from calls.leg import BROKEN, Leg
from calls.lines import Lines
from calls.numbers import Destination, Forbidden, Incomplete, Route, Unknown
from calls.offers import Offers, QueuedCall
from calls.parties import Parties
from calls.protections import Protections
from calls.secure_entries import SecureEntries
from calls.services import Services
from calls.settings import PhoneSettings
from calls.state import CallState
from calls.state import arrived as first_state
from calls.stories import dial, feature, flow, queue
from calls.transfers import Transfers
from calls.trunks import Trunks
from calls.voicemail import book
from events.agents import AgentEngaged
from events.audience import Audience
from events.calls import CallArrived, CallEnded, CallRouted, Outcome, Side
from events.event import Recorded
from events.ids import CallId, PhoneId
from media.errors import NoPorts, NotAcceptable
from media.events import MediaEvent
from media.protection import Protection
from media.sounds import Sound
from sip.errors import MalformedMessage
from sip.headers.replaces import Replaces
from sip.message import Headers

_log = structlog.get_logger(__name__)

STORIES: Final[Mapping[str, Story]] = {
    "flow": flow.tell,
    "queue": queue.tell,
    "phone": dial.tell,
    "trunk": dial.tell,
    "feature": feature.tell,
}

_NO_CALL: Final = CallId("")

_RETRY_AFTER: Final[Headers] = (("Retry-After", "5"),)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an INVITE gets no call, with the SIP status that says so."""

    status: int
    cause: str
    headers: Headers = ()


class Centre:
    """One per process. Owns the calls; everything else is asked for it."""

    def __init__(
        self,
        services: Services,
        media: Media,
        trunks: Trunks,
        lines: Lines,
        phones: Mapping[PhoneId, PhoneSettings],
        parties: Parties,
    ) -> None:
        self.services = services
        self.calls: dict[CallId, Call] = {}
        self.draining = False
        self._started = False
        self._media = media
        self._trunks = trunks
        self._lines = lines
        self._phones = phones
        self._protections = Protections(phones, trunks.settings)
        self._parties = parties
        self.offers = Offers(
            services.dialler,
            services.feed.append,
            self._queued_call,
            services.presentation,
            provisional_s=services.settings.provisional_s,
            phones=phones,
            speak=self._greeting,
        )

        self.escalations = Escalations(services, self.calls)
        self.secure_entries = SecureEntries(services, self.calls)
        self._codes = ConversationCodes(
            {
                services.settings.escalation_code: self.escalations.escalate,
                services.settings.secure_entry.code: self.secure_entries.switch,
            }
        )
        self.callbacks = CallBacks(services, parties, self.add, self.over, self._number_of)
        self._transfers = Transfers(services, parties, self.calls, phones, self.offers)
        self._followers = self._who_follows()

    def start(self) -> None:
        """Begin to obey the distributor; phones that never register are there from now on.

        What calls left behind by an earlier process need comes first: `calls.resumption`.
        """
        self._started = True
        self.services.feed.start(self.offers, self._follow)
        for name, phone in self._phones.items():
            if phone.contact is not None or phone.number is not None:
                self.services.desk.phone_reached(name)
        self.services.opening.start()
        self.services.schedules.start()
        self.services.voicemail.start()
        self.callbacks.start()

    async def stop(self) -> None:
        """End every call with BYE, and wait until each has told its end."""
        self.draining = True
        self.services.opening.stop()
        self.services.schedules.stop()
        self.services.voicemail.stop()
        self.callbacks.stop()
        calls = list(self.calls.values())
        for call in calls:
            call.drop("stopping", 503)
        for call in calls:
            await call.telling.over()
        await self.services.recordings.all_told(self.services.settings.hang_up_s)
        self.services.feed.stop()

    # Arrivals

    def on_call(self, sip: SipLeg) -> None:
        """An INVITE was admitted: refuse it, or give it a story."""
        if not self._started:
            sip.reject(503, headers=_RETRY_AFTER)
            return
        began_at = self.services.clock()
        try:
            who = arrival.read(sip, self._phones, self._trunks.settings)
            replaces = arrival.taken_over(sip)
        except MalformedMessage as error:
            _log.info("invite_refused", problem=str(error))
            sip.reject(error.status)
            return
        if replaces is not None:
            self._take_over(sip, who, replaces)
            return
        call_id = CallId(secrets.token_hex(8))
        route = self.services.plan.route(who.dialled, caller_class=who.permissions)
        state = self._told_of(call_id, who, route, sip)
        try:
            answer = self._admit(who, route) or self._answerable(f"{call_id}-0", who, sip)
            if not isinstance(answer, Refusal):
                self._begin(state, answer, who, began_at)
                return
        except Exception:  # our own broken promise costs this call, and its story is told
            _log.exception("call_failed", call=call_id)
            if (begun := self.calls.pop(call_id, None)) is not None:
                begun.leg.close()
            answer = Refusal(500, BROKEN)
        self._refuse(state, sip, answer)

    def _told_of(self, call: CallId, who: Arrival, route: Destination, sip: SipLeg) -> CallState:
        """Log the arrival; the first state of the call."""
        kind = route.kind if isinstance(route, Route) else ""
        arrived = CallArrived(
            call,
            direction=arrival.direction_of(who, kind),
            caller=self._parties.party(who.number, who.name),
            dialled=who.dialled,
            sip_call_id=sip.call_id,
            trunk=who.trunk,
            phone=who.phone,
            agent=self.services.desk.agent_at(who.phone) if who.phone else None,
        )
        self.services.feed.append(arrived)
        state = first_state(arrived)
        if not isinstance(route, Route):
            return state
        self.services.feed.append(CallRouted(call, kind, route.target, route.number))
        return state.routed(kind, route.target, route.number)

    def _take_over(self, sip: SipLeg, who: Arrival, replaces: Replaces) -> None:
        """An INVITE that begins no call, but takes a place in one."""
        place = self._transfers.place_for(who, replaces)
        if isinstance(place, int):
            sip.reject(place)
            return
        assert place.call is not None
        leg = self._answerable(place.call.next_leg(), who, sip)
        if isinstance(leg, Refusal):
            sip.reject(leg.status, headers=leg.headers)
            return
        leg.number = who.number
        self._lines.occupy(leg, *who.line)
        leg.join(sip, place.call)
        leg.answer()
        self._transfers.take(place, leg, who)

    def _admit(self, who: Arrival, route: Destination) -> Refusal | None:
        urgent = self.services.plan.is_emergency(who.dialled)
        full = len(self.calls) >= self.services.settings.max_calls
        if self.draining or (full and not urgent):
            return Refusal(503, "full", _RETRY_AFTER)
        if isinstance(route, Unknown) or _is_missing_phone(route, self._phones):
            return Refusal(404, "not_found")
        if isinstance(route, Incomplete):
            return Refusal(484, "incomplete")
        if isinstance(route, Forbidden):
            return Refusal(403, "forbidden")
        if who.trunk is not None and self._trunks.is_full(who.trunk):
            return Refusal(486, "trunk_full")
        return None

    def _answerable(self, name: str, who: Arrival, sip: SipLeg) -> Leg | Refusal:
        """Open the caller's sound and read the offer now, so that 488 comes before any ringing."""
        latch = self._trunks.settings[who.trunk].latch if who.trunk else None
        try:
            leg = Leg(name, self._opener(sip, latch, self._protection(who, sip)))
        except NoPorts:
            return Refusal(503, "no_ports", _RETRY_AFTER)
        leg.sip = sip
        try:
            leg.read_offer()
        except NotAcceptable as error:
            leg.close()
            return Refusal(error.status, "not_acceptable")
        except Exception:
            leg.close()
            raise
        return leg

    def _protection(self, who: Arrival, sip: SipLeg) -> Protection:
        transport = sip.source.transport
        if who.trunk is not None:
            return self._protections.trunk(who.trunk, transport)
        return self._protections.phone(who.phone, transport)

    def _opener(self, sip: SipLeg, latch: str | None, protection: Protection) -> Callable[..., Any]:
        host, local = sip.source.host, sip.local_address

        def open_media(heard: Callable[[MediaEvent], None]) -> Any:
            return self._media.open(
                signalling_host=host,
                latch=latch,
                local_address=local,
                protection=protection,
                offers_noise=True,
                on_event=heard,
            )

        return open_media

    def _refuse(self, state: CallState, sip: SipLeg, refusal: Refusal) -> None:
        sip.reject(refusal.status, headers=refusal.headers)
        self.services.feed.append(
            CallEnded(
                state.call,
                state.direction,
                Outcome.REJECTED,
                Side.SYSTEM,
                refusal.cause,
                refusal.status,
                state.trunk,
            )
        )

    def _begin(self, state: CallState, leg: Leg, who: Arrival, began_at: float) -> None:
        call = Call(
            self.services,
            state,
            leg,
            number=who.number,
            name=who.name,
            diversions=who.diversions,
            began_at=began_at,
            on_over=self.over,
        )
        self.add(call)
        if state.engages_caller:
            assert state.agent is not None
            self.services.feed.append(AgentEngaged(state.agent, call.id))
        call.begin(STORIES[state.route_kind])

    def add(self, call: Call) -> None:
        """Take a call that has its legs; its story begins next."""
        state = call.state
        if state.phone is not None:
            self._lines.occupy(call.leg, "phone", state.phone)
        elif state.trunk is not None:
            self._lines.occupy(call.leg, "trunk", state.trunk)
        call.leg.join(call.leg.sip, call)
        call.stories, call.on_refer = STORIES, self._transfers.referred
        call.on_agent_key, call.agent_codes = self._codes.key, self._codes.names
        call.request_callback = partial(self.callbacks.request, call.id)
        call.callback_age_s = partial(self.callbacks.age_s, call.id)
        call.leg.number = call.number
        self.calls[call.id] = call

    # Calls in progress

    def knows(self, call: CallId) -> bool:
        """Whether somebody answers for this call: its story, or a call-back that waits."""
        return self._queued_call(call) is not None

    def _number_of(self, call: CallId) -> str:
        """Who calls."""
        known = self.calls.get(call)
        return "" if known is None else known.number

    def _greeting(self, ring: RingAgent, key: str | None) -> Sequence[Sound]:
        """What who picks up hears before the caller."""
        call, services = self.calls.get(ring.call), self.services
        escalated = call is not None and bool(call.state.spoke)
        tongue = services.default_language
        return sounds_of(ring, key, services.sounds, tongue, escalated=escalated)

    def _queued_call(self, call: CallId) -> QueuedCall | None:
        return self.calls.get(call) or self.callbacks.find(call)

    def _who_follows(self) -> Audience:
        services, audience = self.services, Audience()
        audience.join(lambda recorded: services.desk.follow(recorded.event), *desk.FOLLOWED)
        audience.join(self.callbacks.follow, *callbacks.FOLLOWED)
        audience.join(services.places.follow, *kept_places.FOLLOWED)
        audience.join(services.voicemail.follow, *book.FOLLOWED)
        return audience

    def _follow(self, recorded: Recorded) -> None:
        for follow in self._followers.of(recorded.event):
            follow(recorded)
        call = self.calls.get(getattr(recorded.event, "call", _NO_CALL))
        if call is None:
            return
        try:
            call.follow(recorded)
        except Exception:
            _log.exception("call_failed", call=call.id)
            call.fail()

    def over(self, call_id: CallId) -> None:
        """A call has told its end."""
        del self.calls[call_id]


def _is_missing_phone(route: object, phones: Mapping[PhoneId, PhoneSettings]) -> bool:
    return isinstance(route, Route) and route.kind == "phone" and route.target not in phones
