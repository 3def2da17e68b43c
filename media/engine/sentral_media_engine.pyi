"""The media engine: RTP sockets, playout, relay.

Every method returns at once; work is done by the engine's threads. An unknown leg or sound raises
KeyError, a value that cannot be ValueError, a closed engine RuntimeError.
"""

from collections.abc import Sequence
from os import PathLike
from typing import TypeAlias, final

_LegId: TypeAlias = int

_Event: TypeAlias = tuple[str, int, object, object]
"""(kind, leg, a, b):
("digit", leg, key: str, duration_ms: int) · ("key_to_send", leg, key: str, duration_ms: int) ·
("playback_finished", leg, playback: int, None) ·
("rtp_timeout", leg, silent_ms: int, None) · ("latched", leg, ip: str, port: int) ·
("leg_failed", leg, text: str, None) · ("secured", leg, suite: str, None) ·
("security_failed", leg, text: str, None) ·
("speech_began", leg, None, None) · ("speech_ended", leg, spoke_ms: int, None) ·
("answered_by", leg, by: str, rule: str) · ("beep", leg, hz: int, lasted_ms: int) ·
("recording_finished", recording, duration_ms: int, None) ·
("recording_silent", recording, silent_ms: int, None) ·
("recording_failed", recording, text: str, None)

A digit is told once, at the first packet of its press that arrives: duration_ms is what that
packet says. Where no payload type for digits was agreed, they are heard in the sound: told after
25 ms of a tone.
A playback is told as finished when its last packet is sent; not when it is replaced or stopped.
leg_failed is a fault of the engine: that leg is silent from then on and still has to be closed.
secured and security_failed tell what came of a handshake; without keys a leg is silent.
Events of a leg may come after `close_leg`; a leg's number is never used again."""

@final
class LegStatistics:
    packets_sent: int
    packets_received: int
    bytes_sent: int  # datagrams, RTP header included
    bytes_received: int
    packets_lost: int  # expected − received, RFC 3550 A.3, never negative
    jitter_s: float  # RFC 3550 A.8
    concealed_s: float  # of sound that stood in for missing packets, where sound is decoded
    starved_s: float  # of silence in what we played, because a growing sound was late
    dropped_source: int  # from a source that is not the latched one
    dropped_malformed: int
    dropped_payload: int  # of a payload type that was not agreed
    dropped_insecure: int  # on a protected leg: forged, replayed or not protected
    send_failed: int  # the kernel did not take the packet
    peer_lost: int  # of what we sent, from the peer's RTCP
    peer_jitter_s: float
    round_trip_s: float | None  # from RTCP

