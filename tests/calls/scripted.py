"""The rooms below, as one leg sees them, noting what they are told. For tests of single parts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from calls.leg import Leg, LegListener
from events.queues import OfferOutcome
from media.answering import AnswerRules
from media.errors import NotAcceptable
from media.events import MediaEvent
from media.sounds import Sound
from media.statistics import LegStatistics
from sip.address import Address
from sip.admission import Identity
from sip.dialog_id import DialogId
from sip.dialogs.leg_events import LegEvent
from sip.headers.replaces import Replaces
from sip.message import Headers, Request


class ScriptedSip:
    """A dialog; `said` is what its owner asked for."""

    def __init__(self, *, offer: bytes = b"offer") -> None:
        self.on_event: Callable[[LegEvent], None] = lambda _: None
        self.call_id = "call-id"
        self.invite = Request("INVITE", "sip:1000@192.0.2.1")
        self.identity: Identity | None = None
        self.source = Address("UDP", "192.0.2.2", 5060)
        self.sdp_offer = offer
        self.local_address = "192.0.2.1"
        self.said: list[str] = []
        self.dialog_id: DialogId | None = DialogId("call-id", "ours", "theirs")

    def is_named_by(self, replaces: Replaces) -> bool:
        return replaces.call_id == self.call_id

    def ring(self, headers: Headers = ()) -> None:
        self.said.append("ring")

    def progress(self, sdp: bytes, headers: Headers = ()) -> None:
        self.said.append(f"progress {sdp.decode()}")

    def answer(self, sdp: bytes, headers: Headers = ()) -> None:
        self.said.append(f"answer {sdp.decode()}")

    def reject(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        self.said.append(f"reject {status}")

    def hang_up(self, *, cause: str = "", headers: Headers = ()) -> None:
        told = [cause, *(f"{name}: {value}" for name, value in headers)]
        self.said.append(" ".join(["hang up", *filter(None, told)]))

    def offer(self, sdp: bytes) -> None:
        self.said.append(f"offer {sdp.decode()}")

    def show(self, user: str, display: str = "") -> None:
        self.said.append(f"show {user} {display}")

    def accept_offer(self, sdp: bytes) -> None:
        self.said.append(f"accept {sdp.decode()}")

    def refuse_offer(self, status: int = 488) -> None:
        self.said.append(f"refuse {status}")

    def accept_refer(self) -> None:
        self.said.append("accept REFER")

    def refuse_refer(self, status: int = 603) -> None:
        self.said.append(f"refuse REFER {status}")

    def refer_progress(self, status: int, reason: str = "") -> None:
        self.said.append(f"REFER {status}")

    def refer(self, target: str, headers: Headers = ()) -> None:
        self.said.append(f"REFER to {target}")

    def send_key(self, key: str, duration_ms: int) -> None:
        self.said.append(f"key {key} {duration_ms}")

    def snapshot(self) -> Mapping[str, Any]:
        return {"dialog": self.call_id}


class ScriptedMedia:
    """One party's sound. Descriptions are words: "hold" and "talk" say what the peer wants."""

    def __init__(self, on_event: Callable[[MediaEvent], None]) -> None:
        self.on_event = on_event
        self.held = False
        self.did: list[str] = []
        self.bridged_to: ScriptedMedia | None = None
        self.codec = "PCMU"
        self.takes_noise = False
        self.keys_are_tones = False
        self.recorded_hz = 8000
        self._playbacks = 0

    def explain_bridge(self, other: "ScriptedMedia") -> str:
        return "" if self.codec == other.codec else f"{self.codec} and {other.codec}"

    def offer(self) -> bytes:
        return b"ours"

    def reoffer(self) -> bytes:
        return b"ours again"

    def answer(self, offer: bytes) -> bytes:
        self.accept_answer(offer)
        return b"answer"

    def accept_answer(self, sdp: bytes) -> None:
        if sdp == b"strange":
            raise NotAcceptable("no codec in common")
        if sdp == b"broken":
            raise AssertionError("planted")
        self.held = sdp == b"hold"

    def play(self, sounds: Sequence[Sound], *, loop: bool = False) -> int:
        self._playbacks += 1
        self.did.append(f"play {' '.join(sound.name for sound in sounds)}{' for ever' * loop}")
        return self._playbacks

    def tone(self, name: str) -> int:
        self._playbacks += 1
        self.did.append(f"tone {name}")
        return self._playbacks

    def pause_playing(self, on: bool) -> None:
        self.did.append("pause" if on else "go on")

    def volume(self, decibels: float) -> None:
        self.did.append(f"volume {decibels:g}")

    def seek(self, seconds: float) -> None:
        self.did.append(f"seek {seconds:g}")

    def stop(self) -> None:
        self.did.append("stop")

    def bridge(self, other: "ScriptedMedia") -> None:
        self.bridged_to, other.bridged_to = other, self

    def unbridge(self) -> None:
        if self.bridged_to is not None:
            self.bridged_to.bridged_to = None
            self.bridged_to = None

    def part(self) -> None:
        self.unbridge()

    def echo(self, on: bool) -> None:
        self.did.append(f"echo {on}")

    def watch(self, on: bool) -> None:
        self.did.append(f"watch {on}")

    def send_digit(self, key: str, duration_ms: int = 160) -> None:
        self.did.append(f"press {key} {duration_ms}")

    def tell_keys(self, on: bool) -> None:
        self.did.append(f"tell keys {on}")

    def take_key(self, key: str) -> None:
        self.did.append(f"take key {key}")

    def hide_tones(self, on: bool) -> None:
        self.did.append(f"hide tones {on}")

    def keep_confidential(self, on: bool) -> None:
        self.did.append(f"keep confidential {on}")

    def guard_codes(self, codes: Sequence[str]) -> None:
        self.did.append(f"guard codes {' '.join(codes)}")

    def hear_speech(self, end_s: float = 0.8) -> None:
        self.did.append(f"hear speech {end_s}")

    def hear_beep(self, on: bool) -> None:
        self.did.append(f"hear beep {on}")

    def detect_answer(self, rules: AnswerRules | None = None) -> None:
        self.did.append("detect answer")

    def close(self) -> LegStatistics:
        self.did.append("close")
        self.unbridge()
        return LegStatistics(packets_sent=10)

    def snapshot(self) -> Mapping[str, Any]:
        return {"port": 7000}


