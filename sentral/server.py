"""The running centre: what starts in which order, and how it stops without losing anything."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from calls.past import Past, Replayed, replay
from calls.resumption import bindings_of, start_again
from config.settings import Settings
from events.centre import CentreStarted, CentreStopped
from events.event import Recorded
from events.log import EventLog
from events.mailboxes import MessageLeft
from ivr.world import Outside
from media.service import MediaService
from records.store import Store
from sentral import composition
from sentral.composition import Parts
from sentral.ears import Recogniser
from sentral.flow_reloading import FlowReloader
from sentral.garbage import IdleCollector
from sentral.gauges import TargetsInForce, gauges_of
from sentral.ladders import Ladders
from sentral.message_mail import MessageMail
from sentral.outside import Databases
from sentral.past_log import Keeper, read_past
from sentral.prompt_book import library_of, load_book
from sentral.recording_shelf import RecordingShelf, key_of
from sentral.reloading import Reloader
from sentral.trunk_probe import TrunkProbe
from sentral.trunk_registrations import TrunkRegistrations
from sentral.version import version
from sentral.web_context import web_context
from sentral.world import World
from sip.address import Address
from telemetry.capture_files import CaptureWriter
from telemetry.face import Surroundings
from telemetry.hep import Endpoint, HepExporter
from telemetry.ladder_notes import NOTED
from telemetry.metrics import Metrics
from telemetry.series.process import GarbageSeries, LoopLagSeries
from telemetry.series.sip import SipSeries
from telemetry.sip_capture import SipCapture
from web.server import WebServer

_log = structlog.get_logger(__name__)


class Server:
    """One per process. `start`, then serve until somebody calls `stop`."""

    def __init__(self, settings: Settings, read: Callable[[], Settings]) -> None:
        """`read` the settings again, for a reload; raises ConfigError.

        Raises FlowErrors, before anything is opened.
        """
        self.settings = settings
        self._read = read
        self._flows = composition.flows_of(settings)
        self._store = Store(
            settings.store, on_problem=lambda problem: _log.warning("store", problem=problem)
        )
        self._media = MediaService(settings.media, recording_key=key_of(settings.recording))
        self._shelf = RecordingShelf(settings, self._store)
        self._capture = SipCapture(settings.telemetry)
        self._capture_writer: CaptureWriter | None = None
        self._parts: Parts | None = None
        self._metrics: Metrics | None = None
        self._web: WebServer | None = None
        self._probe: TrunkProbe | None = None
        self._flow_reloader: FlowReloader | None = None
        self._reloader: Reloader | None = None
        self._registrations: TrunkRegistrations | None = None
        self._keeper: Keeper | None = None
        self._garbage = IdleCollector()
        self._world = World()
        self._mail: MessageMail | None = None
        self._databases = Databases(settings, self._store, self._world.utc)
        self._ears = Recogniser(settings) if settings.recognition.engine else None

    @property
    def parts(self) -> Parts:
        assert self._parts is not None, "started first"
        return self._parts

    @property
    def http_address(self) -> str:
        assert self._web is not None, "started first"
        return f"{self.settings.web.listen}:{self._web.port}"

    async def start(self) -> None:
        """Open what the centre needs and go on where the last process ended; SIP then answers.

        Raises:
            ListenFailed, CannotListen: an address is not to be had, in one line.
            SoundError, UnreadableFile, OSError, ValueError: a file cannot be used.
        """
        world = self._world
        log = EventLog(
            utc=world.utc,
            steady=world.steady,
            last_seq=self._store.last_seq(),
            on_failure=_tell_failure,
        )
        await self._media.start()
        past, sounds = await asyncio.gather(
            self._read_past(log.last_seq),
            load_book(self.settings, library_of(self.settings), self._media),
        )
        seed = secrets.randbits(32)
        replayed = replay(
            past,
            composition.configuration_of(self.settings),
            utc=world.utc(),
            steady=world.steady(),
            seed=seed,
            first_offer=log.last_seq + 1,  # each offer leaves at least one event
        )
        metrics = self._metrics = Metrics(self._surroundings(world))
        metrics.part(SipSeries).capture_into(self._capture)
        self._parts = composition.compose(
            self.settings,
            log=log,
            media=self._media,
            sounds=sounds,
            flows=self._flows,
            observer=metrics.part(SipSeries),
            remember_party=self._store.remember_party,
            world=world,
            distributor=replayed.distributor,
            outside=self._outside(),
        )
        self._export_messages(metrics, world)
        await self._go(metrics, past, replayed, seed)

    async def _read_past(self, last_seq: int) -> Past:
        """A store in which nothing happened yet is made when calls are taken already."""
        if not last_seq:
            return Past()
        self._store.open()
        return await asyncio.to_thread(read_past, self._store)

    def _outside(self) -> Outside:
        ears = self._ears
        transcripts = ears is not None and self.settings.recognition.transcripts
        return replace(
            self._databases.outside,
            recorded=self._shelf.content,
            ears=ears,
            transcribe=ears.transcribe if ears is not None and transcripts else None,
        )

    @property
    def _capture_folder(self) -> Path | None:
        folder = self.settings.telemetry.capture_folder
        return Path(folder) if folder else None

    def _export_messages(self, metrics: Metrics, world: World) -> None:
        def steady_to_utc(at: float) -> float:
            return world.utc() - (world.steady() - at)

        settings = self.settings.telemetry
        if self._capture_folder is not None:
            self._capture_writer = CaptureWriter(
                self._capture_folder,
                kept_days=settings.capture_days,
                steady_to_utc=steady_to_utc,
            )
            metrics.part(SipSeries).capture_into(self._capture_writer)
        if settings.hep is not None:
            exporter = HepExporter(
                settings.hep,
                steady_to_utc=steady_to_utc,
                local=lambda transport, host: _endpoint(self.parts, transport, host),
            )
            metrics.part(SipSeries).capture_into(exporter)

    def _surroundings(self, world: World) -> Surroundings:
        return Surroundings(
            registry=CollectorRegistry(),
            steady=world.steady,
            version=version(),
            queues=TargetsInForce(lambda: self._parts.settings if self._parts else self.settings),
            trunks=tuple(self.settings.trunks),
            gauges=gauges_of(lambda: self.parts, self._store),
            settings=self.settings.telemetry,
        )

    async def _go(self, metrics: Metrics, past: Past, replayed: Replayed, seed: int) -> None:
        parts, world = self.parts, self.parts.world
        flows = self._flow_reloader = FlowReloader(parts, self._media)
        reloader = self._reloader = Reloader(parts, flows, self._read, self._keep)
        ladders = Ladders(
            self._capture, self._capture_folder, lambda call: self._store.reader.call(call)
        )
        context = web_context(parts, self._store, metrics, ladders, flows, reloader, self._shelf)
        self._web = WebServer(context, self.settings.web)
        await self._web.start()
        for listener in (self._store.append, metrics.observe, context.feed.publish):
            parts.log.listen(listener)
        parts.log.listen(self._capture.observe, *NOTED)
        elapsed_s = world.utc() - past.kept.utc if past.kept else 0.0
        parts.user_agent.location.restore(
            bindings_of(past, replayed), world.steady(), elapsed_s=elapsed_s
        )
        await parts.user_agent.start()
        self._store.open()
        parts.lamps.light(past, parts.log, parts.user_agent, elapsed_s=elapsed_s)
        parts.log.append(CentreStarted(version(), self.settings.content_hash(), seed))
        self._shelf.start(parts)  # what a dead process was recording is told by the next step
        resumed = start_again(
            parts.centre,
            past,
            replayed,
            dialogs=parts.user_agent,
            media=self._media,
            lines=parts.lines,
        )
        parts.lamps.resumed()
        self._mail = self._begin_mail(parts)
        self._begin_chores(metrics)
        _log.info(
            "serving",
            sip=[str(address) for address in parts.user_agent.listening],
            http=self.http_address,
            calls_resumed=resumed,
        )

    def _begin_mail(self, parts: Parts) -> MessageMail | None:
        if self.settings.mail is None:
            return None
        services = parts.centre.services
        mail = MessageMail(
            self.settings.mail,
            services.voicemail,
            services.feed.append,
            parts.world.utc,
            read=parts.outside.recorded,
            parties=lambda callers: self._store.reader.parties_named(callers),
            transcribe=parts.outside.transcribe,
            language=services.default_language,
        )
        parts.log.listen(mail.observe, MessageLeft)
        mail.start()
        return mail

    def _begin_chores(self, metrics: Metrics) -> None:
        if self._flow_reloader is not None:
            self._flow_reloader.start()
        if self._reloader is not None:
            self._reloader.start()  # with all that follows in this turn of the loop
        metrics.part(LoopLagSeries).start()
        metrics.part(GarbageSeries).start()
        self._probe = TrunkProbe(self.parts)
        self._probe.start()
        self._registrations = TrunkRegistrations(self.parts)
        self._registrations.start()
        self._keeper = Keeper(self.parts, self._store)
        self._keeper.start()
        self._garbage.start()
        if self._ears is not None:
            self._ears.start()
        services = self.parts.centre.services
        if services.flows.current.speaks():
            services.speech.prepare()

    def _keep(self) -> None:
        if self._keeper is not None:
            self._keeper.keep()

    def reload(self) -> None:
        """Read configuration and flows anew, soon; broken ones change nothing."""
        if self._reloader is not None:
            self._reloader.ask()

    async def stop(self, reason: str) -> None:
        """End calls with BYE, write what waits, close everything."""
        self._garbage.stop()
        if self._reloader is not None:
            await self._reloader.stop()
        if self._flow_reloader is not None:
            await self._flow_reloader.stop()
        if self._probe is not None:
            await self._probe.stop()
        if self._registrations is not None:
            await self._registrations.stop()
        if self._parts is not None:
            await self._parts.centre.stop()
            if self._keeper is not None:
                self._keeper.stop()
            await self._parts.centre.services.speech.stop()
            self._parts.log.append(CentreStopped(reason))
            await self._parts.user_agent.stop()
        if self._metrics is not None:
            await self._metrics.part(LoopLagSeries).stop()
            self._metrics.part(GarbageSeries).stop()
        if self._web is not None:
            await self._web.stop()
        if self._mail is not None:
            await self._mail.stop()
        await self._shelf.stop()
        await self._media.stop()
        await self._databases.close()
        if self._ears is not None:
            await self._ears.stop()
        if self._capture_writer is not None:
            await asyncio.to_thread(self._capture_writer.close)
        await asyncio.to_thread(self._store.close, 10.0)


def _endpoint(parts: Parts, transport: str, host: str) -> Endpoint:
    ours = parts.user_agent.seen_by(Address(transport, host, 0))
    return Endpoint(ours.host, ours.port)


def _tell_failure(recorded: Recorded, error: Exception) -> None:
    """Somebody who listens to the log is broken; everybody else goes on."""
    _log.error("listener_failed", of=recorded.event.kind, seq=recorded.seq, exc_info=error)
