"""A whole centre in virtual time: the real rooms, an in-memory network, scripted sound.

    async with House(tmp_path) as house:
        caller = await house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)

Phones and callers are real user agents whose owners do what the test says. Nothing sleeps; an
hour of ringing takes milliseconds.
"""

import asyncio
import wave
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from calls.call import Call
from calls.leg import Leg
from calls.past import Kept, Past, replay
from calls.resumption import bindings_of, keep, start_again
from calls.sounds import SoundBook
from config.settings import Settings
from events.agents import AgentState
from events.centre import CentreStarted
from events.codec import from_json, to_json
from events.event import Event, Recorded
from events.ids import PartyId, PhoneId
from events.log import EventLog
from events.queue_report import QueueReport
from events.recordings import RecordingStarted, RecordingStopped
from ivr.http_client import HttpClient
from ivr.loader import load_flows
from ivr.world import Outside
from media.leg import MediaLeg
from media.settings import MediaSettings
from media.sounds import RATE_HZ, SAMPLE_BYTES
from sentral.composition import Parts, compose, configuration_of
from sentral.world import World
from sip.observer import NULL
from tests.calls.inline_threads import InlineThreads
from tests.calls.phone import CENTRE, PATIENCE_S, Phone
from tests.calls.plan import CARRIER, FLOWS, GATEWAY_PORT, PROMPTS, merged, usual_settings
from tests.media.scripted_media import ScriptedMediaService
from tests.sip.memory_network import MemoryNetwork

UTC_AT_START: Final = 1_800_000_000.0

EventT = TypeVar("EventT", bound=Event)


