"""The packet engine without packets: it remembers what it was told, and a playback takes as long as
its sounds last in loop time. `scripted_media` puts it under the real service.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media.engine_face import Event
from media.sounds import SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class ScriptedStatistics:
    packets_sent: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    jitter_s: float = 0.0
    concealed_s: float = 0.0
    dropped_source: int = 0
    dropped_malformed: int = 0
    dropped_insecure: int = 0
    round_trip_s: float | None = None


@dataclass(slots=True, eq=False)
class ScriptedRecording:
    """What the engine was told about one recording."""

    path: Path
    left: int | None = None
    right: int | None = None
    guest: int | None = None
    guest_in_both: bool = True
    channels: int = 2
    silence_ms: int = 0
    rate_hz: int = 8000
    paused: bool = False
    suspended: bool = False
    suspended_at: float = 0.0
    left_out_s: float = 0.0
    began_at: float = 0.0


@dataclass(slots=True, eq=False)
class ScriptedLeg:
    """What the engine was told about one leg."""

    port: int
    remote: tuple[str, int] | None = None
    codec: str | None = None
    protection: dict[str, object] = field(default_factory=dict)
    """As `Engine.secure` was told."""
    sends: bool = True
    receives: bool = True
    playing: tuple[int, ...] = ()
    playback: int | None = None
    """None when nothing plays whose end is to be told."""
    lasts_s: float = 0.0
    playback_paused: bool = False
    starves: bool = False
    """All that there is of a growing sound was played."""
    volume_db: float = 0.0
    partner: int | None = None
    echoes: bool = False
    mix: int | None = None
    hears: tuple[int, ...] = ()
    """Whom it hears in its mix."""
    timeout_s: float = 0.0
    silent_since: float | None = None
    confidential: bool = False
    tells_keys: bool = False
    hides_tones: bool = False
    codes: tuple[str, ...] = ()
    keys_held: str = ""
    """What may become one of `codes`."""
    asked: dict[str, int] = field(default_factory=dict)
    """What is to be heard in its sound, by the engine's command."""
    end_of_playback: asyncio.TimerHandle | None = None
    end_of_patience: asyncio.TimerHandle | None = None
    statistics: ScriptedStatistics = field(default_factory=ScriptedStatistics)

    def stop_clocks(self) -> None:
        for timer in (self.end_of_playback, self.end_of_patience):
            if timer is not None:
                timer.cancel()