class Heard(LegListener):
    """A leg's owner that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None:
        self.told.append("rang early" if early_media else "rang")

    def leg_answered(self, leg: Leg) -> None:
        self.told.append("answered")

    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None:
        self.told.append(f"failed {outcome} {status}")

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self.told.append(f"{'lost' if lost else 'ended'} {cause}")

    def leg_held(self, leg: Leg) -> None:
        self.told.append("held")

    def leg_resumed(self, leg: Leg) -> None:
        self.told.append("resumed")

    def leg_renegotiated(self, leg: Leg) -> None:
        self.told.append("renegotiated")

    def leg_key(self, leg: Leg, key: str) -> None:
        self.told.append(f"key {key}")

    def leg_played(self, leg: Leg, playback: int) -> None:
        self.told.append(f"played {playback}")

    def leg_silent(self, leg: Leg) -> None:
        self.told.append("silent")


class Rig:
    """A leg, its dialog, its sound and its owner."""

    def __init__(self, name: str = "c-0", *, offer: bytes = b"talk") -> None:
        self.sip = ScriptedSip(offer=offer)
        self.heard = Heard()
        self.leg = Leg(name, ScriptedMedia)
        self.leg.join(self.sip, self.heard)

    @property
    def media(self) -> ScriptedMedia:
        assert isinstance(self.leg.media, ScriptedMedia)
        return self.leg.media

    def happens(self, *events: LegEvent) -> list[str]:
        """What the owner is told of it."""
        self.heard.told.clear()
        for event in events:
            self.sip.on_event(event)
        return list(self.heard.told)


def sound(name: str) -> Sound:
    return Sound(1, name, 1.0)
