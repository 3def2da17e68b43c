"""Calls that outlive the process: each starts its story again where its record says it was.

`start_again` does the whole, and is how every start goes: at the first one the past is empty.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

import structlog

from acd.model import Place, WaitingView
from calls.call import Call
from calls.centre import STORIES, Centre
from calls.conversation import tell_bridge_lost
from calls.faces import Media, SipLeg
from calls.lamps import Lamps
from calls.leg import Leg
from calls.lines import Lines
from calls.open_calls import Record, records_of
from calls.past import Kept, Past, Replayed
from calls.state import CallState
from calls.waiting import Waiting
from events.agents import AgentReleased, AgentState, PhoneLost
from events.calls import (
    CallEnded,
    CallRouted,
    LegEnded,
    Outcome,
    Side,
)
from events.ids import CallId, OfferId
from events.queues import BridgeFailed, CallFlowedOut, OfferFailed, OfferOutcome
from media.errors import MediaError
from sip.address import Target
from sip.errors import SipError
from sip.redirection import read_diversions

_log = structlog.get_logger(__name__)

RESTART: Final = "restart"
"""Cause and reason of whatever ended only because the process did."""

_INTERRUPTED: Final = 503

_ON_A_CALL: Final = (AgentState.TALKING, AgentState.BUSY)

_UNUSABLE: Final = (SipError, MediaError, KeyError, TypeError, ValueError)
"""What a snapshot may raise that another version wrote, or whose port is taken."""


class Whereabouts(Protocol):
    """`sip.location.Location`."""

    def target(self, user: str, now: float) -> Target | None: ...
    def snapshot(self, now: float) -> list[dict[str, Any]]: ...


class Watchers(Protocol):
    """`sip.edges.subscriptions.Subscriptions`."""

    def snapshot(self, now: float) -> list[dict[str, Any]]: ...


class Dialogs(Protocol):
    """`sip.edges.user_agent.UserAgent`."""

    @property
    def location(self) -> Whereabouts: ...
    @property
    def subscriptions(self) -> Watchers: ...

    def restore_leg(self, data: Mapping[str, Any]) -> SipLeg: ...


def bindings_of(past: Past, replayed: Replayed) -> list[Mapping[str, Any]]:
    """The registrations that still hold, for `sip.location.Location.restore` before SIP starts.

    A connection went with the process; whoever registered over one registers again.
    """
    bindings = past.kept.bindings if past.kept else ()
    reachable = set(replayed.desk["reachable"])
    return [
        binding
        for binding in bindings
        if binding["user"] in reachable and binding["source"][0] == "UDP"
    ]


def keep(
    centre: Centre, dialogs: Dialogs, lamps: Lamps, *, seq: int, utc: float, steady: float
) -> dict[str, Any]:
    """A snapshot for the store, from which `start_again` needs only the events after `seq`.

    Not while an effect is performed: from a timer, say.
    """
    services = centre.services
    return Kept(
        seq,
        utc,
        steady,
        services.feed.distributor.snapshot(),
        services.desk.snapshot(),
        dialogs.location.snapshot(steady),
        dialogs.subscriptions.snapshot(steady),
        lamps.mailboxes.snapshot(),
        callbacks=centre.callbacks.book.snapshot(),
        places=services.places.snapshot(),
        voicemail=centre.services.voicemail.book.snapshot(),
        callback_limits=centre.callbacks.rules.limits.snapshot(),
    ).to_json()


def start_again(
    centre: Centre,
    past: Past,
    replayed: Replayed,
    *,
    dialogs: Dialogs,
    media: Media,
    lines: Lines,
) -> int:
    """Start the centre and go on with every call that can be; how many those are.

    The centre's distributor is `replayed.distributor`; `dialogs` listens already, and in the same
    turn of the loop nothing has come in yet.
    """
    return _Resumption(centre, past, replayed, dialogs, media, lines).run()


class _Resumption:
    def __init__(
        self,
        centre: Centre,
        past: Past,
        replayed: Replayed,
        dialogs: Dialogs,
        media: Media,
        lines: Lines,
    ) -> None:
        self._centre = centre
        self._services = centre.services
        self._past = past
        self._replayed = replayed
        self._dialogs = dialogs
        self._media = media
        self._lines = lines
        self._others: dict[CallId, Leg] = {}
        self._rang: set[str] = set()  # legs of the process that ended

    def run(self) -> int:
        """Nothing is decided before every call is there, nor told before the centre runs."""
        self._services.desk.restore(self._replayed.desk)
        self._services.places.restore(self._replayed.places)
        self._centre.callbacks.rules.limits.restore(self._replayed.callback_limits)
        self._centre.callbacks.restore(self._replayed.callbacks, self._past.parties)
        self._services.voicemail.restore(self._replayed.voicemail)
        records = records_of(self._past.log_of_calls)
        self._rang = {leg for record in records.values() for leg in record.state.open_legs}
        calls = {call: self._revived(record) for call, record in records.items()}
        self._centre.start()
        for call_id, record in records.items():
            if calls[call_id] is None:
                self._tell_end(record.state)
        self._tell_phones_lost()
        rang = {offer for waiting in self._waiting() for offer in waiting.offers}
        self._services.feed.configure(
            self._replayed.configuration.queues, self._replayed.configuration.agents
        )
        self._withdraw_offers(rang)
        resumed = [call for call in calls.values() if call is not None]
        for call in resumed:
            self._go_on(call)
        for effect in self._replayed.leaving:
            self._centre.offers.perform(effect, self._services.clock())
        self._release_from_unknown_calls()
        return len(resumed)

    # Calls

    def _revived(self, record: Record) -> Call | None:
        """The call with its legs, or None: then whoever is still there is told good-bye."""
        if record.caller is None:
            return None
        try:
            leg = self._leg(record.caller)
        except _UNUSABLE as error:
            _log.warning("call_not_resumed", call=record.state.call, problem=str(error))
            self._say_good_bye(record.caller)
            self._say_good_bye(record.other)
            return None
        call = self._call(record, leg)
        other = self._other_leg(record)
        if record.state.bridge is not None and other is None and not _can_wait(record.state):
            leg.hang_up(RESTART)
            return None
        self._centre.add(call)
        if other is not None:
            self._others[call.id] = other
        return call

    def _call(self, record: Record, leg: Leg) -> Call:
        services, state = self._services, record.state
        number, name = self._past.parties.get(state.caller, ("", ""))
        call = Call(
            services,
            state,
            leg,
            number=number,
            name=name,
            began_at=services.clock(),
            arrived_at=record.arrived_at,
            on_over=self._centre.over,
            diversions=read_diversions(leg.sip.invite) if leg.name == f"{state.call}-0" else (),
        )
        call.resumed = True
        call.language = record.language or call.language
        call.hears_us = True
        if state.entry is not None:
            since = services.clock() - max(0.0, services.utc() - state.entry.queued_at)
            call.waiting = Waiting(
                state.entry.entry, state.entry.queue, since, state.entry.waited_s
            )
        return call

    def _other_leg(self, record: Record) -> Leg | None:
        """Of a bridge that stood; None if there was none or it cannot be had."""
        if record.state.bridge is None or record.other is None:
            return None
        try:
            leg = self._leg(record.other)
        except _UNUSABLE as error:
            _log.warning("leg_not_resumed", call=record.state.call, problem=str(error))
            self._say_good_bye(record.other)
            return None
        self._lines.occupy(leg, *record.other["line"])
        return leg

    def _leg(self, data: Mapping[str, Any]) -> Leg:
        leg = Leg(data["name"], lambda heard: self._media.restore(data["media"], heard))
        leg.answered, leg.held = data["answered"], data["held"]
        leg.number = data.get("number", "")
        try:
            leg.sip = self._dialogs.restore_leg(data["sip"])
        except _UNUSABLE:
            leg.close()
            raise
        leg.sip.on_event = leg.sip_event
        return leg

    def _say_good_bye(self, data: Mapping[str, Any] | None) -> None:
        """Hang up on a party whose sound cannot be had back."""
        if data is None:
            return
        try:
            self._dialogs.restore_leg(data["sip"]).hang_up(cause=RESTART)
        except _UNUSABLE as error:
            _log.info("leg_forgotten", problem=str(error))

    def _go_on(self, call: Call) -> None:
        """Legs that only rang are gone; two that talked hear each other again."""
        other = self._others.get(call.id)
        here = {leg.name for leg in (call.leg, other) if leg is not None}
        for leg in call.state.open_legs:
            if leg in self._rang - here:  # what rings since, rings on
                call.happened(LegEnded(call.id, leg, RESTART))
        if other is not None:
            self._centre.secure_entries.hide(call)
            call.rebridge(other)
            other.refresh()
        elif call.state.bridge is not None:
            call.came_back_after_s = call.state.bridge.waited_s
            tell_bridge_lost(call.happened, call.id, call.state.bridge)
        call.recorder.go_on()
        self._centre.secure_entries.go_on(call)
        for referrer in (call.leg, other):  # who had begun to pass the other one on
            if referrer is not None:
                referrer.sip.refer_progress(_INTERRUPTED)
        call.leg.refresh()
        call.checkpoint()  # sound has jumped ahead of what was written: the next time from here
        passed_to = call.state.passed_to
        if passed_to is not None and call.conversation is None and call.waiting is None:
            call.happened(CallRouted(call.id, *passed_to))
        call.begin(STORIES[call.state.route_kind])

    def _tell_end(self, state: CallState) -> None:
        """Of a call that nobody can go on with: every count is closed."""
        append = self._services.feed.append
        for leg in state.open_legs:
            append(LegEnded(state.call, leg, RESTART))
        if state.bridge is not None:
            tell_bridge_lost(append, state.call, state.bridge)
        self._services.recordings.recover(state.call, state.recording.open)
        if state.entry is not None:
            entry = state.entry
            wait_s = max(0.0, self._services.utc() - entry.queued_at)
            append(CallFlowedOut(state.call, entry.entry, entry.queue, wait_s, RESTART))
        append(
            CallEnded(
                state.call,
                state.direction,
                Outcome.FAILED,
                Side.SYSTEM,
                RESTART,
                trunk=state.trunk,
            )
        )

    # Phones and offers

    def _tell_phones_lost(self) -> None:
        """Phones of which nobody knows where they are; they come back when they register."""
        now = self._services.clock()
        for phone in sorted(self._services.desk.reachable):
            if self._lines.outside(phone) is not None:
                continue  # a telephone elsewhere is always where it is
            if self._dialogs.location.target(phone, now) is None:
                self._services.feed.append(PhoneLost(phone, RESTART))

    def _withdraw_offers(self, rang: Collection[OfferId]) -> None:
        """The legs that `rang` went with the process: no agent failed to answer."""
        for waiting in self._waiting():
            for offer in waiting.offers:
                if offer not in rang:
                    continue  # made since, by a new configuration
                if waiting.place is Place.CONNECTING:
                    self._services.feed.append(BridgeFailed(waiting.call, offer))
                else:
                    self._services.feed.append(OfferFailed(offer, OfferOutcome.WITHDRAWN))

    def _waiting(self) -> list[WaitingView]:
        """As of everything that was told so far."""
        self._services.feed.settle()
        distributor = self._services.feed.distributor
        return [each for queue in distributor.queues() for each in distributor.waiting(queue.name)]

    def _release_from_unknown_calls(self) -> None:
        """Nobody waits in, or is held by, a call that no record tells of: a log may be torn."""
        distributor, feed = self._services.feed.distributor, self._services.feed
        now, knows = self._services.clock(), self._centre.knows
        for waiting in self._waiting():
            if not knows(waiting.call):
                wait_s = now - waiting.queued_at
                feed.append(
                    CallFlowedOut(waiting.call, waiting.entry, waiting.queue, wait_s, RESTART)
                )
        feed.settle()
        for agent in distributor.agents():
            if agent.state in _ON_A_CALL and agent.call is not None and not knows(agent.call):
                feed.append(AgentReleased(agent.id, agent.call))


def _can_wait(state: CallState) -> bool:
    """Whether a caller whose other side is lost has somewhere to go on."""
    return state.route_kind in ("flow", "queue")
