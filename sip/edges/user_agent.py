"""The SIP front end as the rest of the house sees it: calls in, calls out, phones registered.

It listens, admits, answers what needs nobody else (OPTIONS, REGISTER, everything refused), and
hands each call to its owner as a `SipLeg`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from sip.address import Address, Target
from sip.admission import Admission
from sip.authenticator import Authenticator
from sip.dialogs.capabilities import refusal
from sip.dialogs.leg_events import LegEvent
from sip.digest import Algorithm, Credentials
from sip.directory import Directory
from sip.edges.alarm_clock import AlarmClock
from sip.edges.delivery import Delivery
from sip.edges.dns import Dns
from sip.edges.effect_fifo import EffectFifo
from sip.edges.front_door import FrontDoor
from sip.edges.keep_alive import KeepAlive
from sip.edges.leg_maker import LegMaker
from sip.edges.leg_table import LegTable
from sip.edges.limits import (
    guard_limits,
    notifier_limits,
    qualities_of,
    registration_limits,
)
from sip.edges.listening import Listeners
from sip.edges.networks import Networks
from sip.edges.outgoing import (
    authorisation,
    random_names,
    random_tag,
)
from sip.edges.own_contact import OwnContact
from sip.edges.reception import Reception
from sip.edges.registration import SipRegistration
from sip.edges.registrations import Registrations
from sip.edges.resolver import Resolver
from sip.edges.sip_leg import SipLeg, Surroundings
from sip.edges.sockets import real_sockets
from sip.edges.subscriptions import Subscriptions
from sip.edges.transaction_layer import TransactionLayer
from sip.edges.transport import TransportFactory
from sip.guard import Guard
from sip.headers.name_addr import parse_name_addr
from sip.location import BindingChange, Location
from sip.message import Headers, Request, header
from sip.notifier import Notifier
from sip.observer import NULL, SipObserver
from sip.pinholes import Pinholes
from sip.registrar import Registrar
from sip.registration_client import Registering, RegistrationClient, RegistrationEvent
from sip.rejections import Rejection
from sip.settings import SipSettings
from sip.subscription import EventPackage
from sip.transactions.matching import Key
from sip.uri import parse_uri


class UserAgent:
    """One per process. Everything happens on the loop that `start` is called on.

    Attributes:
        listening: where it really listens, after `start`.
        location: where phones are.
        guard: who is limited or banned.
        subscriptions: who watches a state of ours, after `start`.
    """

    def __init__(
        self,
        settings: SipSettings,
        directory: Directory,
        *,
        on_call: Callable[[SipLeg], None],
        on_binding: Callable[[BindingChange], None],
        observer: SipObserver = NULL,
        rng: Random,
        transports: TransportFactory = real_sockets,
        clock: Callable[[], float] = time.monotonic,
        location: Location | None = None,
        packages: Sequence[EventPackage] = (),
    ) -> None:
        """`rng` makes tags, branches and nonces: `random.SystemRandom()` unless in a test.

        `on_call` gets each admitted inbound leg and sets its `on_event`; it may answer at once.
        `packages`: what phones may subscribe to.
        """
        self.location = Location() if location is None else location  # an empty one is false
        self.guard = Guard(guard_limits(settings))
        self.listening: tuple[Address, ...] = ()
        self._packages = packages
        self._settings = settings
        self._directory = directory
        self._on_call = on_call
        self._on_binding = on_binding
        self._observer = observer
        self._rng = rng
        self._factory = transports
        self._clock = clock
        self._listeners = Listeners(settings)
        self._proxies = Networks(settings.proxies)
        algorithms = tuple(Algorithm(name) for name in settings.algorithms)
        authenticator = Authenticator(
            directory,
            rng,
            algorithms=algorithms,
            qualities=qualities_of(settings),
            nonce_expiry_s=settings.nonce_expiry_s,
        )
        self._admission = Admission(directory, authenticator)
        self._registrar = Registrar(
            directory, authenticator, self.location, registration_limits(settings)
        )
        self._legs = LegTable()
        self._alarms: AlarmClock | None = None

    async def start(self) -> None:
        """Listen and answer.

        Raises:
            ListenFailed: in one line, what cannot be had.
        """
        assert self._alarms is None, "started twice"
        alarms = self._alarms = AlarmClock(self._clock)
        fifo = EffectFifo()
        self._layer = TransactionLayer(
            self,
            self._settings,
            guard=self.guard,
            listeners=self._listeners,
            alarms=alarms,
            fifo=fifo,
            observer=self._observer,
            rng=self._rng,
            clock=self._clock,
            is_trusted=self._is_trusted,
        )
        self._registrations = Registrations(
            self._registrar,
            alarms=alarms,
            fifo=fifo,
            rng=self._rng,
            clock=self._clock,
            on_binding=self._on_binding,
        )
        self._reception = Reception(
            self._layer,
            self._registrations,
            self.guard,
            self._observer,
            rng=self._rng,
            is_trusted=self._is_trusted,
        )
        await self._listeners.open(self._factory, self._layer)
        self.listening = self._listeners.addresses
        settings = self._settings
        self._resolver = Resolver(
            self._listeners.kinds,
            self._clock,
            Dns(settings.dns_servers, timeout_s=settings.dns_timeout_s),
            self._rng,
            families=self._listeners.families,
        )
        self._delivery = Delivery(self._layer, self._resolver, settings)
        self._own = OwnContact(self._listeners, self._resolver, self._rng)
        self._registrations.keep_alive = self._keep_alive()
        self.subscriptions = self._notifier()
        around = Surroundings(self._layer, self._delivery, self._legs.remove)
        self._maker = LegMaker(settings, self._legs, around, self._own, self._rng)
        self._door = self._front_door()

    def _front_door(self) -> FrontDoor:
        return FrontDoor(
            self._settings,
            self._admission,
            self._reception,
            self._layer,
            self._legs,
            self._maker,
            guard=self.guard,
            rng=self._rng,
            on_call=self._on_call,
        )

    def _notifier(self) -> Subscriptions:
        return Subscriptions(
            Notifier(self._packages, notifier_limits(self._settings)),
            self._admission,
            self._directory,
            self._layer,
            self._delivery,
            self._own,
            rng=self._rng,
            on_wrong_credentials=self._reception.distrust,
        )

    def _keep_alive(self) -> KeepAlive | None:
        if self._settings.keep_alive == "never":
            return None
        return KeepAlive(
            Pinholes(self._settings.keep_alive_s, self._rng),
            self.location,
            self._delivery,
            self._own,
            by_options=self._settings.keep_alive == "options",
        )

    async def stop(self) -> None:
        """Close sockets and forget all calls without a word: whoever wants BYE hangs up first."""
        if self._alarms is None:
            return
        self._alarms.stop()
        if self.listening:
            self._resolver.stop()
        await self._listeners.close()
        self._legs.clear()

    def seen_by(self, peer: Address) -> Address:
        """Which address of ours the peer meets."""
        return self._listeners.seen_by(peer)

    @property
    def dialog_count(self) -> int:
        """Legs in any stage, early ones and those saying good-bye included."""
        return len(self._legs)

    async def drained(self) -> None:
        """Wait until no leg is left; with every call hung up that takes 64*T1 at most."""
        await self._legs.emptied()

    def transaction_counts(self) -> dict[str, int]:
        """Open transactions by kind: invite_server, server, invite_client, client."""
        return self._layer.counts()

    # ---- calls out

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
    ) -> SipLeg:
        """Call somebody. With `sdp` b"" the peer offers, and `accept_offer` answers.

        `credentials` answer one challenge. Nothing is told before this returns.
        """
        return self._maker.outbound(
            target,
            from_user=from_user,
            from_display=from_display,
            from_host=from_host,
            to_uri=to_uri,
            sdp=sdp,
            headers=headers,
            credentials=credentials,
            on_event=on_event,
        )

    async def options(self, target: Target) -> int:
        """Ask whether somebody is there.

        Returns:
            The final status; 408 for silence and 503 when nothing can be sent there.
        """
        return await self._delivery.final_status(self._own.options_to(target), target.address)

    def register(
        self,
        target: Target,
        *,
        aor: str,
        further: Sequence[str] = (),
        credentials: Credentials | None = None,
        expires_s: int = 300,
        on_event: Callable[[RegistrationEvent], None],
    ) -> SipRegistration:
        """Register at `target`, a registrar's URI without a user, and stay so until `stop`.

        `aor` is our address of record there, e.g. "sip:2001@example.com". Nothing is told before
        this returns. `further` registrars are asked when the one before is away.
        """
        local, ours = self._own.for_target(target, parse_uri(aor).user)
        names = random_names(self._rng, local)
        registering = Registering(
            registrars=(target.uri, *further),
            aor=aor,
            contact=ours.strip("<>"),
            call_id=names.call_id,
            local_tag=names.local_tag,
            expires_s=expires_s,
            route=target.route,
        )
        authorise = authorisation(credentials, self._rng) if credentials else None
        client = RegistrationClient(registering, authorise, dice=self._rng)
        registration = SipRegistration(
            client,
            target,
            self._layer,
            self._delivery,
            on_event,
            keep_alive_s=self._settings.keep_alive_s,
        )
        asyncio.get_running_loop().call_soon(registration.start)
        return registration

    def flow_failed(self, target: Target) -> None:
        """The proxy that kept the phone's flow has lost it (430): the binding is gone."""
        self._registrations.flow_failed(target)

    def restore_leg(
        self, data: Mapping[str, Any], on_event: Callable[[LegEvent], None] = lambda _: None
    ) -> SipLeg:
        """A confirmed leg out of its `snapshot()`, made by an earlier process. Call after
        `start`. Requests in its dialog find it again, and it sends its own."""
        return self._maker.restored(data, on_event)

    # ---- for the transaction layer

    def request_received(self, request: Request, key: Key, source: Address) -> None:
        tag = parse_name_addr(header(request, "To"), "To").tag
        if tag is not None and request.method != "REGISTER":
            leg = self._legs.find(header(request, "Call-ID"), tag)
            if leg is not None:
                leg.receive_request(request, key, source)
            elif request.method == "SUBSCRIBE":
                self._subscribed_again(request, key, source, tag)
            else:
                self._reception.refuse(request, key, 481)
            return
        refused = refusal(request, to_tag=random_tag(self._rng))
        if refused is not None:
            self._layer.respond(key, refused)
        elif request.method == "INVITE":
            self._door.invited(request, key, source)
        elif request.method == "REGISTER":
            self._reception.register(request, key, source)
        elif request.method == "OPTIONS":
            self._reception.asked(request, key, source)
        elif request.method == "SUBSCRIBE":
            self.subscriptions.subscribe(request, source, partial(self._layer.respond, key))
        elif request.method == "REFER":
            self._door.referred(request, key, source)
        else:
            self._reception.refuse(request, key, 481)

    def _subscribed_again(self, request: Request, key: Key, source: Address, tag: str) -> None:
        """In a dialog that is no call's."""
        refer = self._legs.find_refer(header(request, "Call-ID"), tag)
        if refer is not None:
            refer.receive_subscribe(request, key, source)
        else:
            self.subscriptions.refresh(request, partial(self._layer.respond, key))

    def ack_received(self, ack: Request) -> None:
        leg = self._legs.of(ack)
        if leg is not None:
            leg.receive_ack(ack)
        else:
            self._observer.rejected(Rejection.STRAY_ACK)

    def cancel_received(
        self, cancel: Request, invite_key: Key, answer: Callable[[str | None], None]
    ) -> None:
        leg = self._legs.of_cancel(cancel, invite_key)
        answer(None if leg is None else leg.local_tag)
        if leg is not None:
            leg.receive_cancel(cancel)

    def disconnected(self, peer: Address) -> None:
        self._registrations.disconnected(peer)

    def _is_trusted(self, source: Address) -> bool:
        """Neither limited nor banned: a trunk's calls would stop, and a proxy's phones with it."""
        trunk = self._directory.trunk_at(source.host, source.port, source.transport)
        return trunk is not None or self._proxies.has(source.host)
