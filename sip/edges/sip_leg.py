"""A leg as call control holds it: one INVITE usage on the real network, in either direction.

Methods never block and never raise for a call that is over: what comes too late is ignored.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, assert_never

from sip.address import Address
from sip.admission import Identity, PhoneIdentity, TrunkIdentity
from sip.dialog_id import DialogId
from sip.dialogs.effects import (
    Abandon,
    DialogEffect,
    End,
    Respond,
    SendAck,
    SendCancel,
    SendRequest,
    SettleSending,
    Tell,
)
from sip.dialogs.leg import Leg
from sip.dialogs.leg_events import LegEvent
from sip.dialogs.refer import read
from sip.dialogs.usage import Stage
from sip.edges.delivery import Delivery, Sending
from sip.edges.refer_subscription import ReferSubscription
from sip.edges.transaction_layer import TransactionLayer
from sip.errors import SipError
from sip.headers.replaces import Replaces
from sip.message import Headers, Request, Response, header_or_none
from sip.transactions.matching import Key

Direction = Literal["inbound", "outbound"]

_log = logging.getLogger(__name__)

_REQUEST_PENDING: Final = 491


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all legs of a user agent share."""

    layer: TransactionLayer
    delivery: Delivery
    forget: "Callable[[SipLeg], None]"


@dataclass(slots=True)
class Peer:
    """The other end, as the network shows it.

    Attributes:
        source: where its packets come from; before the first one, where ours go.
        first_hop: where the first INVITE goes, whatever its URI says.
        behind_nat: whether requests without a route keep to `source`: a phone's Contact may be
            an address that only the phone can use.
    """

    source: Address
    first_hop: Address | None
    behind_nat: bool
    identity: Identity | None