@final
class Engine:
    @property
    def event_fd(self) -> int:
        """Readable when events wait; clear it by `drain`."""

    def __new__(
        cls,
        port_first: int,
        port_last: int,
        *,
        workers: int = 1,
        quarantine_s: float = 5.0,
        dscp: int = 0,
        sound_rate_hz: int = 8000,
    ) -> Engine:
        """dscp: six bits (RFC 2474) that mark what is sent; 46 is "expedited forwarding".
        sound_rate_hz: 8000 or 16000, the most that is kept of a sound for codecs other than G.711.
        """

    def drain(self, at_most: int = 4096) -> list[_Event]: ...
    def close(self) -> None: ...
    def open_leg(
        self,
        bind_ip: str,
        *,
        port: int | None = None,
        snapshot: dict[str, int | str] | None = None,
    ) -> tuple[_LegId, int]:
        """A leg and its RTP port (even; RTCP is the next). Raises OSError when no port is free."""

    def close_leg(self, leg: _LegId) -> LegStatistics: ...
    def set_remote(
        self,
        leg: _LegId,
        ip: str,
        port: int,
        *,
        rtcp_port: int | None = None,
        latch: str = "nat",
        signalling_ip: str | None = None,
    ) -> None:
        """latch: "strict", "nat", "learn" (DESIGN.md, Ports) or, with `secure(ice=...)`, "ice". The
        same address and latch again keep the source.
        """

    def fingerprint(self) -> str:
        """Of our certificate in DTLS, as SDP writes it: "sha-256 12:AB:..."; new in each engine."""

    def secure(
        self,
        leg: _LegId,
        *,
        sdes: tuple[str, bytes, bytes] | None = None,
        dtls: tuple[str, bool] | None = None,
        ice: tuple[str, str, str] | None = None,
        rtcp_mux: bool = False,
    ) -> None:
        """How the leg's packets are protected; none of all that makes it plain again.

        sdes: suite as RFC 4568 names it, our master key and salt, the peer's. dtls: the peer's
        fingerprint, and whether we begin the handshake. ice: our fragment, our password, the
        peer's fragment. What is said again changes nothing.
        """

    def set_codec(
        self,
        leg: _LegId,
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
        """codec: "PCMU", "PCMA", "G722" or "OPUS"; ptime_ms: 10 to 60. The last four are Opus's
        (RFC 7587 §6.1); max_rate_hz is 8000, 16000 or 48000. Nothing plays and nothing is relayed
        to a leg before.
        """

    def hear_also(self, leg: _LegId, types: Sequence[tuple[int, str, int]]) -> None:
        """What the peer may send under other payload types than it is sent (RFC 3264 §5.1, §6.1),
        in place of what was said before: number, name in SDP in upper case ("OPUS", ...,
        "TELEPHONE-EVENT" or "CN"), clock rate; at most 16. These numbers come before `set_codec`'s.
        """

    def set_direction(self, leg: _LegId, *, send: bool, receive: bool) -> None:
        """Without send, playing goes on unheard; without receive, sound is counted and not passed
        on (keys are heard).
        """

    def set_timeout(self, leg: _LegId, seconds: float) -> None:
        """Report ("rtp_timeout") once after this long without RTP and RTCP, from now; 0 switches
        it off; re-arms on the next packet.
        """

    def keep_confidential(self, leg: _LegId, on: bool) -> None:
        """What its peer says and presses is still told, and heard by nobody: bridge, mix, recording
        and echo have silence in its place.
        """

    def guard_codes(self, leg: _LegId, codes: list[str]) -> None:
        """Let whoever is bridged with it hear nothing of these feature codes, tones included. What
        begins as one and goes on otherwise, or not for 2 s, is passed on then. None ends it.
        """

    def tell_keys(self, leg: _LegId, on: bool) -> None:
        """Tell ("key_to_send") of keys that are pressed towards its peer, by `send_digit` or by
        whoever is bridged with it, instead of sending them.
        """

    def take_key(self, leg: _LegId, key: str) -> None:
        """Pass a key of its peer's on that came by another way than RTP, as if it had been heard:
        ValueError unless it is one of 0-9, *, #, A-D. Nothing is told of it. The same key in the
        RTP within 200 ms is its echo: told, and passed on to nobody.
        """

    def hide_tones(self, leg: _LegId, on: bool) -> None:
        """Let nobody hear the tones of its peer's keys, as far as keys are listened for in its
        sound: the peer sends them beside keys that are told by `take_key`. They are told as ever.
        """

    def hear_speech(self, leg: _LegId, end_ms: int) -> None:
        """Tell ("speech_began") and, after a silence of so long, ("speech_ended"); 0 stops it."""

    def hear_beep(self, leg: _LegId, on: bool) -> None:
        """Tell ("beep") when one pure tone of 350 to 2200 Hz and 120 to 2000 ms has ended."""

    def detect_answer(
        self,
        leg: _LegId,
        *,
        initial_silence_ms: int,
        greeting_ms: int,
        after_greeting_ms: int,
        total_ms: int,
        word_ms: int,
        pause_ms: int,
        most_words: int,
    ) -> None:
        """Tell ("answered_by") once, counted from now: "person", "machine" or "unknown", and the
        rule that told it.
        """

    def load_sound(self, samples: bytes, rate_hz: int = 8000) -> int:
        """16-bit little-endian mono samples at 8000 or 16000 Hz; kept as they came, or at
        8000 Hz if the engine keeps no more, and shared by all legs.
        """

    def begin_sound(self, rate_hz: int = 8000) -> int:
        """One that grows while it plays, at that rate. Where it is late, silence is heard instead
        and counted (`starved_s`); a playback ends with it once `end_sound` was called."""

    def extend_sound(self, sound: int, samples: bytes) -> None:
        """16-bit little-endian mono samples. ValueError for half a sample, and beyond half an
        hour; KeyError when it has ended."""

    def end_sound(self, sound: int) -> None:
        """Nothing more comes. Harmless when it has ended."""

    def unload_sound(self, sound: int) -> None:
        """Legs that play it hear it to its end; a growing one ends here."""

    def play(
        self,
        leg: _LegId,
        sounds: list[int],
        playback: int,
        *,
        loop: bool = False,
        offset_ms: int = 0,
    ) -> None:
        """Without gaps, one after another; replaces what plays. A bridged leg hears it instead of
        the other side, until it ends or is stopped.
        """

    def pause_playback(self, leg: _LegId, playback: int, on: bool) -> None:
        """Silence from here on, and no time passes for it. What is over is let be, as below."""

    def seek_playback(self, leg: _LegId, playback: int, offset_ms: int) -> None:
        """From its beginning; past its end it is finished."""

    def set_volume(self, leg: _LegId, playback: int, decibels: float) -> None:
        """0 is as it was loaded; kept within -60 and 20."""

    def stop(self, leg: _LegId) -> None: ...
    def bridge(self, a: _LegId, b: _LegId) -> None:
        """Each hears the other, instead of whom they heard before. Packets pass through; where the
        codecs differ by more than the law of G.711, sound is decoded, buffered and encoded again.
        ValueError for a leg with itself.
        """

    def unbridge(self, leg: _LegId) -> None: ...
    def mix(self, hears: dict[_LegId, list[_LegId]], *, mix: int | None = None) -> int:
        """A conference in which each leg hears those listed for it; the same number again changes
        it. Who is in it is in no bridge and no other mix. Sound is decoded, at most 64 legs take
        part, and keys are told but not passed on. ValueError for a leg that hears itself or one
        without a row; KeyError for an unknown mix.
        """

    def unmix(self, mix: int) -> None:
        """Ends a mix; its legs hear nobody."""

    def start_recording(
        self,
        path: str | PathLike[str],
        *,
        channels: int = 2,
        silence_ms: int = 0,
        rate_hz: int = 8000,
        seal: tuple[bytes, bytes] | None = None,
    ) -> int:
        """Begins a WAV file (16 bit, stereo, of 8000 or 16000 Hz) of silence, whole at every moment; with one
        channel the left side alone. ("recording_silent") is told after each silence of that
        length, 0 for never. Raises OSError when it cannot be made, FileExistsError too: nothing
        is written over. With `seal`, a head and a key of 32 bytes, the head is written first, and
        chunks sealed by AES-256-GCM after it.
        """

    def assign_recording(
        self,
        recording: int,
        *,
        left: _LegId | None,
        right: _LegId | None,
        guest: _LegId | None = None,
        guest_in_both: bool = True,
    ) -> None:
        """From now on what these legs' peers say is recorded; nothing for None. A guest is added to
        both sides, or to the right one alone.
        """

    def pause_recording(self, recording: int, on: bool) -> None:
        """While paused, silence takes the place of what is said, from this call on."""

    def suspend_recording(self, recording: int, on: bool) -> None:
        """While suspended the file does not grow, as if no time passed."""

    def stop_recording(self, recording: int) -> None:
        """("recording_finished") is told when the file is whole. After ("recording_failed") the
        recording is over but for this call.
        """

    def echo(self, leg: _LegId, on: bool) -> None: ...
    def send_digit(self, leg: _LegId, key: str, duration_ms: int) -> None:
        """RFC 4733, or tones in the sound when no payload type was agreed; waits for earlier
        digits. Duration is kept within 40–8000 ms.
        """

    def statistics(self, leg: _LegId) -> LegStatistics: ...
    def snapshot(self, leg: _LegId) -> dict[str, int | str]:
        """Port, SSRC, sequence, timestamp, latched source: what `open_leg(snapshot=…)` needs to go
        on (sequence jumps forward).
        """

    def totals(self) -> dict[str, int]:
        """Of all legs, closed ones too: "legs", "ports_in_use", "ports_quarantined", "packets_in",
        "packets_out", "packets_lost", "dropped_source", "dropped_malformed", "dropped_payload",
        "dropped_insecure", "send_failed", "events_dropped", "worker_wakeups".
        """
