"""Two ends of a call for scenario tests: real user agents with small scripted owners."""

import asyncio
from collections.abc import Callable, Mapping
from random import Random

from sip.address import Address, Target
from sip.dialogs.leg_events import LegEvent
from sip.digest import Algorithm, ha1
from sip.edges.sip_leg import SipLeg
from sip.edges.sockets import real_sockets
from sip.edges.transport import TransportFactory
from sip.edges.user_agent import UserAgent
from sip.location import BindingChange
from sip.observer import NULL, SipObserver
from sip.settings import SipSettings

OFFER = b"v=0\r\ns=offer\r\n"
ANSWER = b"v=0\r\ns=answer\r\n"
SECOND_OFFER = b"v=0\r\ns=second offer\r\n"
SECOND_ANSWER = b"v=0\r\ns=second answer\r\n"
REALM = "sentral"


class PlainDirectory:
    """Phones with passwords, and trunks by host."""

    def __init__(
        self,
        phones: Mapping[str, str] | None = None,
        trunk_hosts: Mapping[str, str] | None = None,
        domains: frozenset[str] = frozenset({"127.0.0.1", "example.test"}),
    ) -> None:
        self.realm = REALM
        self.domains = domains
        self._phones = dict(phones or {})
        self._trunk_hosts = dict(trunk_hosts or {})

    def digests(self, username: str) -> Mapping[Algorithm, str] | None:
        password = self._phones.get(username)
        if password is None:
            return None
        return {kind: ha1(username, REALM, password, kind) for kind in Algorithm}

    def is_phone(self, user: str) -> bool:
        return user in self._phones

    def trunk_at(self, host: str, port: int, transport: str) -> str | None:
        return self._trunk_hosts.get(host)

    def trunk_digests(self, username: str) -> tuple[str, Mapping[Algorithm, str]] | None:
        return None


def answer(party: "Party", leg: SipLeg) -> None:
    leg.answer(ANSWER)


def listen(party: "Party", leg: SipLeg, event: LegEvent) -> None:
    """Only note it."""


class Party:
    """A user agent whose owner notes everything; `script` reacts to events of its legs.

    Attributes:
        legs: in the order they began, both directions.
        heard: (leg number, event) in the order told.
    """

    def __init__(
        self,
        settings: SipSettings,
        directory: PlainDirectory,
        *,
        on_call: Callable[["Party", SipLeg], None] | None = None,
        on_event: Callable[["Party", SipLeg, LegEvent], None] | None = None,
        transports: TransportFactory = real_sockets,
        clock: Callable[[], float] | None = None,
        observer: SipObserver = NULL,
        seed: int = 1,
    ) -> None:
        self.directory = directory
        self.legs: list[SipLeg] = []
        self.heard: list[tuple[int, LegEvent]] = []
        self.bindings: list[BindingChange] = []
        self._on_call = on_call or answer
        self._on_event = on_event or listen
        self._changed = asyncio.Event()
        self.agent = UserAgent(
            settings,
            directory,
            on_call=self._called,
            on_binding=self._bound,
            observer=observer,
            rng=Random(seed),
            transports=transports,
            clock=clock or asyncio.get_running_loop().time,
        )

    @property
    def address(self) -> Address:
        return self.agent.listening[0]

    @property
    def events(self) -> list[LegEvent]:
        return [event for _, event in self.heard]

    def call(self, uri: str, *, sdp: bytes = OFFER, to: Address | None = None) -> SipLeg:
        target = Target(uri, address=to)
        return self.call_target(target, sdp=sdp)

    def call_target(self, target: Target, *, sdp: bytes = OFFER) -> SipLeg:
        number = len(self.legs)
        leg = self.agent.invite(
            target, from_user="alice", sdp=sdp, on_event=lambda event: self._heard(number, event)
        )
        self.legs.append(leg)
        return leg

    async def until(self, *kinds: type) -> LegEvent:
        """Wait until an event of one of the kinds was told, now or earlier."""
        while True:
            for event in self.events:
                if isinstance(event, kinds):
                    return event
            self._changed.clear()
            await self._changed.wait()

    async def until_heard(self, count: int) -> None:
        """Wait until so many events were told."""
        while len(self.heard) < count:
            self._changed.clear()
            await self._changed.wait()

    async def until_bound(self, count: int) -> None:
        """Wait until so many changes of bindings were told."""
        while len(self.bindings) < count:
            self._changed.clear()
            await self._changed.wait()

    @property
    def is_idle(self) -> bool:
        """No dialog and no transaction is left."""
        return self.agent.dialog_count == 0 and not any(self.agent.transaction_counts().values())

    def _called(self, leg: SipLeg) -> None:
        number = len(self.legs)
        self.legs.append(leg)
        leg.on_event = lambda event: self._heard(number, event)
        self._on_call(self, leg)
        self._changed.set()

    def _heard(self, number: int, event: LegEvent) -> None:
        self.heard.append((number, event))
        self._changed.set()
        self._on_event(self, self.legs[number], event)

    def _bound(self, change: BindingChange) -> None:
        self.bindings.append(change)
        self._changed.set()
