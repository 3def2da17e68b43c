"""What `media` needs of the packet engine: the face of the Rust module `sentral_media_engine`.

Declared here so that Python is checked without the wheel, and so that tests in
virtual time can put a scripted engine in its place.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

Event: TypeAlias = tuple[str, int, object, object]
"""(kind, leg, a, b): ("digit", leg, key, duration_ms),
("key_to_send", leg, key, duration_ms), ("playback_finished", leg, playback, None),
("rtp_timeout", leg, silent_ms, None), ("latched", leg, ip, port), ("secured", leg, suite, None),
("security_failed", leg, problem, None), ("speech_began", leg, None, None),
("speech_ended", leg, spoke_ms, None), ("answered_by", leg, by, told_by),
("beep", leg, hz, lasted_ms) or, when the engine itself has
failed a leg, ("leg_failed", leg, problem, None). In place of a leg a recording has:
("recording_finished", recording, duration_ms, None),
("recording_silent", recording, silent_ms, None),
("recording_failed", recording, problem, None)."""


class EngineLegStatistics(Protocol):
    """Counters of one leg, as RFC 3550 defines them."""

    @property
    def packets_sent(self) -> int: ...
    @property
    def packets_received(self) -> int: ...
    @property
    def packets_lost(self) -> int: ...
    @property
    def jitter_s(self) -> float: ...
    @property
    def concealed_s(self) -> float: ...
    @property
    def dropped_source(self) -> int: ...
    @property
    def dropped_malformed(self) -> int: ...
    @property
    def dropped_insecure(self) -> int: ...
    @property
    def round_trip_s(self) -> float | None: ...


class Engine(Protocol):
    """Every method returns at once; the engine's own threads do the work."""

    @property
    def event_fd(self) -> int:
        """Readable when events wait; `drain` clears it."""

    def drain(self, at_most: int = 4096) -> list[Event]: ...
    def close(self) -> None: ...
    def open_leg(
        self,
        bind_ip: str,
        *,
        port: int | None = None,
        snapshot: dict[str, int | str] | None = None,
    ) -> tuple[int, int]:
        """A leg and its RTP port.

        Raises:
            OSError: no port is free.
        """

    def close_leg(self, leg: int) -> EngineLegStatistics: ...
    def set_remote(
        self,
        leg: int,
        ip: str,
        port: int,
        *,
        rtcp_port: int | None = None,
        latch: str = "nat",
        signalling_ip: str | None = None,
    ) -> None: ...
    def fingerprint(self) -> str: ...
    def secure(
        self,
        leg: int,
        *,
        sdes: tuple[str, bytes, bytes] | None = None,
        dtls: tuple[str, bool] | None = None,
        ice: tuple[str, str, str] | None = None,
        rtcp_mux: bool = False,
    ) -> None: ...
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
    ) -> None: ...
    def hear_also(self, leg: int, types: Sequence[tuple[int, str, int]]) -> None: ...
    def set_direction(self, leg: int, *, send: bool, receive: bool) -> None: ...
    def set_timeout(self, leg: int, seconds: float) -> None: ...
    def keep_confidential(self, leg: int, on: bool) -> None: ...
    def guard_codes(self, leg: int, codes: list[str]) -> None: ...
    def tell_keys(self, leg: int, on: bool) -> None: ...
    def take_key(self, leg: int, key: str) -> None: ...
    def hide_tones(self, leg: int, on: bool) -> None: ...
    def hear_speech(self, leg: int, end_ms: int) -> None: ...
    def hear_beep(self, leg: int, on: bool) -> None: ...
    def detect_answer(
        self,
        leg: int,
        *,
        initial_silence_ms: int,
        greeting_ms: int,
        after_greeting_ms: int,
        total_ms: int,
        word_ms: int,
        pause_ms: int,
        most_words: int,
    ) -> None: ...
    def load_sound(self, samples: bytes, rate_hz: int = 8000) -> int: ...
    def begin_sound(self, rate_hz: int = 8000) -> int: ...
    def extend_sound(self, sound: int, samples: bytes) -> None: ...
    def end_sound(self, sound: int) -> None: ...
    def unload_sound(self, sound: int) -> None: ...
    def play(
        self,
        leg: int,
        sounds: list[int],
        playback: int,
        *,
        loop: bool = False,
        offset_ms: int = 0,
    ) -> None: ...
    def pause_playback(self, leg: int, playback: int, on: bool) -> None: ...
    def seek_playback(self, leg: int, playback: int, offset_ms: int) -> None: ...
    def set_volume(self, leg: int, playback: int, decibels: float) -> None: ...
    def stop(self, leg: int) -> None: ...
    def bridge(self, a: int, b: int) -> None: ...
    def unbridge(self, leg: int) -> None: ...
    def mix(self, hears: dict[int, list[int]], *, mix: int | None = None) -> int:
        """A conference of the legs that have a row; the same number again changes it."""

    def unmix(self, mix: int) -> None: ...
    def start_recording(
        self,
        path: str,
        *,
        channels: int = 2,
        silence_ms: int = 0,
        rate_hz: int = 8000,
        seal: tuple[bytes, bytes] | None = None,
    ) -> int:
        """`seal`: head and key of a sealed file.

        Raises OSError when the file cannot be made; nothing is written over.
        """

    def assign_recording(
        self,
        recording: int,
        *,
        left: int | None,
        right: int | None,
        guest: int | None = None,
        guest_in_both: bool = True,
    ) -> None: ...
    def pause_recording(self, recording: int, on: bool) -> None: ...
    def suspend_recording(self, recording: int, on: bool) -> None: ...
    def stop_recording(self, recording: int) -> None: ...
    def echo(self, leg: int, on: bool) -> None: ...
    def send_digit(self, leg: int, key: str, duration_ms: int) -> None: ...
    def statistics(self, leg: int) -> EngineLegStatistics: ...
    def snapshot(self, leg: int) -> dict[str, int | str]: ...
    def totals(self) -> Mapping[str, int]: ...
