"""The media room's face: legs that speak RTP and sounds that they play."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from media.addresses import bound_for, told_to
from media.conference import Conference
from media.engine_face import Engine, Event
from media.errors import NoPorts, RecordingError, SoundError
from media.events import MediaEvent, RecordingEvent
from media.growing import GrowingSound
from media.leg import MediaLeg
from media.protection import Protection, from_json, local_protection
from media.recording import Recording
from media.scheduling import schedule_workers
from media.sdp.codecs import WIDEBAND
from media.sdp.negotiation import LocalStream, Negotiation
from media.sdp.protection import LocalProtection
from media.sealed_wav import is_sealed, new_seal, repair
from media.sealing import NotOurs
from media.settings import MediaSettings
from media.sounds import RATE_HZ, WIDE_RATE_HZ, Samples, Sound, decode_at, decode_content
from media.statistics import EngineTotals
from media.tones import render_tone, tone_for
from media.wav_repair import NoWav, repair_wav

log: Final = logging.getLogger(__name__)

OpenEngine: TypeAlias = Callable[[MediaSettings], Engine]


def sound_rate_hz(settings: MediaSettings) -> int:
    """At which sounds are kept: the one that some codec of the settings can tell from 8000 Hz."""
    return WIDE_RATE_HZ if WIDEBAND.intersection(settings.codecs) else RATE_HZ


def open_rust_engine(settings: MediaSettings) -> Engine:
    """The real engine, in threads of its own."""
    from sentral_media_engine import Engine as RustEngine  # here: `sentral check` needs no engine

    engine: Engine = RustEngine(
        settings.port_first,
        settings.port_last,
        workers=settings.workers,
        quarantine_s=settings.quarantine_s,
        dscp=settings.dscp,
        sound_rate_hz=sound_rate_hz(settings),
    )
    return engine


class MediaService:
    """One per process. Everything but `load` returns at once; use it from the event loop only."""

    def __init__(
        self,
        settings: MediaSettings,
        *,
        open_engine: OpenEngine = open_rust_engine,
        recording_key: bytes | None = None,
    ) -> None:
        """`recording_key` seals recordings as they are written; without it they are plain."""
        self.settings = settings
        self.legs: dict[int, MediaLeg] = {}
        """Open legs by id: empty when nobody is on the line."""
        self._open_engine = open_engine
        self._recording_key = recording_key
        self._sound_rate_hz = sound_rate_hz(settings)
        self._engine: Engine | None = None
        self._certified = ""
        self._sounds: dict[Path, tuple[tuple[int, int], Sound]] = {}
        self._loading: dict[Path, asyncio.Task[Samples]] = {}
        self._tones: dict[str, Sound] = {}
        self._recordings: dict[int, Recording] = {}

    async def start(self) -> None:
        """Start the engine's threads and listen to its events."""
        assert self._engine is None, "started twice"
        self._engine = self._open_engine(self.settings)
        self._certified = ""
        chosen = self.settings
        for problem in schedule_workers(chosen.worker_cpus, chosen.worker_priority):
            log.warning("worker_not_scheduled", extra={"problem": problem})
        asyncio.get_running_loop().add_reader(self._engine.event_fd, self._drain)

    async def stop(self) -> None:
        """Close every leg and the engine; harmless if it never started."""
        if self._engine is None:
            return
        for recording in self._recordings.values():
            recording.stop()
        for leg in list(self.legs.values()):
            leg.close()
        asyncio.get_running_loop().remove_reader(self._engine.event_fd)
        self._engine.close()
        self._drain()  # recordings are whole by now
        self._engine = None
        self._recordings.clear()
        self._sounds.clear()
        self._tones.clear()

    def open(
        self,
        *,
        signalling_host: str,
        latch: str | None = None,
        local_address: str | None = None,
        codecs: tuple[str, ...] | None = None,
        protection: Protection | None = None,
        first: str = "",
        offers_noise: bool = False,
        on_event: Callable[[MediaEvent], None],
    ) -> MediaLeg:
        """A leg with a port of its own; it costs that port until `close`.

        Args:
            signalling_host: IP address that the peer's SIP comes from: under `nat` the only
                stranger whose packets may be taken.
            latch: policy for this peer; None for the one of the settings.
            local_address: IP address our SIP to this peer leaves from: goes into the SDP when the
                sockets are bound to every address (0.0.0.0) and `advertised` is not set.
            protection: how the sound is to be protected; None takes what the peer offers.
            codecs: what to offer, best first; None for the settings' order.
            first: the codec of the other side, to be offered before the others if it is one of
                them, so that sound passes through as it is.
            offers_noise: whether comfort noise is offered, if the settings allow it: not to one
                side of a call when the other does not take it.
            on_event: told what happens, on the loop.

        Raises:
            NoPorts: every port of the range is taken.
        """
        engine = self._running()
        try:
            leg_id, port = engine.open_leg(bound_for(self.settings, signalling_host))
        except OSError as error:
            raise NoPorts(self.settings.port_first, self.settings.port_last) from error
        local = LocalStream(
            address=told_to(self.settings, signalling_host, local_address),
            port=port,
            codecs=tuple(sorted(codecs or self.settings.codecs, key=lambda name: name != first)),
            ptime_ms=self.settings.ptime_ms,
            comfort_noise=self.settings.comfort_noise,
            offers_noise=offers_noise,
        )
        secret = local_protection(protection or Protection(), self._fingerprint())
        session_id = secrets.randbits(40)
        negotiation = Negotiation(local, session_id=session_id, protection=secret)
        policy = latch or self.settings.latch
        return self._add(leg_id, local, negotiation, secret, signalling_host, policy, on_event)

    def restore(self, data: Mapping[str, Any], on_event: Callable[[MediaEvent], None]) -> MediaLeg:
        """Open a leg again from its `snapshot`: same port, same SDP session, same SSRC.

        Raises:
            NoPorts: its port is taken by now.
        """
        local = LocalStream(**{**data["local"], "codecs": tuple(data["local"]["codecs"])})
        try:
            leg_id, _ = self._running().open_leg(
                bound_for(self.settings, local.address),
                port=local.port,
                snapshot=dict(data["engine"]),
            )
        except OSError as error:
            raise NoPorts(local.port, local.port) from error
        secret = from_json(data.get("protection"), self._fingerprint())
        negotiation = Negotiation.restore(local, data["negotiation"], secret)
        host, policy = data["signalling_host"], data["latch"]
        leg = self._add(leg_id, local, negotiation, secret, host, policy, on_event)
        leg.resume(data)
        return leg

    def sound(self, path: Path) -> Sound:
        """The sound of a file; the same value for as long as the file does not change.

        A first use decodes it here and now. That is nothing for 8 or 16 kHz mono WAV, as
        rendered prompts are; other files should be fetched by `load` before a call needs them.

        Raises:
            SoundError: it cannot be played; the message names the file.
        """
        version = _version(path)
        known = self._sounds.get(path)
        if known is not None and known[0] == version:
            return known[1]
        return self._keep(path, version, decode_at(path, self._sound_rate_hz))

    async def load(self, path: Path) -> Sound:
        """Like `sound`, but decodes in a thread; two who want one file at a time share the work.

        Raises:
            SoundError: as `sound`.
        """
        version = _version(path)
        known = self._sounds.get(path)
        if known is not None and known[0] == version:
            return known[1]
        task = self._loading.get(path)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(decode_at, path, self._sound_rate_hz))
            self._loading[path] = task
            task.add_done_callback(lambda _: self._loading.pop(path, None))
        samples = await asyncio.shield(task)  # another may still want it if we are cancelled
        if self._engine is None:
            raise SoundError(path, "the media service has stopped")
        known = self._sounds.get(path)
        if known is not None and known[0] == version:
            return known[1]
        return self._keep(path, version, samples)

    def sound_of(self, samples: bytes, name: str) -> Sound:
        """A sound made in memory: 16-bit little-endian mono samples at 8000 Hz. Kept until stop."""
        return self._loaded(Samples(samples, RATE_HZ), name)

    async def load_wav(self, content: bytes, name: str) -> Sound:
        """A sound that is a WAV file's content, decoded in a thread. Kept until `unload`.

        Raises:
            SoundError: it is no WAV, or is empty.
        """
        samples = await asyncio.to_thread(decode_content, content, name, self._sound_rate_hz)
        return self._loaded(samples, name)

    def unload(self, sound: Sound) -> None:
        """Forget a sound of `load_wav`; what still plays it goes on to its end."""
        if self._engine is not None:
            self._engine.unload_sound(sound.id)

    def grow(self, name: str, rate_hz: int = RATE_HZ) -> GrowingSound:
        """A sound that comes piece by piece, of 8000 or 16000 Hz. Kept until it is released."""
        engine = self._running()
        return GrowingSound(engine, name, rate_hz, lambda: self._engine is engine)

    def tone(self, name: str) -> Sound:
        """One cycle of a call progress tone of the settings' country."""
        if name not in self._tones:
            tone = tone_for(name, self.settings.country)
            self._tones[name] = self.sound_of(render_tone(tone), name)
        return self._tones[name]

    def conference(self) -> Conference:
        """One that nobody is in yet; `media.hearing` has the usual arrangements."""
        return Conference(self._running())

    def record(
        self,
        name: str,
        *,
        left: MediaLeg | None,
        right: MediaLeg | None = None,
        mono: bool = False,
        silence_s: float = 0.0,
        rate_hz: int = 8000,
        plain: bool = False,
        on_event: Callable[[RecordingEvent], None],
    ) -> Recording:
        """Record what two peers say from now on: by custom the caller left, the agent right.

        Args:
            name: of the file in the settings' folder, without its ending; may have subfolders.
            left: whose sound goes there; `Recording.assign` can change it at any time.
            right: likewise.
            mono: only the left side is heard, in a file of one channel.
            silence_s: how long a silence is told by `RecordingSilent`, each once; 0 tells none.
            rate_hz: samples a second in the file, 8000 or 16000; the sound of a leg of another rate
                is brought to that (`MediaLeg.recorded_hz`).
            plain: not sealed, whatever key there is: for who reads it while it is there.
            on_event: told, on the loop; finished or failed is the last.

        Raises:
            RecordingError: the file cannot be made, or is there already.
        """
        path, key = self._recording_path(name), self._recording_key
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            number = self._running().start_recording(
                str(path),
                channels=1 if mono else 2,
                silence_ms=round(silence_s * 1000),
                rate_hz=rate_hz,
                seal=None if key is None or plain else new_seal(key),
            )
        except OSError as error:
            raise RecordingError(path, error.strerror or str(error)) from error
        recording = Recording(self._running(), number, path, on_event)
        self._recordings[number] = recording
        recording.assign(left=left, right=right)
        return recording

    def repair(self, name: str) -> float:
        """Make a recording whole whose process was killed; its length in seconds.

        Reads a few bytes here and now: for a start, before there are calls.

        Raises:
            RecordingError: there is no such recording.
        """
        path = self._recording_path(name)
        key = self._recording_key
        try:
            if key is not None and is_sealed(path):
                return repair(path, key)
            return repair_wav(path)
        except (NoWav, NotOurs) as error:
            raise RecordingError(path, "not a recording of ours") from error
        except OSError as error:
            raise RecordingError(path, error.strerror or str(error)) from error

    def totals(self) -> EngineTotals:
        """Counters of the whole engine; zeros when it does not run."""
        if self._engine is None:
            return EngineTotals()
        counted = self._engine.totals()
        return EngineTotals(
            legs=counted["legs"],
            ports_in_use=counted["ports_in_use"],
            ports_quarantined=counted["ports_quarantined"],
            packets_received=counted["packets_in"],
            packets_sent=counted["packets_out"],
            packets_lost=counted["packets_lost"],
            dropped_source=counted["dropped_source"],
            dropped_malformed=counted["dropped_malformed"],
            dropped_insecure=counted["dropped_insecure"],
            starved_s=counted["starved_ms"] / 1000,
        )

    def _recording_path(self, name: str) -> Path:
        path = Path(self.settings.recordings) / f"{name}.wav"
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise RecordingError(path, "not within the folder for recordings")
        return path

    def _running(self) -> Engine:
        assert self._engine is not None, "the media service is not started"
        return self._engine

    def _add(
        self,
        leg_id: int,
        local: LocalStream,
        negotiation: Negotiation,
        protection: LocalProtection,
        signalling_host: str,
        latch: str,
        on_event: Callable[[MediaEvent], None],
    ) -> MediaLeg:
        leg = MediaLeg(
            self._running(),
            leg_id,
            local=local,
            negotiation=negotiation,
            protection=protection,
            signalling_host=signalling_host,
            latch=latch,
            rtp_timeout_s=self.settings.rtp_timeout_s,
            tones=self.tone,
            on_event=on_event,
            on_closed=self._forget,
        )
        self.legs[leg_id] = leg
        return leg

    def _forget(self, leg: MediaLeg) -> None:
        del self.legs[leg.id]

    def _fingerprint(self) -> str:
        self._certified = self._certified or self._running().fingerprint()
        return self._certified

    def _loaded(self, samples: Samples, name: str) -> Sound:
        identity = self._running().load_sound(samples.data, samples.rate_hz)
        return Sound(identity, name, samples.duration_s)

    def _keep(self, path: Path, version: tuple[int, int], samples: Samples) -> Sound:
        old = self._sounds.get(path)
        sound = self._loaded(samples, path.name)
        self._sounds[path] = (version, sound)
        if old is not None:
            self._running().unload_sound(old[1].id)
        return sound

    def _drain(self) -> None:
        for event in self._running().drain():
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        kind, number, *_ = event
        told: MediaLeg | Recording | None = self.legs.get(number)
        if kind == "recording_silent":
            told = self._recordings.get(number)
        elif kind.startswith("recording_"):
            told = self._recordings.pop(number, None)
        if told is None:
            return  # it was closed after the engine wrote the event
        try:
            told.handle(event)
        except Exception:  # one leg's owner must not cost the others their events
            log.exception("media_event_failed", extra={"kind": event[0], "leg": event[1]})


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise SoundError(path, error.strerror or "cannot be read") from error
    return (status.st_mtime_ns, status.st_size)