class House:
    """The centre and its network; `recorded` is the whole log, over all its lives."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        changes: Mapping[str, Any] | None = None,
        flows: Mapping[str, str] | None = None,
        network: MemoryNetwork | None = None,
        lengths_s: Mapping[str, float] | None = None,
        seed: int = 1,
    ) -> None:
        """`changes` are laid over the plan; `lengths_s` are those of prompts, else one second."""
        self.network = network or MemoryNetwork()
        self.recorded: list[Recorded] = []
        self.parties: dict[PartyId, tuple[str, str]] = {}
        self.phones: list[Phone] = []
        self.parts: Parts
        self.media: ScriptedMediaService
        self.kept: Kept | None = None
        self.alive = False
        self.wall_off_s = 0.0  # by which somebody has set the wall clock forward
        self._folder = tmp_path
        self._flow_texts = {**FLOWS, **(flows or {})}
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(InlineThreads())
        self._changed = asyncio.Event()
        self._lengths_s = lengths_s
        self._seed = seed
        self.http = HttpClient()
        """Replace it before the house starts: no socket works in virtual time."""
        self._began_at = 0.0  # of this life, on the loop's clock
        self._life = 0
        key = {"calls": {"party_key_file": str(tmp_path / "key")}}
        self.settings = Settings.model_validate(
            merged(merged(usual_settings(), key), changes or {})
        )

    # Time

    def time(self) -> float:
        """Of the world: what phones go by."""
        return self._loop.time()

    def clock(self) -> float:
        """Of the centre: steady, and at zero when it starts."""
        return self._loop.time() - self._began_at

    def utc(self) -> float:
        return UTC_AT_START + self._loop.time() + self.wall_off_s

    async def later(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    # Life and death

    async def __aenter__(self) -> Self:
        await self.start()
        return self

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

    async def start(self, past: Past | None = None, *, last_seq: int = 0) -> int:
        """Begin a life; how many calls go on from an earlier one."""
        past = past or Past()
        self._life += 1
        self._began_at = self._loop.time()
        sound = MediaSettings(address=CENTRE, recordings=str(self._folder / "recordings"))
        self.media = ScriptedMediaService(sound, lengths_s=self._lengths_s)
        await self.media.start()
        log = EventLog(utc=self.utc, steady=self.clock, last_seq=last_seq)
        replayed = replay(
            past,
            configuration_of(self.settings),
            utc=self.utc(),
            steady=self.clock(),
            seed=self._seed,
            first_offer=last_seq + 1,
        )
        parts = self.parts = self._composed(log, replayed.distributor)
        elapsed_s = self.utc() - past.kept.utc if past.kept else 0.0
        parts.user_agent.location.restore(
            bindings_of(past, replayed), self.clock(), elapsed_s=elapsed_s
        )
        log.listen(self._listener())
        await parts.user_agent.start()
        parts.lamps.light(past, log, parts.user_agent, elapsed_s=elapsed_s)
        log.append(CentreStarted("test", self.settings.content_hash(), self._seed))
        self.alive = True
        resumed = start_again(
            parts.centre,
            past,
            replayed,
            dialogs=parts.user_agent,
            media=self.media,
            lines=parts.lines,
        )
        parts.lamps.resumed()
        return resumed

    def keep(self) -> None:
        """Take a snapshot, as the server does from time to time."""
        agent, seq = self.parts.user_agent, self.parts.log.last_seq
        kept = keep(
            self.parts.centre,
            agent,
            self.parts.lamps,
            seq=seq,
            utc=self.utc(),
            steady=self.clock(),
        )
        self.kept = Kept.from_json(kept)

    async def crash(self) -> None:
        """The process is killed: not a word more to anybody, and nothing more is logged."""
        self._life += 1
        self.alive = False
        parts = self.parts
        parts.centre.services.feed.append = _unheard  # type: ignore[method-assign]
        parts.centre.services.feed.stop()
        await parts.user_agent.stop()
        tasks = [
            call.telling.task
            for call in parts.centre.calls.values()
            if call.telling.task is not None
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.media.stop()

    async def restart(self, *, upto: int | None = None) -> int:
        """Start again from what was logged (and kept), as JSON has it; `upto` tears the log."""
        log = [from_json(to_json(recorded)) for recorded in self.recorded]
        if upto is not None:
            log = [recorded for recorded in log if recorded.seq <= upto]
            self.recorded = self.recorded[: len(log)]
        since = self.kept.seq if self.kept else 0
        events = [recorded for recorded in log if recorded.seq > since]
        past = Past(self.kept, events, log, self.parties)
        return await self.start(past, last_seq=log[-1].seq if log else 0)

    # People

    async def phone(self, user: str) -> Phone:
        """One of the configured phones, at its contact; 3003 at 192.0.2.33, to register."""
        host = f"192.0.2.{int(user) - 3001 + 31}"
        phone = Phone(self, self.network.open, host, user, proves_itself=True)
        return await self._plug(phone)

    async def caller(self, number: str = "62811", *, port: int = 5060) -> Phone:
        """Somebody at the carrier."""
        return await self._plug(Phone(self, self.network.open, CARRIER, number, port=port))

    async def gateway(self) -> Phone:
        """The carrier's end for calls that go out."""
        return await self.caller("gateway", port=GATEWAY_PORT)

    # What happened

    @property
    def events(self) -> list[Event]:
        return [recorded.event for recorded in self.recorded]

    async def until(
        self, kind: type[EventT], *, count: int = 1, where: Callable[[EventT], bool] | None = None
    ) -> EventT:
        """Wait until the log holds so many of a kind; the last of them."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [event for event in self.all(kind) if where is None or where(event)]
                if len(found) >= count:
                    return found[count - 1]
                await self.next_change()

    def all(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    def count(self, kind: type[Event]) -> int:
        return len(self.all(kind))

    def the(self, kind: type[EventT]) -> EventT:
        (only,) = self.all(kind)
        return only

    def at(self, kind: type[Event], *, count: int = 1) -> float:
        """When it happened, seconds since the first start."""
        found = [entry.utc for entry in self.recorded if isinstance(entry.event, kind)]
        return found[count - 1] - UTC_AT_START

    def state(self, agent: str) -> AgentState:
        """What an agent does now."""
        views = self.parts.distributor.agents()
        return next(view.state for view in views if view.id == agent)

    # Afterwards

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
            "tasks": sum(task.get_name().startswith("call ") for task in asyncio.all_tasks()),
        }

    def assert_counts_balance(self) -> None:
        """O = A + B + F, nobody waits any more, and no agent is stuck."""
        report = QueueReport()
        for recorded in self.recorded:
            report.observe(recorded)
        for queue, counts in report.totals().items():
            assert counts.is_balanced, queue
            assert counts.waiting_at_end == 0, f"{counts.waiting_at_end} still wait in {queue}"
        stuck = {
            view.id: view.state
            for view in self.parts.distributor.agents()
            if view.state in (AgentState.OFFERED, AgentState.TALKING, AgentState.BUSY)
        }
        assert not stuck
        in_use = [phone for phone in self.settings.phones if self.is_in_use(phone)]
        assert not in_use

    def is_in_use(self, phone: str) -> bool:
        return self.parts.desk.is_busy(PhoneId(phone))

    # Sound

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

    @property
    def talk_to_each_other(self) -> bool:
        """Whether the one call's two parties hear each other."""
        legs = (self.call.leg, self.other)
        return all(self.hears(leg).startswith("leg ") for leg in legs)

    def fall_silent(self, leg: Leg) -> None:
        """From now on no packet comes from this party."""
        self.media.fall_silent(cast(MediaLeg, leg.media))

    def press(self, leg: Leg, keys: str) -> None:
        self.media.press(cast(MediaLeg, leg.media), keys)

    # Inside

    def changed(self) -> None:
        self._changed.set()

    async def next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _plug(self, phone: Phone) -> Phone:
        await phone.agent.start()
        self.phones.append(phone)
        return phone

    def _listener(self) -> Callable[[Recorded], None]:
        life = self._life

        def heard(recorded: Recorded) -> None:
            if life == self._life:  # a dead process writes no more
                self.recorded.append(recorded)
                self.changed()

        return heard

    def _composed(self, log: EventLog, distributor: Any) -> Parts:
        sounds = {(name, "en"): self.media.sound(Path(f"/{name}.wav")) for name in PROMPTS}
        return compose(
            self.settings,
            log=log,
            media=self.media,
            sounds=SoundBook(sounds, "en"),
            flows=self._flows(),
            observer=NULL,
            remember_party=self._remember,
            world=World(
                steady=self.clock,
                utc=self.utc,
                rng=Random(f"{self._seed} {self._life}"),
                transports=self.network.open,
            ),
            distributor=distributor,
            outside=Outside(http=self.http, recorded=self._recorded_sound),
        )

    async def _recorded_sound(self, file: str) -> bytes:
        """As long as the recording was, and silent: no sound passes through the script."""
        of = {e.recording for e in self.all(RecordingStarted) if e.file == file}
        lengths = [e.duration_s for e in self.all(RecordingStopped) if e.recording in of]
        if not lengths:
            raise FileNotFoundError(file)
        content = BytesIO()
        with wave.open(content, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(SAMPLE_BYTES)
            written.setframerate(RATE_HZ)
            written.writeframes(bytes(round(lengths[-1] * RATE_HZ) * SAMPLE_BYTES))
        return content.getvalue()

    def _remember(self, party: PartyId, number: str, name: str) -> None:
        self.parties[party] = (number, name)

    def _flows(self) -> Any:
        folder = self._folder / "flows"
        folder.mkdir(exist_ok=True)
        for name, text in self._flow_texts.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_flows(
            folder,
            prompts=lambda _: PROMPTS,
            queues=self.settings.queues,
            mailboxes=self.settings.mailbox_names(),
        )


def _unheard(event: Event) -> None:
    """What a dying process would still say."""


def kinds(recorded: Sequence[Recorded]) -> list[str]:
    """For a human who reads a failure."""
    return [f"{entry.utc - UTC_AT_START:8.3f} {entry.event}" for entry in recorded]
