"""The running centre: what starts in which order, and how it stops without losing anything."""

import asyncio
import hashlib
import secrets

import structlog
from prometheus_client import CollectorRegistry

from config.settings import Settings
from events.centre import CentreStarted, CentreStopped
from events.log import EventLog
from media.service import MediaService
from records.store import Store
from sentral import composition
from sentral.composition import Parts, World
from sentral.garbage import IdleCollector
from sentral.gauges import gauges_of, queue_targets
from sentral.prompt_book import library_of, load_book
from sentral.trunk_probe import TrunkProbe
from sentral.version import version
from sentral.web_context import web_context
from telemetry.face import Surroundings
from telemetry.metrics import Metrics
from telemetry.series.process import GarbageSeries, LoopLagSeries
from telemetry.series.sip import SipSeries
from telemetry.sip_capture import SipCapture
from web.server import WebServer

_log = structlog.get_logger(__name__)


class Server:
    """One per process. `start`, then serve until somebody calls `stop`."""

    def __init__(self, settings: Settings) -> None:
        """Raises FlowErrors, before anything is opened."""
        self.settings = settings
        self._flows = composition.flows_of(settings)
        self._store = Store(
            settings.store, on_problem=lambda problem: _log.warning("store", problem=problem)
        )
        self._media = MediaService(settings.media)
        self._capture = SipCapture(settings.telemetry)
        self._parts: Parts | None = None
        self._metrics: Metrics | None = None
        self._web: WebServer | None = None
        self._probe: TrunkProbe | None = None
        self._garbage = IdleCollector()

    @property
    def parts(self) -> Parts:
        assert self._parts is not None, "started first"
        return self._parts

    @property
    def http_address(self) -> str:
        assert self._web is not None, "started first"
        return f"{self.settings.web.listen}:{self._web.port}"

    async def start(self) -> None:
        """Open what the centre needs; SIP answers when this returns.

        Raises:
            ListenFailed, CannotListen: an address is not to be had, in one line.
            SoundError, UnreadableFile, OSError, ValueError: a file cannot be used.
        """
        self._store.open()
        world = World()
        log = EventLog(utc=world.utc, steady=world.steady, last_seq=self._store.last_seq())
        await self._media.start()
        sounds = await load_book(self.settings, library_of(self.settings), self._media)
        registry = CollectorRegistry()
        surroundings = Surroundings(
            registry=registry,
            steady=world.steady,
            version=version(),
            queues=queue_targets(self.settings),
            trunks=tuple(self.settings.trunks),
            gauges=gauges_of(lambda: self.parts, self._store),
            settings=self.settings.telemetry,
        )
        self._metrics = Metrics(surroundings)
        sip_series = self._metrics.part(SipSeries)
        sip_series.capture_into(self._capture)
        self._parts = composition.compose(
            self.settings,
            log=log,
            media=self._media,
            sounds=sounds,
            flows=self._flows,
            observer=sip_series,
            remember_party=self._store.remember_party,
            world=world,
        )
        await self._go()

    async def _go(self) -> None:
        parts, metrics = self.parts, self._metrics
        assert metrics is not None
        context = web_context(parts, self._store, metrics, self._capture)
        for listener in (
            self._store.append,
            metrics.observe,
            self._capture.observe,
            context.feed.publish,
        ):
            parts.log.listen(listener)
        parts.centre.start()
        parts.log.append(
            CentreStarted(version(), _content_hash(self.settings), secrets.randbits(32))
        )
        self._web = WebServer(context, self.settings.web)
        await self._web.start()
        await parts.user_agent.start()
        metrics.part(LoopLagSeries).start()
        metrics.part(GarbageSeries).start()
        self._probe = TrunkProbe(parts)
        self._probe.start()
        self._garbage.start()
        _log.info(
            "serving",
            sip=[str(address) for address in parts.user_agent.listening],
            http=self._web.port,
        )

    async def stop(self, reason: str) -> None:
        """End calls with BYE, write what waits, close everything."""
        self._garbage.stop()
        if self._probe is not None:
            await self._probe.stop()
        if self._parts is not None:
            await self._parts.centre.stop()
            self._parts.log.append(CentreStopped(reason))
            await self._parts.user_agent.stop()
            await self._parts.outside.http.close()
        if self._metrics is not None:
            await self._metrics.part(LoopLagSeries).stop()
            self._metrics.part(GarbageSeries).stop()
        if self._web is not None:
            await self._web.stop()
        await self._media.stop()
        await asyncio.to_thread(self._store.close, 10.0)


def _content_hash(settings: Settings) -> str:
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:16]
