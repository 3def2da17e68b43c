"""One peer's sound: its SDP, its RTP, what it hears. Hides ports, latching and codecs."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address
from itertools import count
from typing import Any, Final

from media.answering import AnswerRules
from media.conference import Conference
from media.cues import cue_of
from media.engine_face import Engine, EngineLegStatistics, Event
from media.events import (
    DigitPressed,
    KeyToSend,
    MediaEvent,
    PlaybackFinished,
    SoundLost,
    SoundProtected,
    SourceLatched,
)
from media.passing import explain_bridge
from media.protection import secure, to_json
from media.sdp.codecs import WIDEBAND
from media.sdp.negotiation import Agreement, LocalStream, Negotiation
from media.sdp.protection import LocalProtection, Protected
from media.sdp.session import Direction
from media.sounds import Sound
from media.statistics import LegStatistics, leg_statistics

log: Final = logging.getLogger(__name__)


class MediaLeg:
    """Made by `MediaService.open`. After `close` every command is ignored, as it came too late."""

    def __init__(
        self,
        engine: Engine,
        leg: int,
        *,
        local: LocalStream,
        negotiation: Negotiation,
        protection: LocalProtection,
        signalling_host: str,
        latch: str,
        rtp_timeout_s: float,
        tones: Callable[[str], Sound],
        on_event: Callable[[MediaEvent], None],
        on_closed: Callable[["MediaLeg"], None],
    ) -> None:
        self.id = leg
        """The engine's number of it; not reused while it is open."""
        self.local = local
        self.bridged_to: MediaLeg | None = None
        self.conference: Conference | None = None
        """The one it is in; changed only by that."""
        self._engine = engine
        self._negotiation = negotiation
        self._protection = protection
        self._signalling_host = signalling_host
        self._signalling_ip = _reachable(signalling_host, local.address)
        self._latch = latch
        self._rtp_timeout_s = rtp_timeout_s
        self._tones = tones
        self._on_event = on_event
        self._on_closed = on_closed
        self._applied: Agreement | None = None
        self._secured = Protected()
        self._aimed_at: tuple[str | None, int, int | None] | None = None
        self._watching = False
        self._timeout_s = 0.0
        self._playbacks = count(1)
        self._playing: int | None = None
        self._closed: LegStatistics | None = None

    def offer(self) -> bytes:
        """Our offer, for an INVITE that we send or one that came without any."""
        return self._negotiation.offer()

    def reoffer(self) -> bytes:
        """A fresh offer of an established leg: same codecs first, same payload types."""
        return self._negotiation.offer()

    def answer(self, offer: bytes) -> bytes:
        """Take the peer's offer, first or later, and let sound flow as it says.

        Raises:
            NotAcceptable: nothing in it that we can speak; everything stays as it was.
        """
        answer = self._negotiation.answer(offer)
        self._apply()
        return answer

    def accept_answer(self, sdp: bytes) -> None:
        """Take the peer's answer to our last offer; a repeated one changes nothing.

        Raises:
            NotAcceptable: it refuses the sound; everything stays as it was.
        """
        self._negotiation.accept_answer(sdp)
        self._apply()

    @property
    def agreement(self) -> Agreement | None:
        """What was negotiated; None before the first answer."""
        return self._negotiation.agreement

    @property
    def recorded_hz(self) -> int:
        """Samples a second that a recording of what the peer says needs: 8000 or 16000."""
        return 16_000 if self.codec in WIDEBAND else 8_000

    @property
    def codec(self) -> str:
        """The name of what was agreed on; empty before the first answer."""
        return self.agreement.codec if self.agreement is not None else ""

    def explain_bridge(self, other: "MediaLeg") -> str:
        """What becomes of the sound between a caller's leg, this one, and another, and why."""
        return explain_bridge(self.agreement, other.agreement)

    @property
    def takes_noise(self) -> bool:
        """Whether comfort noise was agreed on."""
        return self.agreement is not None and self.agreement.noise_payload_type is not None

    @property
    def keys_are_tones(self) -> bool:
        """Whether its keys are tones in the sound: the peer did not agree to telephone-event."""
        return self.agreement is not None and self.agreement.dtmf_payload_type is None

    @property
    def held(self) -> bool:
        """Whether the peer does not want to hear us: it holds, however it spells that."""
        return self.agreement is not None and self.agreement.held

    @property
    def sends_sound(self) -> bool:
        return self.agreement is not None and self.agreement.sends

    @property
    def receives_sound(self) -> bool:
        return self.agreement is not None and self.agreement.receives

    @property
    def closed(self) -> bool:
        return self._closed is not None

    def play(self, sounds: Sequence[Sound], *, loop: bool = False) -> int:
        """Play one after another without gaps, in place of what plays now.

        A bridged leg hears this instead of its partner, until it ends or is stopped. A peer
        that holds hears nothing, but the time passes and the end is told all the same.

        Returns:
            The number that `PlaybackFinished` will carry, unless it is stopped or replaced.
        """
        playback = next(self._playbacks)
        if self.closed:
            return playback
        self._playing = playback
        if sounds:
            self._engine.play(self.id, [sound.id for sound in sounds], playback, loop=loop)
        else:
            self._engine.stop(self.id)
            asyncio.get_running_loop().call_soon(self._finished, playback)
        return playback

    def tone(self, name: str) -> int:
        """Play "ringback", "busy", "congestion" or "silence" until stopped, or one "beep"."""
        return self.play([self._tones(name)], loop=name != "beep")

    def pause_playing(self, on: bool) -> None:
        """Silence in place of what plays; with False it goes on where it was."""
        if self._playing is not None and not self.closed:
            self._engine.pause_playback(self.id, self._playing, on)

    def seek(self, seconds: float) -> None:
        """Go on so far from the beginning of what plays; past its end it is finished."""
        if self._playing is not None and not self.closed:
            self._engine.seek_playback(self.id, self._playing, max(0, round(seconds * 1000)))

    def volume(self, decibels: float) -> None:
        """Play what plays louder or softer than it is, within -60 and 20 dB."""
        if self._playing is not None and not self.closed:
            self._engine.set_volume(self.id, self._playing, decibels)

    def stop(self) -> None:
        """Stop what plays; harmless if nothing does."""
        self._playing = None
        if not self.closed:
            self._engine.stop(self.id)

    def bridge(self, other: "MediaLeg") -> None:
        """Let two peers hear each other; whoever they were bridged to before is alone again."""
        if self.closed or other.closed:
            return
        assert other is not self
        for leg in (self, other):
            leg.part()
        self._engine.bridge(self.id, other.id)
        self.bridged_to, other.bridged_to = other, self

    def unbridge(self) -> None:
        """Part from the other leg; harmless if there is none."""
        if self.bridged_to is not None:
            self._engine.unbridge(self.id)
            self.bridged_to.bridged_to = None
            self.bridged_to = None

    def part(self) -> None:
        """Leave the bridge or the conference it is in; harmless if there is none."""
        self.unbridge()
        if self.conference is not None:
            self.conference.remove(self)

    def echo(self, on: bool) -> None:
        """Send the peer its own sound back."""
        if not self.closed:
            self._engine.echo(self.id, on)

    def send_digit(self, key: str, duration_ms: int = 160) -> None:
        """Press a key towards the peer: telephone-event if it takes that, tones if not."""
        if not self.closed and self.agreement is not None:
            self._engine.send_digit(self.id, key, duration_ms)

    def tell_keys(self, on: bool) -> None:
        """Tell `KeyToSend` of keys towards the peer, from `send_digit` or from the other side of a
        bridge, in place of sending them: it takes them by SIP.
        """
        if not self.closed:
            self._engine.tell_keys(self.id, on)

    def take_key(self, key: str) -> None:
        """Pass on a key of the peer's that came by SIP, as if it had been heard: nobody gets it
        while the leg is confidential, nor a feature code's. `DigitPressed` is not told of it.
        """
        if not self.closed:
            self._engine.take_key(self.id, key)

    def hide_tones(self, on: bool) -> None:
        """Let nobody hear the tones of the peer's keys: it tells the same keys by SIP."""
        if not self.closed:
            self._engine.hide_tones(self.id, on)

    def keep_confidential(self, on: bool) -> None:
        """Let nobody hear what the peer says and presses, for instance card digits; keys are told
        as ever. Whoever it is bridged with and its recordings have silence meanwhile.
        """
        if not self.closed:
            self._engine.keep_confidential(self.id, on)

    def guard_codes(self, codes: Sequence[str]) -> None:
        """Let whoever it is bridged with hear nothing of these feature codes, however they are
        pressed; keys are told as ever. What turns out to be no code is passed on after 2 s at most.
        """
        if not self.closed:
            self._engine.guard_codes(self.id, list(codes))

    def hear_speech(self, end_s: float = 0.8) -> None:
        """Tell `SpeechBegan` and, after a silence of `end_s`, `SpeechEnded` from now on; 0 stops.

        What plays on the leg is not heard in it, but a peer's echo of it may be.
        """
        if not self.closed:
            self._engine.hear_speech(self.id, round(end_s * 1000))

    def hear_beep(self, on: bool) -> None:
        """Tell `BeepHeard` from now on, or no longer."""
        if not self.closed:
            self._engine.hear_beep(self.id, on)

    def detect_answer(self, rules: AnswerRules | None = None) -> None:
        """Tell `AnswerDetected` once, counted from now: to be called when the peer answers."""
        if not self.closed:
            self._engine.detect_answer(self.id, **(rules or AnswerRules()).in_ms())

    def watch(self, on: bool) -> None:
        """Tell `SoundLost` after the settings' RTP timeout, as long as sound is expected.

        It counts by the direction last agreed: never while either side holds, nor on a leg
        whose peer announced silence suppression.
        """
        self._watching = on
        self._set_timeout()

    def statistics(self) -> LegStatistics:
        """Counters so far; the final ones after `close`."""
        if self._closed is not None:
            return self._closed
        return self._counted(self._engine.statistics(self.id))

    def close(self) -> LegStatistics:
        """Give the port back. Idempotent; no event comes after it."""
        if self._closed is None:
            self.part()
            self._closed = self._counted(self._engine.close_leg(self.id))
            self._playing = None
            self._on_closed(self)
        return self._closed

    def snapshot(self) -> dict[str, Any]:
        """JSON values from which `MediaService.restore` opens this leg again."""
        assert not self.closed
        return {
            "local": self.local.snapshot(),
            "signalling_host": self._signalling_host,
            "latch": self._latch,
            "watching": self._watching,
            "negotiation": self._negotiation.snapshot(),
            "protection": to_json(self._protection),
            "engine": dict(self._engine.snapshot(self.id)),
        }

    def resume(self, data: Mapping[str, Any]) -> None:
        """Let sound flow again as a snapshot says: the last step of being restored."""
        self._apply()
        self.watch(bool(data["watching"]))

    def handle(self, event: Event) -> None:
        """Take one event of the engine that names this leg."""
        match event:
            case ("digit", _, str(key), int(duration_ms)):
                self._on_event(DigitPressed(key, duration_ms))
            case ("key_to_send", _, str(key), int(duration_ms)):
                self._on_event(KeyToSend(key, duration_ms))
            case ("playback_finished", _, int(playback), _):
                self._finished(playback)
            case ("rtp_timeout", _, int(silent_ms), _):
                if self._timeout_s:  # else it crossed the command that switched it off
                    self._on_event(SoundLost(silent_ms / 1000))
            case ("latched", _, str(host), int(port)):
                self._on_event(SourceLatched(host, port))
            case ("secured", _, str(suite), _):
                self._on_event(SoundProtected(f"dtls {suite}"))
            case ("security_failed", _, str(problem), _):
                log.warning("handshake_failed", extra={"leg": self.id, "problem": problem})
                self._on_event(SoundLost(0.0))
            case ("leg_failed", _, str(problem), _):
                log.error("media_leg_failed", extra={"leg": self.id, "problem": problem})
                self._on_event(SoundLost(0.0))
            case _:
                self._on_event(cue_of(event))

    def _finished(self, playback: int) -> None:
        if playback == self._playing:
            self._playing = None
            self._on_event(PlaybackFinished(playback))

    def _apply(self) -> None:
        """Tell the engine what was agreed, as far as it is new: a latch must not start anew."""
        new, old = self.agreement, self._applied
        if new is None or self.closed:
            return
        self._aim(new)
        self._secure(new.protected)
        if old is None or _encoding(new) != _encoding(old):
            self._engine.set_codec(
                self.id,
                new.codec,
                new.payload_type,
                dtmf_payload_type=new.dtmf_payload_type,
                ptime_ms=new.ptime_ms,
                dtmf_clock_hz=new.dtmf_clock_hz,
                noise_payload_type=new.noise_payload_type,
                maxptime_ms=new.maxptime_ms,
                **new.opus.as_json(),
            )
        if new.heard != (old.heard if old is not None else ()):
            self._engine.hear_also(self.id, new.heard)
        self._engine.set_direction(self.id, send=new.sends, receive=new.receives)
        self._applied = new
        self._set_timeout()

    def _secure(self, protected: Protected) -> None:
        if protected != self._secured:
            self._secured = protected
            secure(self._engine, self.id, protected, self._protection)

    def _aim(self, agreement: Agreement) -> None:
        """Where sound goes and comes from. A hold by 0.0.0.0 leaves that as it was."""
        if agreement.address is None and self._aimed_at is not None:
            return
        by_ice = agreement.protected.peer_ufrag is not None
        host = agreement.address or self._signalling_ip or (self.local.address if by_ice else None)
        aim = (host, agreement.port, agreement.rtcp_port)
        if host is not None and aim != self._aimed_at:
            self._aimed_at = aim
            self._engine.set_remote(
                self.id,
                host,
                agreement.port,
                rtcp_port=agreement.rtcp_port,
                latch="ice" if by_ice else self._latch,
                signalling_ip=self._signalling_ip,
            )

    def _set_timeout(self) -> None:
        expected = self.agreement is not None and self.agreement.sound_expected
        timeout_s = self._rtp_timeout_s if self._watching and expected else 0.0
        if timeout_s != self._timeout_s and not self.closed:
            self._timeout_s = timeout_s
            self._engine.set_timeout(self.id, timeout_s)

    def _counted(self, counted: EngineLegStatistics) -> LegStatistics:
        return leg_statistics(counted, ptime_s=self._ptime_s(), codec=self.codec)

    def _ptime_s(self) -> float:
        return (self._applied.ptime_ms if self._applied else self.local.ptime_ms) / 1000


@lru_cache(maxsize=4096)
def _reachable(host: str, local_address: str) -> str | None:
    """The host, if it is an IP address of our own family; nothing else can send us sound."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return None
    return str(address) if address.version == ip_address(local_address).version else None


def _encoding(agreement: Agreement) -> Agreement:
    """What the engine's encoder depends on: where sound goes and which ways may change."""
    return replace(
        agreement,
        address=None,
        port=0,
        rtcp_port=None,
        peer=Direction.SENDRECV,
        protected=Protected(),
        silence_suppressed=False,
        heard=(),
    )
