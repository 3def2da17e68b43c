"""Rings phones and trunks: the only place from which an INVITE leaves us."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from calls.attempts import GATEWAYS, PHONES, Attempts, Policy
from calls.caller_privacy import OPEN, CallerPrivacy
from calls.faces import Media, MediaLeg, SipLeg
from calls.leg import Leg, LegListener
from calls.lines import Lines
from calls.protections import Protections, transport_of
from calls.referral import NONE, Referral
from calls.settings import TrunkSettings
from calls.trunk_numbers import ShownCaller, diversions_told, rewritten, shown_caller
from calls.trunks import Trunks
from events.calls import LegDialled
from events.event import Event
from events.ids import AgentId, CallId, PhoneId, TrunkName
from media.errors import NoPorts
from media.events import MediaEvent
from media.protection import Protection
from sip.address import Target
from sip.dialogs.leg_events import LegEvent
from sip.digest import Credentials
from sip.message import Headers
from sip.redirection import Diversion
from sip.uri import parse_uri


class Whereabouts(Protocol):
    """`sip.location.Location`."""

    def targets(self, user: str, now: float) -> Sequence[Target]: ...


class Phones(Protocol):
    """Where phones are and how to ring them: `sip.edges.user_agent.UserAgent`."""

    @property
    def location(self) -> Whereabouts: ...

    def flow_failed(self, target: Target) -> None: ...

    def invite(
        self,
        target: Target,
        *,
        from_user: str,
        from_display: str = "",
        from_host: str = "",
        to_uri: str | None = None,
        sdp: bytes,
        headers: Headers = (),
        credentials: Credentials | None = None,
        on_event: Callable[[LegEvent], None],
    ) -> SipLeg: ...


@dataclass(frozen=True, slots=True)
class Dialling:
    """What every leg of a call needs to be dialled.

    Attributes:
        name: of the leg, "<call>-<n>".
        number, display: who the called phone shows.
        referral: what the REFER said, if one is why it is dialled.
        headers: what else its INVITE says; not told to trunks.
        codec: what the caller speaks; offered first, so that sound passes through as it is.
        offers_noise: comfort noise is offered: not when there is a caller who does not take it.
        diversions: who passed the call on, the last one first, for trunks that want to know.
        privacy: what the caller asked trunks to keep to themselves.
    """

    call: CallId
    name: str
    number: str
    display: str
    headers: Headers = ()
    referral: Referral = NONE
    agent: AgentId | None = None
    decided_at: float | None = None
    diversions: tuple[Diversion, ...] = ()
    codec: str = ""
    offers_noise: bool = True
    privacy: CallerPrivacy = OPEN


class Dialler:
    def __init__(
        self,
        phones: Phones,
        media: Media,
        lines: Lines,
        trunks: Trunks,
        append: Callable[[Event], None],
        clock: Callable[[], float],
        provisional_s: float = 3.0,
        protections: Protections | None = None,
    ) -> None:
        """`provisional_s` is shared among a user's phones that say nothing at all."""
        self._provisional_s = provisional_s
        self._phones = phones
        self._media = media
        self._lines = lines
        self._trunks = trunks
        self._protections = protections or Protections({}, trunks.settings)
        self._append = append
        self._clock = clock

    def is_in_use(self, phone: PhoneId) -> bool:
        """Whether any leg is on it: then it must not ring."""
        return self._lines.is_in_use(phone)

    def phone(self, dialling: Dialling, phone: PhoneId, listener: LegListener) -> Leg | None:
        """Ring a phone; None if it is not to be reached (no registration, no RTP port)."""
        outside = self._lines.outside(phone)
        if outside is not None:
            return self._through(*outside, dialling, ("phone", phone), listener)
        targets = self._phones.location.targets(phone, self._clock())
        if not targets:
            return None
        policy = replace(
            PHONES,
            patience_s=self._provisional_s / len(targets),
            on_flow_failed=self._phones.flow_failed,
        )
        return self._dial(
            dialling,
            ("phone", phone),
            phone,
            targets,
            listener,
            latch=None,
            policy=policy,
            protection=self._protections.phone(phone, transport_of(targets[0])),
        )

    def trunk(
        self,
        dialling: Dialling,
        trunk: TrunkName,
        number: str,
        listener: LegListener,
        *,
        urgent: bool = False,
        uri: str = "",
    ) -> Leg | None:
        """Call a number through a trunk; None if it has no gateway, no free line or no RTP port.

        `urgent`: our own limit on its lines does not count. `uri`: there, and at no gateway.
        """
        return self._through(
            trunk, number, dialling, ("trunk", trunk), listener, urgent=urgent, uri=uri
        )

    def _through(
        self,
        trunk: TrunkName,
        number: str,
        dialling: Dialling,
        whom: tuple[str, str],
        listener: LegListener,
        *,
        urgent: bool = False,
        uri: str = "",
    ) -> Leg | None:
        settings = self._trunks.settings.get(trunk)
        gateways = self._trunks.gateways[trunk].in_order() if settings is not None else []
        if settings is None or not gateways:
            return None
        if not urgent and not self._has_room(trunk):
            return None
        called = rewritten(number, settings.rewrite_called)
        uris = [uri] if uri else [_number_at(gateway, called) for gateway in gateways]
        targets = [Target(uri=each) for each in uris]
        host = parse_uri(uris[0]).host
        shown = shown_caller(settings, dialling.number, dialling.display, host, dialling.privacy)
        told = diversions_told(settings, dialling.diversions, domain=host, target=uris[0])
        return self._dial(
            dialling,
            whom,
            number,
            targets,
            listener,
            latch=settings.latch,
            shown=replace(shown, headers=(*shown.headers, *told)),
            proof=_credentials(settings),
            protection=self._protections.trunk(trunk, transport_of(targets[0])),
        )

    def referral(self, trunk: TrunkName, number: str) -> str | None:
        """The URI with which a carrier is asked to call a number by itself; None if it is not."""
        settings = self._trunks.settings.get(trunk)
        if settings is None or settings.transfer != "refer":
            return None
        gateways = self._trunks.gateways[trunk].in_order()
        return (
            _number_at(gateways[0], rewritten(number, settings.rewrite_called))
            if gateways
            else None
        )

    def _has_room(self, trunk: TrunkName) -> bool:
        return not self._trunks.is_full(trunk) and self._trunks.paced(trunk, self._clock())

    def _dial(
        self,
        dialling: Dialling,
        whom: tuple[str, str],
        number: str,
        targets: Sequence[Target],
        listener: LegListener,
        *,
        latch: str | None,
        protection: Protection,
        shown: ShownCaller | None = None,
        proof: Credentials | None = None,
        policy: Policy = GATEWAYS,
    ) -> Leg | None:
        """Try the targets in order; the first one is where media are expected from."""
        first = targets[0]
        host = first.address.host if first.address else parse_uri(first.uri).host

        def open_media(heard: Callable[[MediaEvent], None]) -> MediaLeg:
            return self._media.open(
                signalling_host=host,
                latch=latch,
                protection=protection,
                first=dialling.codec,
                offers_noise=dialling.offers_noise,
                on_event=heard,
            )

        try:
            leg = Leg(dialling.name, open_media)
        except NoPorts:
            return None
        leg.number = number
        caller = shown or ShownCaller(dialling.number, dialling.display, headers=dialling.headers)
        offer = leg.outbound_offer()

        def invite(target: Target, on_event: Callable[[LegEvent], None]) -> SipLeg:
            return self._phones.invite(
                target,
                from_user=caller.user,
                from_display=caller.display,
                from_host=caller.host,
                sdp=offer,
                headers=(*caller.headers, *dialling.referral.headers(whom[0])),
                credentials=proof,
                on_event=on_event,
            )

        attempts = Attempts(leg, targets, invite, policy)
        sip = attempts.begin()
        leg.join(sip, listener)
        sip.on_event = attempts.heard
        self._lines.occupy(leg, *whom)
        self._append(self._dialled(dialling, whom, sip.call_id))
        return leg

    def _dialled(self, dialling: Dialling, whom: tuple[str, str], call_id: str) -> LegDialled:
        decided_at = dialling.decided_at
        return LegDialled(
            dialling.call,
            dialling.name,
            whom[0],
            whom[1],
            dialling.agent,
            offer_latency_s=None if decided_at is None else self._clock() - decided_at,
            sip_call_id=call_id,
        )


def _number_at(gateway: str, number: str) -> str:
    """The gateway's URI with the number as its user: sip:gw.example to sip:112@gw.example."""
    scheme, _, rest = gateway.partition(":")
    return f"{scheme}:{number}@{rest.rpartition('@')[2]}"


def _credentials(settings: TrunkSettings) -> Credentials | None:
    password = os.environ.get(settings.password_env or "")
    return Credentials(settings.username, password) if password else None
