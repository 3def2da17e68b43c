"""A telephone in the house: a real user agent whose owner does what the test says."""

import asyncio
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final, Protocol
from urllib.parse import quote

from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, LegEvent, OfferReceived, ReferReported
from sip.digest import Algorithm, Credentials, ha1
from sip.edges.registration import SipRegistration
from sip.edges.sip_leg import SipLeg
from sip.edges.transport import TransportFactory
from sip.edges.user_agent import UserAgent
from sip.message import Headers
from sip.registration_client import NotRegistered, Registered, RegistrationEvent, Unregistered
from sip.settings import SipSettings
from tests.sip.parties import PlainDirectory

CENTRE: Final = "192.0.2.1"
REALM: Final = "sentral"
PATIENCE_S: Final = 3600.0
"""Virtual: a test that waits in vain says so."""

SDP: Final = """v=0\r
o=- 1 {version} IN IP4 {host}\r
s=-\r
c=IN IP4 {connection}\r
t=0 0\r
m=audio {port} RTP/AVP {formats}\r
a=rtpmap:101 telephone-event/8000\r
a={direction}\r
"""


def sdp(
    host: str,
    port: int = 7000,
    *,
    direction: str = "sendrecv",
    version: int = 1,
    connection: str | None = None,
    formats: str = "0 101",
) -> bytes:
    """A session description; `connection` is the c= address if it is not `host`."""
    return SDP.format(
        host=host,
        port=port,
        direction=direction,
        version=version,
        connection=connection or host,
        formats=formats,
    ).encode()


def password_of(user: str) -> str:
    return f"secret-{user}"


def digest_of(user: str) -> str:
    """What the configuration keeps of it."""
    return ha1(user, REALM, password_of(user), Algorithm.MD5)


class Surroundings(Protocol):
    """The house, as a phone sees it."""

    def changed(self) -> None: ...
    async def next_change(self) -> None: ...
    def time(self) -> float: ...


