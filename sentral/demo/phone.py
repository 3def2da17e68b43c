"""A SIP phone of the demo: the house's own user agent and media engine, at the other end."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from typing import Final

from media.leg import MediaLeg
from media.service import MediaService
from sentral.demo.ear import HOST, Ear
from sentral.demo.phone_call import PATIENCE_S, PhoneCall
from sentral.failures import Failure
from sip.address import Address, Target
from sip.dialogs.leg_events import Confirmed, LegEvent
from sip.digest import Algorithm, Credentials
from sip.edges.registration import SipRegistration
from sip.edges.sip_leg import SipLeg
from sip.edges.user_agent import UserAgent
from sip.registration_client import NotRegistered, Registered, RegistrationEvent, Unregistered
from sip.settings import SipSettings, TransportName

GOODBYE_S: Final = 1.0
"""For BYE, the last REGISTER, and their answers."""

CODECS: Final = ("PCMU",)


class Anybody:
    """A phone takes every call that reaches it."""

    realm = "phone"
    domains: frozenset[str] = frozenset()

    def digests(self, username: str) -> Mapping[Algorithm, str] | None:
        return None

    def is_phone(self, user: str) -> bool:
        return False

    def trunk_at(self, host: str, port: int, transport: str) -> str | None:
        return "anybody"

    def trunk_digests(self, username: str) -> tuple[str, Mapping[Algorithm, str]] | None:
        return None


class Phone:
    """One line: the newest call is the one that counts."""

    def __init__(
        self,
        who: str,
        centre: Address,
        media: MediaService,
        *,
        transport: TransportName = "UDP",
    ) -> None:
        self.who = who
        self._centre = Address(transport, centre.host, centre.port)
        self._media = media
        self._calls: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._all: list[PhoneCall] = []
        self._closing: list[Callable[[], object]] = []
        self._registration: SipRegistration | None = None
        self._registered: asyncio.Queue[RegistrationEvent] = asyncio.Queue()
        self._incoming: set[asyncio.Task[None]] = set()
        self._credentials: Credentials | None = None
        self._agent = UserAgent(
            SipSettings(listen=HOST, port=0, transports=(transport,)),
            Anybody(),
            on_call=self._rung,
            on_binding=lambda _: None,
            rng=random.SystemRandom(),
        )

    async def start(self) -> None:
        """Raises ListenFailed."""
        await self._agent.start()

    async def stop(self) -> None:
        """Put everything down; a call that is still on is ended and the phone unregistered."""
        for call in self._all:
            call.hang_up()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._unregister()
                await self._agent.drained()
        await self._agent.stop()
        for close in self._closing:
            close()

    async def register(self, user: str, password: str) -> None:
        """Raises Failure when the centre does not want us."""
        self._credentials = Credentials(user, password)
        self._registration = self._agent.register(
            Target(f"sip:{self._centre.host}:{self._centre.port}", self._centre),
            aor=f"sip:{user}@{self._centre.host}",
            credentials=self._credentials,
            on_event=self._registered.put_nowait,
        )
        event = await self._told_of_registration()
        if isinstance(event, NotRegistered):
            raise Failure(f"phone {user} may not register: {event.status} {event.reason}")
        assert isinstance(event, Registered)

    async def _unregister(self) -> None:
        if self._registration is not None:
            self._registration.stop()
            while not isinstance(await self._registered.get(), Unregistered):
                pass

    async def dial(self, number: str, *, user: str, display: str = "") -> PhoneCall:
        """Call; whether somebody answers is the next question."""
        media, ear = await self._line()
        host, port = self._centre.host, self._centre.port
        told: list[PhoneCall] = []
        sip = self._agent.invite(
            Target(f"sip:{number}@{host}:{port}", self._centre),
            from_user=user,
            from_display=display,
            sdp=media.offer(),
            credentials=self._credentials,
            on_event=lambda event: told[0].hear(event),
        )
        told.append(PhoneCall(self.who, sip, media, ear))
        self._all += told
        return told[0]

    async def ringing(self) -> PhoneCall:
        """Wait until somebody calls.

        Raises:
            Failure: nobody did in time.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._calls.get()
        except TimeoutError:
            raise Failure(f"{self.who}'s phone did not ring within {PATIENCE_S:g} s") from None

    async def answer(self, call: PhoneCall) -> None:
        """Pick up; returns when the other side has acknowledged it."""
        call.sip.answer(call.media.answer(call.sip.sdp_offer))
        await call.until(Confirmed, "the ACK")

    def _rung(self, sip: SipLeg) -> None:
        sip.ring()
        heard: list[LegEvent] = []  # until the line is open, which takes a turn of the loop
        sip.on_event = heard.append

        async def take() -> None:
            media, ear = await self._line()
            call = PhoneCall(self.who, sip, media, ear)
            sip.on_event = call.hear
            for event in heard:
                call.hear(event)
            self._all.append(call)
            self._calls.put_nowait(call)

        task = asyncio.get_running_loop().create_task(take())
        self._incoming.add(task)
        task.add_done_callback(self._incoming.discard)

    async def _line(self) -> tuple[MediaLeg, Ear]:
        """A leg towards the centre, and an ear on it."""
        ear, close = await Ear.open()
        leg, listening = (
            self._media.open(signalling_host=HOST, codecs=CODECS, on_event=lambda _: None)
            for _ in range(2)
        )
        listening.offer()
        listening.accept_answer(ear.sdp())
        leg.bridge(listening)
        self._closing += [close, leg.close, listening.close]
        return leg, ear

    async def _told_of_registration(self) -> RegistrationEvent:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._registered.get()
        except TimeoutError:
            raise Failure(f"{self.who}'s phone got no answer to its REGISTER") from None
