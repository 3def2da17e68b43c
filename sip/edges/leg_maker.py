"""Makes legs: of an INVITE that was let in, of one that we send, of what a dead process kept."""

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from sip.address import Address, Target
from sip.admission import Identity, PhoneIdentity
from sip.dialogs import prack
from sip.dialogs.capabilities import session_of
from sip.dialogs.leg import Leg, inbound_leg, outbound_leg, restored_leg
from sip.dialogs.leg_events import LegEvent
from sip.dialogs.outside_refer import outside_refer
from sip.digest import Credentials
from sip.edges.leg_table import LegTable
from sip.edges.limits import session_timer, timer_values
from sip.edges.local_host import bracketed
from sip.edges.outgoing import authorisation, contact, invite_request, random_names
from sip.edges.own_contact import OwnContact
from sip.edges.refer_subscription import ReferSubscription
from sip.edges.sip_leg import Direction, Peer, SipLeg, Surroundings, identity_of
from sip.message import Headers, Request, header
from sip.outbound import through_proxy
from sip.settings import SipSettings
from sip.transactions.matching import Key
from sip.uri import parse_uri


class LegMaker:
    """One per user agent; each leg that it makes is in the table before it is given away."""

    def __init__(
        self,
        settings: SipSettings,
        legs: LegTable,
        around: Surroundings,
        own: OwnContact,
        rng: Random,
    ) -> None:
        self._settings = settings
        self._legs = legs
        self._around = around
        self._own = own
        self._rng = rng
        self._timers = timer_values(settings)

    def outbound(
        self,
        target: Target,
        *,
        from_user: str,
        from_display: str,
        from_host: str,
        to_uri: str | None,
        sdp: bytes,
        headers: Headers,
        credentials: Credentials | None,
        on_event: Callable[[LegEvent], None],
    ) -> SipLeg:
        """Its INVITE goes out in the loop's next turn."""
        local, ours = self._own.for_target(target, from_user)
        names = random_names(self._rng, local)
        request = invite_request(
            target,
            names,
            from_user=from_user,
            from_display=from_display,
            from_host=from_host or self._settings.domain or bracketed(local),
            to_uri=to_uri,
            contact=ours,
            sdp=sdp,
            headers=headers,
        )
        leg = outbound_leg(
            request,
            local_tag=names.local_tag,
            contact=ours,
            rng=self._rng,
            timer_values=self._timers,
            provisional_every_s=self._settings.provisional_every_s,
            authorise=authorisation(credentials, self._rng) if credentials else None,
            session=session_timer(self._settings),
        )
        first = target.address
        peer = Peer(first or Address("", "", 0), first, target.registered, None)
        sip_leg = self._add(leg, peer, "outbound", names.call_id, request, b"", local, on_event)
        asyncio.get_running_loop().call_soon(sip_leg.start)
        return sip_leg

    def inbound(
        self,
        request: Request,
        key: Key,
        source: Address,
        ours: Address,
        tag: str,
        identity: Identity | None,
    ) -> SipLeg:
        """`ours`: our address as the source sees it; `tag`: ours in the dialog."""
        leg = inbound_leg(
            request,
            key,
            local_tag=tag,
            contact=contact(parse_uri(request.uri).user, ours),
            rng=self._rng,
            timer_values=self._timers,
            provisional_every_s=self._settings.provisional_every_s,
            session=session_timer(self._settings),
            reliably=prack.TAG in self._settings.demanded_extensions,
        )
        peer = Peer(source, None, _is_direct(request, identity), identity)
        call_id, sdp = header(request, "Call-ID"), session_of(request)
        sip_leg = self._add(leg, peer, "inbound", call_id, request, sdp, ours.host, lambda _: None)
        self._legs.note_invite(sip_leg, key)
        return sip_leg

    def restored(self, data: Mapping[str, Any], on_event: Callable[[LegEvent], None]) -> SipLeg:
        """Out of a `SipLeg.snapshot()`; it goes on at once."""
        request = Request("INVITE", data["uri"], tuple((n, v) for n, v in data["headers"]))
        leg = restored_leg(
            data["leg"],
            request,
            rng=self._rng,
            timer_values=self._timers,
            provisional_every_s=self._settings.provisional_every_s,
        )
        peer = Peer(Address(*data["source"]), None, data["behind_nat"], identity_of(data))
        sip_leg = self._add(
            leg,
            peer,
            data["direction"],
            header(request, "Call-ID"),
            request,
            b"",
            data["local_address"],
            on_event,
        )
        sip_leg.resume()
        if data.get("outside_refer") is not None:
            around = self._around
            sip_leg.resume_outside_refer(
                ReferSubscription.restored(
                    data["outside_refer"], around.layer, around.delivery, self._legs.keep_refer
                )
            )
        return sip_leg

    def refer_subscription(
        self, request: Request, key: Key, source: Address, tag: str, identity: Identity
    ) -> ReferSubscription:
        """Of a REFER that came outside the dialog it names; `tag`: ours in its own.

        Raises:
            MalformedMessage: no dialog can come of it.
        """
        ours = contact(parse_uri(request.uri).user, self._around.layer.listeners.seen_by(source))
        return ReferSubscription(
            outside_refer(request, key, local_tag=tag, contact=ours),
            self._around.layer,
            self._around.delivery,
            refer=request,
            source=source,
            behind_nat=_is_direct(request, identity),
            keep=self._legs.keep_refer,
        )

    def _add(
        self,
        leg: Leg,
        peer: Peer,
        direction: Direction,
        call_id: str,
        request: Request,
        sdp_offer: bytes,
        local_address: str,
        on_event: Callable[[LegEvent], None],
    ) -> SipLeg:
        sip_leg = SipLeg(
            leg,
            self._around,
            peer,
            direction=direction,
            call_id=call_id,
            invite=request,
            sdp_offer=sdp_offer,
            local_address=local_address,
            on_event=on_event,
        )
        self._legs.add(sip_leg)
        return sip_leg


def _is_direct(request: Request, identity: Identity | None) -> bool:
    """Whether it is a phone's own packet: what follows goes back to where that came from."""
    return isinstance(identity, PhoneIdentity) and not through_proxy(request)