class ScriptedEngine:
    """Has the engine's face; instead of packets it has the test."""

    def __init__(self, port_first: int, port_last: int) -> None:
        self.event_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.legs: dict[int, ScriptedLeg] = {}
        self.recordings: dict[int, ScriptedRecording] = {}
        self._next_recording = 1_000_000
        self._free = list(range(port_first + port_first % 2, port_last, 2))
        self._events: list[Event] = []
        self._loop = asyncio.get_running_loop()
        self._next_leg = 1
        self._sounds: dict[int, float] = {}
        self._growing: dict[int, int] = {}
        self._next_sound = 1
        self._next_mix = 1
        self._closed = False

    def emit(self, event: Event) -> None:
        self._events.append(event)
        os.eventfd_write(self.event_fd, 1)

    def drain(self, at_most: int = 4096) -> list[Event]:
        events, self._events = self._events[:at_most], self._events[at_most:]
        if not self._events and not self._closed:
            os.eventfd_read(self.event_fd)
        return events

    def close(self) -> None:
        for leg in self.legs.values():
            leg.stop_clocks()
        self._closed = True
        os.close(self.event_fd)

    def open_leg(
        self,
        bind_ip: str,
        *,
        port: int | None = None,
        snapshot: dict[str, int | str] | None = None,
    ) -> tuple[int, int]:
        wanted = port if port is not None else next(iter(self._free), None)
        if wanted not in self._free:
            raise OSError("no port is free")
        self._free.remove(wanted)
        number = self._next_leg
        self._next_leg += 1
        self.legs[number] = ScriptedLeg(wanted)
        return number, wanted

    def close_leg(self, leg: int) -> ScriptedStatistics:
        self._part(leg)
        closed = self.legs.pop(leg)
        closed.stop_clocks()
        self._free.append(closed.port)
        return closed.statistics

    def set_remote(
        self,
        leg: int,
        ip: str,
        port: int,
        *,
        rtcp_port: int | None = None,
        latch: str = "nat",
        signalling_ip: str | None = None,
    ) -> None:
        self.legs[leg].remote = (ip, port)
        self._begin(leg)

    def fingerprint(self) -> str:
        return "sha-256 " + ":".join(["AB"] * 32)

    def secure(
        self,
        leg: int,
        *,
        sdes: tuple[str, bytes, bytes] | None = None,
        dtls: tuple[str, bool] | None = None,
        ice: tuple[str, str, str] | None = None,
        rtcp_mux: bool = False,
    ) -> None:
        told = {"sdes": sdes, "dtls": dtls, "ice": ice, "rtcp_mux": rtcp_mux}
        self.legs[leg].protection = {name: value for name, value in told.items() if value}

    def set_codec(
        self,
        leg: int,
        codec: str,
        payload_type: int,
        *,
        dtmf_payload_type: int | None,
        ptime_ms: int = 20,
        dtmf_clock_hz: int = 8000,
        noise_payload_type: int | None = None,
        maxptime_ms: int = 120,
        fec: bool = True,
        dtx: bool = False,
        bitrate: int | None = None,
        max_rate_hz: int = 48000,
    ) -> None:
        self.legs[leg].codec = codec
        self._begin(leg)

    def hear_also(self, leg: int, types: Sequence[tuple[int, str, int]]) -> None:
        self.legs[leg].asked["hear_also"] = len(types)

    def set_direction(self, leg: int, *, send: bool, receive: bool) -> None:
        self.legs[leg].sends, self.legs[leg].receives = send, receive

    def set_timeout(self, leg: int, seconds: float) -> None:
        self.legs[leg].timeout_s = seconds
        self._await_sound(leg)

    def keep_confidential(self, leg: int, on: bool) -> None:
        self.legs[leg].confidential = on

    def guard_codes(self, leg: int, codes: list[str]) -> None:
        self.legs[leg].codes = tuple(codes)

    def tell_keys(self, leg: int, on: bool) -> None:
        self.legs[leg].tells_keys = on

    def take_key(self, leg: int, key: str) -> None:
        self._pass_on(self.legs[leg], key, duration_ms=160)

    def hide_tones(self, leg: int, on: bool) -> None:
        self.legs[leg].hides_tones = on

    def hear_speech(self, leg: int, end_ms: int) -> None:
        self.legs[leg].asked["hear_speech"] = end_ms

    def hear_beep(self, leg: int, on: bool) -> None:
        self.legs[leg].asked["hear_beep"] = on

    def detect_answer(self, leg: int, **rules: int) -> None:
        self.legs[leg].asked["detect_answer"] = rules["total_ms"]

    def load_sound(self, samples: bytes, rate_hz: int = 8000) -> int:
        number = self._next_sound
        self._next_sound += 1
        self._sounds[number] = len(samples) / SAMPLE_BYTES / rate_hz
        return number

    def begin_sound(self, rate_hz: int = 8000) -> int:
        number = self.load_sound(b"", rate_hz)
        self._growing[number] = rate_hz
        return number

    def extend_sound(self, sound: int, samples: bytes) -> None:
        more_s = len(samples) / SAMPLE_BYTES / self._growing[sound]
        self._sounds[sound] += more_s
        for number, state in self.legs.items():
            if sound not in state.playing:
                continue
            if state.end_of_playback is not None:
                more_s += state.end_of_playback.when() - self._loop.time()
                state.end_of_playback.cancel()
                state.end_of_playback, state.lasts_s = None, more_s
            else:
                state.lasts_s += more_s
            state.starves = False
            self._begin(number)

    def end_sound(self, sound: int) -> None:
        self._growing.pop(sound, None)
        for number, state in self.legs.items():
            if sound in state.playing and state.starves:
                state.starves = False
                self._begin(number)

    def unload_sound(self, sound: int) -> None:
        self.end_sound(sound)
        del self._sounds[sound]

    def play(
        self,
        leg: int,
        sounds: list[int],
        playback: int,
        *,
        loop: bool = False,
        offset_ms: int = 0,
    ) -> None:
        self.stop(leg)
        state = self.legs[leg]
        state.playing = tuple(sounds)
        if not loop:
            state.lasts_s = sum(self._sounds[sound] for sound in sounds) - offset_ms / 1000
            state.playback = playback
        self._begin(leg)

    def pause_playback(self, leg: int, playback: int, on: bool) -> None:
        state, now = self.legs[leg], self._loop.time()
        if state.playback != playback:
            return
        if on and state.end_of_playback is not None:
            state.lasts_s = state.end_of_playback.when() - now
            state.end_of_playback.cancel()
            state.end_of_playback = None
        state.playback_paused = on
        self._begin(leg)

    def seek_playback(self, leg: int, playback: int, offset_ms: int) -> None:
        state = self.legs[leg]
        if state.playback != playback:
            return
        if state.end_of_playback is not None:
            state.end_of_playback.cancel()
            state.end_of_playback = None
        whole_s = sum(self._sounds[sound] for sound in state.playing)
        state.lasts_s = max(0.0, whole_s - offset_ms / 1000)
        self._begin(leg)

    def set_volume(self, leg: int, playback: int, decibels: float) -> None:
        if self.legs[leg].playback == playback:
            self.legs[leg].volume_db = decibels

    def stop(self, leg: int) -> None:
        state = self.legs[leg]
        state.playback_paused, state.volume_db = False, 0.0
        state.playing, state.playback, state.starves = (), None, False
        if state.end_of_playback is not None:
            state.end_of_playback.cancel()
            state.end_of_playback = None

    def bridge(self, a: int, b: int) -> None:
        self._part(a)
        self._part(b)
        self.legs[a].partner, self.legs[b].partner = b, a

    def unbridge(self, leg: int) -> None:
        partner = self.legs[leg].partner
        if partner is not None:
            self.legs[leg].partner = self.legs[partner].partner = None

    def mix(self, hears: dict[int, list[int]], *, mix: int | None = None) -> int:
        if mix is None:
            mix, self._next_mix = self._next_mix, self._next_mix + 1
        for number, state in self.legs.items():
            if state.mix == mix and number not in hears:
                state.mix, state.hears = None, ()
        for number in hears:
            if self.legs[number].mix != mix:
                self._part(number)
        for number, heard in hears.items():
            self.legs[number].mix, self.legs[number].hears = mix, tuple(heard)
        return mix

    def unmix(self, mix: int) -> None:
        self.mix({}, mix=mix)

    def start_recording(
        self,
        path: str,
        *,
        channels: int = 2,
        silence_ms: int = 0,
        rate_hz: int = 8000,
        seal: tuple[bytes, bytes] | None = None,
    ) -> int:
        file = Path(path)
        with file.open("xb"):
            number, self._next_recording = self._next_recording, self._next_recording + 1
        self.recordings[number] = ScriptedRecording(
            file,
            channels=channels,
            silence_ms=silence_ms,
            rate_hz=rate_hz,
            began_at=self._loop.time(),
        )
        return number

    def assign_recording(
        self,
        recording: int,
        *,
        left: int | None,
        right: int | None,
        guest: int | None = None,
        guest_in_both: bool = True,
    ) -> None:
        state = self.recordings[recording]
        state.left, state.right = left, right
        state.guest, state.guest_in_both = guest, guest_in_both

    def pause_recording(self, recording: int, on: bool) -> None:
        self.recordings[recording].paused = on

    def suspend_recording(self, recording: int, on: bool) -> None:
        state = self.recordings[recording]
        if state.suspended:
            state.left_out_s += self._loop.time() - state.suspended_at
        state.suspended, state.suspended_at = on, self._loop.time()

    def stop_recording(self, recording: int) -> None:
        self.suspend_recording(recording, False)
        state = self.recordings.pop(recording)
        lasted_s = self._loop.time() - state.began_at - state.left_out_s
        self.emit(("recording_finished", recording, round(lasted_s * 1000), None))

    def fill_disk(self, recording: int) -> None:
        """Let a recording fail."""
        self.emit(("recording_failed", recording, "no room", None))

    def stay_silent(self, recording: int) -> None:
        """Let the silence that its owner asked for pass in a recording."""
        self.emit(("recording_silent", recording, self.recordings[recording].silence_ms, None))

    def echo(self, leg: int, on: bool) -> None:
        self.legs[leg].echoes = on

    def send_digit(self, leg: int, key: str, duration_ms: int) -> None:
        """Keys reach the leg of this engine that the sender's sound goes to, if there is one."""
        if self.legs[leg].tells_keys:
            self.emit(("key_to_send", leg, key, duration_ms))
            return
        for number, other in self.legs.items():
            if self.legs[leg].sends and self.legs[leg].remote == ("127.0.0.1", other.port):
                self.hear_digit(number, key, duration_ms)

    def statistics(self, leg: int) -> ScriptedStatistics:
        return self.legs[leg].statistics

    def snapshot(self, leg: int) -> dict[str, int | str]:
        return {"port": self.legs[leg].port}

    def totals(self) -> Mapping[str, int]:
        names = ("packets_in", "packets_out", "packets_lost", "dropped_source")
        others = ("dropped_malformed", "dropped_insecure", "worker_wakeups", "starved_ms")
        counted = dict.fromkeys((*names, *others), 0)
        busy = {"legs": len(self.legs), "ports_in_use": len(self.legs), "ports_quarantined": 0}
        return counted | busy

    def hear_digit(self, leg: int, key: str, duration_ms: int) -> None:
        """A key from the peer: told, and passed on to whoever the leg is bridged to."""
        self.emit(("digit", leg, key, duration_ms))
        self._pass_on(self.legs[leg], key, duration_ms)

    def _pass_on(self, state: ScriptedLeg, key: str, duration_ms: int) -> None:
        if state.partner is not None and not state.confidential:
            for passed in self._released(state, key):
                self.send_digit(state.partner, passed, duration_ms)

    @staticmethod
    def _released(state: ScriptedLeg, key: str) -> str:
        """What of the keys is no feature code. Of those who wait nobody is tired here."""
        keys = state.keys_held + key
        keys = "" if keys in state.codes else keys
        begins = range(len(keys) + 1)
        at = next(n for n in begins if any(c.startswith(keys[n:]) for c in (*state.codes, "")))
        state.keys_held = keys[at:]
        return keys[:at]

    def fall_silent(self, leg: int) -> None:
        self.legs[leg].silent_since = self._loop.time()
        self._await_sound(leg)

    def sound_again(self, leg: int) -> None:
        self.legs[leg].silent_since = None
        self._await_sound(leg)

    def _part(self, leg: int) -> None:
        self.unbridge(leg)
        self.legs[leg].mix, self.legs[leg].hears = None, ()
        for other in self.legs.values():
            other.hears = tuple(number for number in other.hears if number != leg)

    def _await_sound(self, leg: int) -> None:
        state = self.legs[leg]
        if state.end_of_patience is not None:
            state.end_of_patience.cancel()
        if state.timeout_s and state.silent_since is not None:
            silent_ms = round(state.timeout_s * 1000)
            event = ("rtp_timeout", leg, silent_ms, None)
            state.end_of_patience = self._loop.call_later(state.timeout_s, self._arrive, event)

    def _begin(self, leg: int) -> None:
        """Time passes for a playback once there is somebody to hear it."""
        state = self.legs[leg]
        ready = state.remote is not None and state.codec is not None
        ready = ready and not state.playback_paused and not state.starves
        if ready and state.playback is not None and state.end_of_playback is None:
            state.end_of_playback = self._loop.call_later(state.lasts_s, self._played, leg)

    def _played(self, leg: int) -> None:
        state = self.legs[leg]
        if self._growing.keys() & set(state.playing):
            state.end_of_playback, state.lasts_s, state.starves = None, 0.0, True
            return
        finished = state.playback
        self.stop(leg)
        self.emit(("playback_finished", leg, finished, None))

    def _arrive(self, event: Event) -> None:
        if event[1] in self.legs:
            self.emit(event)
