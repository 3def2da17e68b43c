"""A whole centre in virtual time: the real rooms, an in-memory network, scripted sound.

    async with House() as house:
        caller = house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)

Phones and callers are real user agents whose owners do what the test says. Nothing sleeps; an
hour of ringing takes milliseconds.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from calls.call import Call
from calls.leg import Leg
from calls.sounds import SoundBook
from config.settings import Settings
from events.event import Event, Recorded
from events.ids import PartyId
from events.log import EventLog
from ivr.loader import load_flows
from media.leg import MediaLeg
from media.settings import MediaSettings
from sentral.composition import Parts, World, compose
from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, HungUp, LegEvent, OfferReceived, Rejected, Ringing
from sip.edges.sip_leg import SipLeg
from sip.edges.user_agent import UserAgent
from sip.observer import NULL
from sip.settings import SipSettings
from tests.media.scripted_media import ScriptedMediaService
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import PlainDirectory

CENTRE: Final = "192.0.2.1"
CARRIER: Final = "192.0.2.200"
PATIENCE_S: Final = 3600.0
"""Virtual: a test that waits in vain says so."""
UTC_AT_START: Final = 1_800_000_000.0

PROMPTS: Final = ("hello", "menu", "sorry", "comfort", "bye", "music")
FLOWS: Final = {
    "main": """