class SipLeg:
    """Made by `UserAgent`.

    Attributes:
        id: unique in this process and its successors.
        invite: the first INVITE as received or sent.
        sdp_offer: what an inbound INVITE offered; b"" asks for our offer.
        local_address: the host of ours that the peer's packets reach: for session descriptions.
        on_event: told what happens; an inbound leg's owner sets it inside `on_call`.
    """

    def __init__(
        self,
        leg: Leg,
        around: Surroundings,
        peer: Peer,
        *,
        direction: Direction,
        call_id: str,
        invite: Request,
        sdp_offer: bytes,
        local_address: str,
        on_event: Callable[[LegEvent], None],
    ) -> None:
        self.armed_at: float | None = None
        self.id = leg.local_tag
        self.call_id = call_id
        self.direction = direction
        self.invite = invite
        self.sdp_offer = sdp_offer
        self.local_address = local_address
        self.on_event = on_event
        self.invite_key: Key | None = None
        self._leg = leg
        self._around = around
        self._peer = peer
        self._sent_invite: tuple[Request, Sending] | None = None
        self._outside: ReferSubscription | None = None

    @property
    def source(self) -> Address:
        """Where the peer's packets come from."""
        return self._peer.source

    @property
    def identity(self) -> Identity | None:
        """Who called, as proved; None for an outbound leg."""
        return self._peer.identity

    @property
    def ended(self) -> bool:
        return self._leg.owner_gone or self._leg.stage is Stage.ENDED

    @property
    def local_tag(self) -> str:
        return self._leg.local_tag

    @property
    def dialog_id(self) -> DialogId | None:
        """As we know it; of an early one too, None as long as there is none."""
        return self._leg.dialog_id

    def is_named_by(self, replaces: Replaces) -> bool:
        """Whether it is the dialog that somebody wants to take over, RFC 3891 §3."""
        ours = (self.call_id, self.local_tag) == (replaces.call_id, replaces.to_tag)
        return ours and not self.ended and self.is_with(replaces.from_tag)

    def is_with(self, tag: str) -> bool:
        """Whether the peer has this tag, in an early dialog too."""
        return self._leg.is_with(tag)

    # ---- for the owner

    def ring(self, headers: Headers = ()) -> None:
        """180, repeated every minute by itself."""
        self._take(self._leg.provisional(180, b"", headers, self._now()))

    def progress(self, sdp: bytes, headers: Headers = ()) -> None:
        """183 with early media; the same session description belongs into `answer`."""
        self._take(self._leg.provisional(183, sdp, headers, self._now()))

    def answer(self, sdp: bytes, headers: Headers = ()) -> None:
        self._take(self._leg.answer(sdp, headers, self._now()))

    def reject(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        self._take(self._leg.reject(status, reason, headers))

    def hang_up(self, *, cause: str = "", headers: Headers = ()) -> None:
        """End the leg in whatever way its state asks for; `cause` goes into a Reason header."""
        self._take(self._leg.hang_up(cause, headers, self._now()))

    def offer(self, sdp: bytes) -> None:
        """re-INVITE, as soon as no other one is open; b"" asks the peer to offer."""
        self._take(self._leg.offer(sdp))

    def show(self, user: str, display: str = "") -> None:
        """Who the peer talks with from now on; its phone is told at once, or with the answer."""
        self._take(self._leg.show(user, display))

    def accept_offer(self, sdp: bytes) -> None:
        """Answer an `OfferReceived`, or an `Answered` to an INVITE without an offer."""
        self._take(self._leg.accept_offer(sdp, self._now()))

    def refuse_offer(self, status: int = 488) -> None:
        """Leave the session as it is; an offer in a 2xx can only be refused by ending the call."""
        self._take(self._leg.refuse_offer(status, self._now()))

    def accept_refer(self) -> None:
        """Answer a `Referred`: we will call whom the peer named, and tell it how that goes."""
        if self._outside is not None and self._outside.is_unanswered:
            self._outside.accept()
        else:
            self._take(self._leg.accept_refer(self._now()))

    def refuse_refer(self, status: int = 603) -> None:
        if self._outside is not None and self._outside.is_unanswered:
            self._outside.refuse(status)
        else:
            self._take(self._leg.refuse_refer(status))

    def refer_progress(self, status: int, reason: str = "") -> None:
        """How the call that the peer asked for goes; a final status is the last one told.

        Whoever asked outside of this leg's dialog is told even when the leg is over.
        """
        if self._outside is not None and self._outside.is_open:
            self._outside.progress(status, reason)
        else:
            self._take(self._leg.refer_progress(status, reason, self._now()))

    def refer(self, target: str, headers: Headers = ()) -> None:
        """Ask the peer to call `target`, a URI; `ReferReported` tells how that goes."""
        self._take(self._leg.refer(target, headers))

    def send_key(self, key: str, duration_ms: int) -> None:
        """Press one of 0-9, *, #, A-D towards the peer by INFO; `KeyRefused` if it takes none."""
        self._take(self._leg.send_key(key, duration_ms))

    def snapshot(self) -> dict[str, Any]:
        """JSON values for `UserAgent.restore_leg`; {} unless the dialog is confirmed."""
        leg = self._leg.snapshot()
        if leg is None or self.ended:
            return {}
        identity = self._peer.identity
        return {
            "leg": leg,
            "direction": self.direction,
            "uri": self.invite.uri,
            "headers": [list(pair) for pair in self.invite.headers],
            "source": list(self._peer.source),
            "behind_nat": self._peer.behind_nat,
            "phone": identity.user if isinstance(identity, PhoneIdentity) else None,
            "trunk": identity.trunk if isinstance(identity, TrunkIdentity) else None,
            "local_address": self.local_address,
            "outside_refer": self._outside.snapshot() if self._outside is not None else None,
        }

    # ---- for the user agent

    def start(self) -> None:
        self._take(self._leg.start())

    def resume(self) -> None:
        self._take(self._leg.resume(self._now()))

    def receive_request(self, request: Request, key: Key, source: Address) -> None:
        self._peer.source = source
        self._take(self._leg.receive_request(request, key, self._now()))

    def receive_outside_refer(self, subscription: ReferSubscription, referrer: Identity) -> None:
        """A REFER that names this dialog, from somebody who proved to be `referrer`.

        Raises:
            MalformedMessage: its Refer-To cannot be read.
        """
        served = self._outside is not None and self._outside.is_open
        refused = self._leg.refuses_refer() or (_REQUEST_PENDING if served else None)
        wish = refused or read(subscription.refer)
        if isinstance(wish, int):
            subscription.refuse(wish)
            return
        self._outside = subscription
        self._tell(replace(wish, referrer=referrer))

    def resume_outside_refer(self, subscription: ReferSubscription) -> None:
        """Of a restored leg: somebody still waits to be told."""
        self._outside = subscription

    def receive_ack(self, ack: Request) -> None:
        self._take(self._leg.receive_ack(ack))

    def receive_cancel(self, cancel: Request) -> None:
        self._take(self._leg.receive_cancel(cancel))

    def next_deadline(self) -> float | None:
        return self._leg.next_deadline()

    def wake(self, now: float) -> None:
        self._take(self._leg.handle_timers(now))

    # ---- effects

    def _now(self) -> float:
        return self._around.layer.now()

    def _take(self, effects: list[DialogEffect]) -> None:
        self._around.layer.alarms.watch(self)
        if effects:
            self._around.layer.fifo.run(self._perform, effects)

    def _perform(self, effect: DialogEffect) -> None:
        match effect:
            case Respond(key, response):
                assert isinstance(key, tuple)
                self._around.layer.respond(key, response)
            case Tell(event):
                self._tell(event)
            case SendRequest(request):
                self._send_request(request)
            case SendAck(ack):
                self._around.delivery.send_ack(ack, self._way(ack)[0], _let_it_be)
            case SendCancel(invite, headers):
                if self._sent_invite is not None and self._sent_invite[0] is invite:
                    self._sent_invite[1].cancel(headers)
            case SettleSending(invite):
                if self._sent_invite is not None and self._sent_invite[0] is invite:
                    self._sent_invite[1].settle()
            case Abandon(request):
                if self._sent_invite is not None and self._sent_invite[0] is request:
                    self._sent_invite[1].abandon()
            case End():
                self._around.forget(self)
            case _:
                assert_never(effect)

    def _tell(self, event: LegEvent) -> None:
        try:
            self.on_event(event)
        except Exception:  # a mistake of the owner's ends its call, not the process
            _log.exception("leg %s could not tell %s", self.id, type(event).__name__)
            self.hang_up(cause="internal error")

    def _send_request(self, request: Request) -> None:
        def answered(response: Response) -> None:
            if sending.heard_from is not None:
                self._peer.source = sending.heard_from
            self._take(self._leg.receive_response(request, response, self._now()))

        to, pinned = self._way(request)
        searches = request.method == "INVITE" and self._leg.dialog is None and not pinned
        sending = self._around.delivery.send(
            request,
            to,
            pinned=pinned,
            on_response=answered,
            on_failure=lambda error: self._take(self._leg.request_failed(request, error)),
            on_contact=self._leg.found_at if searches else None,
        )
        if request.method == "INVITE":
            self._sent_invite = (request, sending)

    def _way(self, request: Request) -> tuple[Address | None, bool]:
        """Where to and whether only there; None to follow the request, §8.1.2 and §12.2.1.1."""
        peer = self._peer
        if self._leg.dialog is None and peer.first_hop is not None:
            return peer.first_hop, peer.behind_nat
        if peer.behind_nat and header_or_none(request, "Route") is None:
            return peer.source, True
        return None, False


def identity_of(snapshot: Mapping[str, Any]) -> Identity | None:
    """Who called, out of a `SipLeg.snapshot()`."""
    if snapshot["phone"] is not None:
        return PhoneIdentity(snapshot["phone"])
    return None if snapshot["trunk"] is None else TrunkIdentity(snapshot["trunk"])


def _let_it_be(error: SipError) -> None:
    """An ACK that finds no way: the peer repeats its 2xx, and gives up in the end."""
    _log.debug("no way for an ACK: %s", error)