class Phone:
    """A phone at one address: rings by itself, and does the rest when told.

    Attributes:
        on_ring: what it does with an incoming call; replace it to answer, refuse or ignore.
        legs: in the order they began; `leg` is the newest.
        heard: what its newest leg was told.
        answers_with: how it answers our offers, if not with what it always says.
    """

    def __init__(
        self,
        around: Surroundings,
        transports: TransportFactory,
        host: str,
        user: str,
        *,
        port: int = 5060,
        proves_itself: bool = False,
    ) -> None:
        self.host = host
        self.user = user
        self.port = port
        self.legs: list[SipLeg] = []
        self.heard: list[LegEvent] = []
        self.on_ring: Callable[[Phone, SipLeg], None] = ring
        self.registered: bool | None = None
        self.unplugged = False
        self.answers_with: bytes | None = None
        self._around = around
        self._version = 1
        self._direction = "sendrecv"
        self._owes_answer = False
        self._credentials = Credentials(user, password_of(user)) if proves_itself else None
        self._registration: SipRegistration | None = None
        self.agent = UserAgent(
            SipSettings(listen=host, port=port, transports=("UDP",)),
            PlainDirectory(trunk_hosts={CENTRE: "centre"}, domains=frozenset({host})),
            on_call=self._called,
            on_binding=lambda _: None,
            rng=Random(f"{host}:{port}"),
            transports=transports,
            clock=around.time,
        )

    @property
    def leg(self) -> SipLeg:
        return self.legs[-1]

    def dial(self, number: str, *, offer: bytes | None = None, headers: Headers = ()) -> SipLeg:
        """Call a number of the centre's; `offer` b"" leaves the offer to the centre."""
        self.heard = []
        self._owes_answer = offer == b""
        target = Target(f"sip:{number}@{CENTRE}", Address("UDP", CENTRE, 5060))
        leg = self.agent.invite(
            target,
            from_user=self.user,
            sdp=sdp(self.host) if offer is None else offer,
            headers=headers,
            credentials=self._credentials,
            on_event=lambda event: self._told(leg, event),
        )
        self.legs.append(leg)
        return leg

    def answer(self) -> None:
        self.leg.answer(sdp(self.host, direction=self._direction))

    def hold(self, direction: str = "sendonly", *, connection: str | None = None) -> None:
        self._reoffer(direction, connection)

    def resume(self) -> None:
        self._reoffer("sendrecv")

    def hang_up(self) -> None:
        self.leg.hang_up()

    def refer(
        self,
        number: str,
        *,
        replaces: str = "",
        leg: SipLeg | None = None,
        headers: Headers = (),
    ) -> None:
        """Pass the other side on to a number of the centre's; `replaces` a dialog there."""
        header = f"?Replaces={quote(replaces, safe='')}" if replaces else ""
        (leg or self.leg).refer(f"sip:{number}@{CENTRE}{header}", headers)

    @property
    def referral(self) -> list[int]:
        """What its newest leg was told of how that goes."""
        return [event.status for event in self.heard if isinstance(event, ReferReported)]

    async def register(self, *, expires_s: int = 300) -> None:
        """Register, and keep it up until `unregister` or `unplug`."""
        self._registration = self.agent.register(
            Target(f"sip:{CENTRE}", Address("UDP", CENTRE, 5060)),
            aor=f"sip:{self.user}@{CENTRE}",
            credentials=self._credentials,
            expires_s=expires_s,
            on_event=self._registration_told,
        )
        await self._until(lambda: self.registered is True)

    async def unregister(self) -> None:
        assert self._registration is not None
        self._registration.stop()
        await self._until(lambda: self.registered is False)

    async def unplug(self) -> None:
        """The cable is out: not a word more."""
        self.unplugged = True
        await self.agent.stop()

    async def until(self, kind: type[LegEvent]) -> LegEvent:
        """Wait until its newest leg was told such a thing."""
        await self._until(lambda: self.has(kind))
        return next(event for event in self.heard if isinstance(event, kind))

    def has(self, kind: type[LegEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.heard)

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await self._around.next_change()

    def _reoffer(self, direction: str, connection: str | None = None) -> None:
        self._version += 1
        self._direction = direction
        self.leg.offer(
            sdp(self.host, direction=direction, version=self._version, connection=connection)
        )

    def _called(self, leg: SipLeg) -> None:
        self.heard = []
        self._direction = "sendrecv"
        self.legs.append(leg)
        leg.on_event = partial(self._told, leg)
        self.on_ring(self, leg)
        self._around.changed()

    def _told(self, leg: SipLeg, event: LegEvent) -> None:
        if leg is self.leg:
            self.heard.append(event)
        if isinstance(event, OfferReceived) or (isinstance(event, Answered) and self._owes_answer):
            self._version += 1
            usual = sdp(self.host, direction=self._direction, version=self._version)
            leg.accept_offer(self.answers_with or usual)
        self._around.changed()

    def _registration_told(self, event: RegistrationEvent) -> None:
        match event:
            case Registered():
                self.registered = True
            case NotRegistered() | Unregistered():
                self.registered = False
        self._around.changed()


def named(leg: SipLeg, more: str = "") -> str:
    """A Replaces value with which the centre finds its end of a phone's confirmed dialog."""
    dialog = leg.snapshot()["leg"]["dialog"]
    tags = f"to-tag={dialog['remote_tag']};from-tag={dialog['local_tag']}"
    return f"{leg.call_id};{tags}{more}"


def ring(phone: Phone, leg: SipLeg) -> None:
    leg.ring()


def pick_up(phone: Phone, leg: SipLeg) -> None:
    leg.ring()
    phone.answer()


def ignore(phone: Phone, leg: SipLeg) -> None:
    """Not even 180."""


def refuse(status: int) -> Callable[[Phone, SipLeg], None]:
    return lambda _, leg: leg.reject(status)