languages: [en]
start: hello
on_error: bye
nodes:
  hello: {kind: say, prompt: hello, next: menu}
  menu:
    kind: menu
    prompt: menu
    attempts: 2
    choices: {1: wait, 2: away}
    otherwise: bye
  wait:
    kind: queue
    queue: support
    priority: "{{ 5 if customer.vip else 0 }}"
    comfort: comfort
    next: bye
    otherwise: sorry
  away:
    kind: transfer
    to: "3002"
    next: bye
    otherwise: sorry
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
""",
}

BASE: Final[Mapping[str, Any]] = {
    "sip": {"listen": CENTRE, "port": 5060, "transports": ["UDP"]},
    "languages": ["en"],
    "queues": {"support": {"wrap_up_s": 10, "ring_s": 20}},
    "agents": {"1": {"name": "Ayu"}, "2": {"name": "Budi"}},
    "phones": {
        "3001": {"contact": "sip:3001@192.0.2.31:5060", "agent": "1"},
        "3002": {"contact": "sip:3002@192.0.2.32:5060"},
    },
    "trunks": {"carrier": {"addresses": [CARRIER], "gateway": f"sip:{CARRIER}:5070"}},
    "numbers": [
        {"dial": "1000", "flow": "main"},
        {"dial": "1001", "queue": "support"},
        {"dial": "300X", "phone": "dialled"},
        {"dial": "0X.", "trunk": "carrier", "strip": 1},
    ],
}

EventT = TypeVar("EventT", bound=Event)

SDP: Final = """v=0\r
o=- 1 {version} IN IP4 {host}\r
s=-\r
c=IN IP4 {host}\r
t=0 0\r
m=audio {port} RTP/AVP 0 101\r
a=rtpmap:101 telephone-event/8000\r
a={direction}\r
"""


def sdp(host: str, port: int = 7000, *, direction: str = "sendrecv", version: int = 1) -> bytes:
    return SDP.format(host=host, port=port, direction=direction, version=version).encode()


class Phone:
    """A phone at one address: rings by itself, and does the rest when told.

    Attributes:
        on_ring: what it does with an incoming call; replace it to answer, refuse or ignore.
        heard: what its newest leg was told.
    """

    def __init__(self, house: "House", host: str, user: str, port: int = 5060) -> None:
        self.host = host
        self.user = user
        self.legs: list[SipLeg] = []
        self.heard: list[LegEvent] = []
        self.on_ring: Callable[[Phone, SipLeg], None] = ring
        self._house = house
        self._version = 1
        self.agent = UserAgent(
            SipSettings(listen=host, port=port, transports=("UDP",)),
            PlainDirectory(trunk_hosts={CENTRE: "centre"}, domains=frozenset({host})),
            on_call=self._called,
            on_binding=lambda _: None,
            rng=Random(f"{host}:{port}"),
            transports=house.network.open,
            clock=house.clock,
        )

    @property
    def leg(self) -> SipLeg:
        return self.legs[-1]

    def dial(self, number: str) -> SipLeg:
        target = Target(f"sip:{number}@{CENTRE}", Address("UDP", CENTRE, 5060))
        leg = self.agent.invite(
            target, from_user=self.user, sdp=sdp(self.host), on_event=self._told
        )
        self.legs.append(leg)
        return leg

    def answer(self) -> None:
        self.leg.answer(sdp(self.host))

    def hold(self, direction: str = "sendonly") -> None:
        self._reoffer(direction)

    def resume(self) -> None:
        self._reoffer("sendrecv")

    def hang_up(self) -> None:
        self.leg.hang_up()

    async def settled(self) -> None:
        """Wait until its dialog is confirmed, so that a re-INVITE is not too early."""
        await self._house.later(0.1)

    async def until(self, kind: type[LegEvent]) -> LegEvent:
        """Wait until its newest leg was told such a thing."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.has(kind):
                await self._house.next_change()
        return next(event for event in self.heard if isinstance(event, kind))

    def has(self, kind: type[LegEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.heard)

    def _reoffer(self, direction: str) -> None:
        self._version += 1
        self.leg.offer(sdp(self.host, direction=direction, version=self._version))

    def _called(self, leg: SipLeg) -> None:
        self.heard = []
        self.legs.append(leg)
        leg.on_event = self._told
        self.on_ring(self, leg)
        self._house.changed()

    def _told(self, event: LegEvent) -> None:
        self.heard.append(event)
        if isinstance(event, OfferReceived):
            self.leg.accept_offer(sdp(self.host))
        self._house.changed()


def ring(phone: Phone, leg: SipLeg) -> None:
    leg.ring()


def pick_up(phone: Phone, leg: SipLeg) -> None:
    leg.ring()
    phone.answer()


def refuse(status: int) -> Callable[[Phone, SipLeg], None]:
    return lambda _, leg: leg.reject(status)


class House:
    """The centre and its network; `events` is the whole log."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        changes: Mapping[str, Any] | None = None,
        network: MemoryNetwork | None = None,
        lengths_s: Mapping[str, float] | None = None,
        seed: int = 1,
    ) -> None:
        self.network = network or MemoryNetwork()
        self.recorded: list[Recorded] = []
        self.parties: dict[PartyId, tuple[str, str]] = {}
        self._folder = tmp_path
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._seed = seed
        key = {"calls": {"party_key_file": str(tmp_path / "key")}}
        self.settings = Settings.model_validate({**BASE, **key, **(changes or {})})
        self.media = ScriptedMediaService(MediaSettings(address=CENTRE), lengths_s=lengths_s)
        self.parts: Parts
        self.phones: list[Phone] = []

    def clock(self) -> float:
        return self._loop.time()

    @property
    def events(self) -> list[Event]:
        return [recorded.event for recorded in self.recorded]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self, *, log_before: int = 0) -> None:
        await self.media.start()
        log = EventLog(
            utc=lambda: UTC_AT_START + self.clock(), steady=self.clock, last_seq=log_before
        )
        self.parts = compose(
            self.settings,
            log=log,
            media=self.media,
            sounds=SoundBook(
                {(name, "en"): self.media.sound(Path(f"/{name}.wav")) for name in PROMPTS}, "en"
            ),
            flows=self._flows(),
            observer=NULL,
            remember_party=self._remember,
            world=World(
                steady=self.clock,
                utc=lambda: UTC_AT_START + self.clock(),
                rng=Random(self._seed),
                transports=self.network.open,
            ),
        )
        log.listen(self._heard)
        await self.parts.user_agent.start()
        self.parts.centre.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.parts.centre.stop()
        await self.parts.user_agent.stop()
        for phone in self.phones:
            await phone.agent.stop()
        await self.media.stop()

    async def phone(self, user: str) -> Phone:
        """One of the configured phones, at its contact."""
        contact = self.settings.phones[user].contact
        assert contact is not None
        return await self._plug(Phone(self, contact.split("@")[1].split(":")[0], user))

    async def caller(self, number: str = "62811", *, port: int = 5060) -> Phone:
        """Somebody at the carrier."""
        return await self._plug(Phone(self, CARRIER, number, port))

    async def until(self, kind: type[EventT], *, count: int = 1) -> EventT:
        """Wait until the log holds so many of a kind; the last of them."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [event for event in self.events if isinstance(event, kind)]
                if len(found) >= count:
                    return found[count - 1]
                await self.next_change()

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def the(self, kind: type[EventT]) -> EventT:
        (only,) = (event for event in self.events if isinstance(event, kind))
        return only

    def at(self, kind: type[Event], *, count: int = 1) -> float:
        """When it happened, seconds since the start."""
        found = [entry.steady for entry in self.recorded if isinstance(entry.event, kind)]
        return found[count - 1]

    async def later(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    async def quiet(self) -> None:
        """Wait until nothing of any call is left: dialogs, transactions, ports, tasks."""
        for _ in range(200):
            await asyncio.sleep(1.0)  # virtual: transactions end by their timers alone
            if not any(self.left().values()):
                return
        raise AssertionError(f"still there after 200 s: {self.left()}")

    def left(self) -> dict[str, int]:
        """What calls hold just now."""
        agent = self.parts.user_agent
        return {
            "dialogs": agent.dialog_count,
            "transactions": sum(agent.transaction_counts().values()),
            "media legs": self.media.open_legs,
            "calls": len(self.parts.centre.calls),
            "offers": len(self.parts.centre.offers),
        }

    @property
    def call(self) -> Call:
        """The one call that goes on."""
        (only,) = self.parts.centre.calls.values()
        return only

    @property
    def other(self) -> Leg:
        """Whom the one call talks with."""
        assert self.call.conversation is not None
        return self.call.conversation.other

    def hears(self, leg: Leg) -> str:
        """What the party of this leg hears: "nothing", "leg N" or the names of sounds."""
        return self.media.hears(cast(MediaLeg, leg.media))

    def fall_silent(self, leg: Leg) -> None:
        """From now on no packet comes from this party."""
        self.media.fall_silent(cast(MediaLeg, leg.media))

    def press(self, leg: Leg, keys: str) -> None:
        self.media.press(cast(MediaLeg, leg.media), keys)

    def changed(self) -> None:
        self._changed.set()

    async def next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _plug(self, phone: Phone) -> Phone:
        await phone.agent.start()
        self.phones.append(phone)
        return phone

    def _heard(self, recorded: Recorded) -> None:
        self.recorded.append(recorded)
        self.changed()

    def _remember(self, party: PartyId, number: str, name: str) -> None:
        self.parties[party] = (number, name)

    def _flows(self) -> Any:
        folder = self._folder / "flows"
        folder.mkdir(exist_ok=True)
        for name, text in FLOWS.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_flows(folder, prompts=lambda _: PROMPTS, queues=self.settings.queues)


__all__ = ["Answered", "House", "HungUp", "Phone", "Rejected", "Ringing", "pick_up", "refuse"]
