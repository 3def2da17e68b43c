"""One party of a call: its dialog and its sound joined. Carries session descriptions between both.

A leg tells one listener at a time; handing `listener` over hands the leg over. Nothing here
decides: who rings, who is bridged and what an ending means is the listener's business.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, assert_never

import structlog

from calls.faces import MediaLeg, SipLeg
from calls.key_source import KeySource
from events.queues import OfferOutcome
from media.errors import NotAcceptable
from media.events import (
    AnswerDetected,
    BeepHeard,
    Cue,
    DigitPressed,
    KeyToSend,
    MediaEvent,
    PlaybackFinished,
    SoundLost,
    SoundProtected,
    SourceLatched,
    SpeechBegan,
    SpeechEnded,
)
from media.statistics import LegStatistics
from sip.dialogs.leg_events import (
    Answered,
    AnsweredLate,
    Confirmed,
    HungUp,
    IdentityChanged,
    KeyByInfo,
    KeyRefused,
    LegEvent,
    Lost,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    Referred,
    ReferReported,
    Rejected,
    Ringing,
    Trying,
)
from sip.dialogs.reason import passed_on
from sip.message import Headers
from sip.redirection import contacts

_log = structlog.get_logger(__name__)

_NOT_ACCEPTABLE: Final = 488
_DECLINE: Final = 603

BROKEN: Final = "failed"
"""Why a leg ended when a promise of our own was broken."""

_EventT = TypeVar("_EventT")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody as phones show them; `name` may be empty."""

    number: str
    name: str = ""


class LegListener(Protocol):
    """Whoever owns the leg now. Called on the loop, in the order things happened."""

    def leg_rang(self, leg: "Leg", *, early_media: bool) -> None: ...
    def leg_answered(self, leg: "Leg") -> None: ...

    def leg_failed(self, leg: "Leg", outcome: OfferOutcome, status: int) -> None:
        """It never answered; nothing more is told of it."""

    def leg_ended(self, leg: "Leg", cause: str, *, lost: bool) -> None:
        """The party hung up, or (`lost`) vanished; nothing more is told of it."""

    def leg_held(self, leg: "Leg") -> None: ...
    def leg_resumed(self, leg: "Leg") -> None: ...
    def leg_renegotiated(self, leg: "Leg") -> None:
        """A later exchange of session descriptions changed something else than hold."""

    def leg_key(self, leg: "Leg", key: str) -> None: ...
    def leg_played(self, leg: "Leg", playback: int) -> None: ...
    def leg_silent(self, leg: "Leg") -> None:
        """No RTP and no RTCP for the configured time, while sound was expected."""


class Leg:
    """A dialog with its media: both share one life. Nothing is told before `join`."""

    def __init__(
        self,
        name: str,
        open_media: Callable[[Callable[[MediaEvent], None]], MediaLeg],
    ) -> None:
        """Raises NoPorts when the engine has no port left."""
        self.name = name
        self.sip: SipLeg
        self.listener: LegListener
        self.answered = False
        self.held = False
        self.closed = False
        self.line: tuple[str, str] = ("", "")
        """The phone or trunk that it occupies, e.g. ("phone", "2001")."""
        self.statistics = LegStatistics()
        self.number = ""
        """Of the party, as the other one may be shown it."""
        self.farewell: Headers = ()
        """Why it ended in the party's own words, for the other side: Reason, Retry-After."""
        self.redirected: tuple[str, ...] = ()
        """Whom to call instead, the most wanted first, as a 3xx said."""
        self.on_close: Callable[[], None] = lambda: None
        self.on_trying: Callable[[], None] = lambda: None
        """Told that the called phone is there, before it rings."""
        self.on_sound: Callable[[], None] = lambda: None
        """Told of the first packet of the called side's early sound."""
        self.sounded = False
        """Whether it came."""
        self.on_identity: Callable[[Party], None] = lambda _: None
        """Told who the party is now, when a carrier says that it is somebody else."""
        self.shows: Callable[[Party], Party | None] = lambda party: party
        """What its phone or trunk may be told of a party; None for nothing."""
        self.on_refer: Callable[[Leg, Referred], None] = _decline_refer
        """Asked when the party wants to pass its conversation on."""
        self.on_late_answer: Callable[[], None] = lambda: None
        """Told when its phone was picked up although we had hung up already."""
        self._early_branch = ""
        self._late_offer = False
        self._keys = KeySource()
        self._hides_tones = False
        self.on_cue: Callable[[Cue], None] = lambda _: None
        """Told what was asked for by `media.hear_speech`, `hear_beep` and `detect_answer`."""
        self._local_sdp = b""
        self.on_refer_report: Callable[[int], None] = lambda _: None
        """Told how our own REFER to the party goes, as SIP status."""
        self.media = open_media(self._media_event)

    def join(self, sip: SipLeg, listener: LegListener) -> None:
        """Take the dialog: an inbound one as it came, or an outbound one just begun."""
        self.listener = listener
        self.sip = sip
        sip.on_event = self.sip_event

    # The caller's side

    def read_offer(self) -> None:
        """Negotiate the caller's offer now, so that 488 comes before anything rings.

        Raises:
            NotAcceptable: nothing in it that we can speak.
        """
        self._late_offer = not self.sip.sdp_offer
        if self._late_offer:
            self._local_sdp = self.media.offer()
        else:
            self._local_sdp = self.media.answer(self.sip.sdp_offer)
            self.held = self.media.held

    def progress(self) -> bool:
        """Send 183 with early media; false if the caller made no offer that it could answer."""
        if self._late_offer:
            self.sip.ring()
            return False
        self.sip.progress(self._local_sdp)
        return True

    def answer(self) -> None:
        self.answered = True
        self.sip.answer(self._local_sdp)

    # The called side

    def outbound_offer(self) -> bytes:
        self._local_sdp = self.media.offer()
        return self._local_sdp

    # Both

    def show(self, party: Party) -> None:
        """Let its phone show whom it talks with from now on, after a transfer or a pick-up."""
        told = self.shows(party)
        if told is not None and not self.closed:
            self.sip.show(told.number, told.name)

    def refresh(self) -> None:
        """Offer the session as it stands again: a party that is there no more is found out."""
        if self.answered and not self.closed:
            self.sip.offer(self.media.reoffer())

    def hang_up(self, cause: str = "", headers: Headers = ()) -> None:
        """End it in whatever state it is, and give its sound back.

        A Reason among the `headers` says more than our own `cause`.
        """
        if not self.closed:
            cause = "" if any(name == "Reason" for name, _ in headers) else cause
            self.sip.hang_up(cause=cause, headers=headers)
            self.close()

    def reject(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        if not self.closed:
            self.sip.reject(status, reason, headers)
            self.close()

    def decline_refer(self) -> None:
        """There is nobody to be passed on."""
        _log.info("refer_declined", leg=self.name)
        self.sip.refuse_refer(_DECLINE)

    def close(self) -> LegStatistics:
        if not self.closed:
            self.closed = True
            self.statistics = self.media.close()
            self.on_close()
        return self.statistics

    def snapshot(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "line": list(self.line),
            "number": self.number,
            "answered": self.answered,
            "held": self.held,
            "sip": dict(self.sip.snapshot()),
            "media": dict(self.media.snapshot()),
        }

    def sip_event(self, event: LegEvent) -> None:
        if isinstance(event, AnsweredLate):
            self.on_late_answer()
            return
        self._guarded(self._on_sip, event)

    def _media_event(self, event: MediaEvent) -> None:
        self._guarded(self._on_media, event)

    def _guarded(self, react: Callable[[_EventT], None], event: _EventT) -> None:
        """Our own broken promise ends this leg and whatever it is part of, never the process."""
        if self.closed:
            return
        try:
            react(event)
        except Exception:
            _log.exception("leg_failed", leg=self.name)
            self.hang_up(BROKEN)
            self.listener.leg_ended(self, BROKEN, lost=True)

    def _on_sip(self, event: LegEvent) -> None:
        match event:
            case AnsweredLate():
                raise AssertionError("told to nobody's listener")
            case Trying():
                self.on_trying()
            case Ringing(_, sdp, branch):
                self.listener.leg_rang(self, early_media=self._take_early(sdp, branch))
            case Answered(sdp):
                self._answered(sdp)
            case Rejected(status, _, headers, local):
                self.farewell = passed_on(headers)
                self.redirected = contacts(status, headers)
                self.close()
                self.listener.leg_failed(self, outcome_of(status, local=local), status)
            case Confirmed(sdp):
                self._confirmed(sdp)
            case OfferAnswered(sdp):
                self._take_answer(sdp)
            case OfferReceived(sdp):
                self._offered(sdp)
            case OfferRefused(status):
                _log.info("re_offer_refused", leg=self.name, status=status)
            case KeyByInfo(key, duration_ms):
                if self._keys.takes_info(key, _now(), held_s=duration_ms / 1000):
                    self.media.take_key(key)
                    self.listener.leg_key(self, key)
                self._hide_echoes()
            case KeyRefused(key, duration_ms, status):
                _log.info("keys_refused", leg=self.name, status=status)
                self.media.tell_keys(False)
                self.media.send_digit(key, duration_ms)
            case IdentityChanged(user, display):
                self.on_identity(Party(user, display))
            case Referred():
                self.on_refer(self, event)
            case ReferReported(status):
                self.on_refer_report(status)
            case HungUp(cause, _, headers):
                self.farewell = headers
                self.close()
                self.listener.leg_ended(self, cause or "hung_up", lost=False)
            case Lost(error):
                _log.info("leg_lost", leg=self.name, problem=str(error))
                self.close()
                self.listener.leg_ended(self, "lost", lost=True)
            case _:
                assert_never(event)

    def _on_media(self, event: MediaEvent) -> None:
        match event:
            case DigitPressed(key):
                if self._keys.takes_rtp(key, _now(), as_tone=self.media.keys_are_tones):
                    self.listener.leg_key(self, key)
                self._hide_echoes()
            case KeyToSend(key, duration_ms):
                self.sip.send_key(key, duration_ms)
            case PlaybackFinished(playback):
                self.listener.leg_played(self, playback)
            case SoundLost():
                self.listener.leg_silent(self)
            case SourceLatched(host, port):
                _log.debug("source_latched", leg=self.name, host=host, port=port)
                if not self.answered:
                    self.sounded = True
                    self.on_sound()
            case SoundProtected(how):
                _log.debug("sound_protected", leg=self.name, how=how)
            case SpeechBegan() | SpeechEnded() | AnswerDetected() | BeepHeard():
                self.on_cue(event)
            case _:
                assert_never(event)

    def _hide_echoes(self) -> None:
        """Whoever hears the party gets its keys once: as told by INFO, without their tones."""
        if self._keys.echoes and not self._hides_tones:
            self._hides_tones = True
            self.media.hide_tones(True)

    def _answered(self, sdp: bytes) -> None:
        try:
            self.media.accept_answer(sdp)
        except NotAcceptable as error:
            _log.info("answer_not_acceptable", leg=self.name, problem=str(error))
            self.hang_up("media")
            self.listener.leg_failed(self, OfferOutcome.MEDIA_FAILED, _NOT_ACCEPTABLE)
            return
        self.answered = True
        self.held = self.media.held
        self.listener.leg_answered(self)

    def _confirmed(self, sdp: bytes) -> None:
        """The caller's ACK came; it must answer the offer that our 200 made, RFC 3261 §13.2.2.4."""
        if self._late_offer and not self._take_answer(sdp):
            self.hang_up("media")
            self.listener.leg_ended(self, "media", lost=True)

    def _take_early(self, sdp: bytes, branch: str) -> bool:
        """Of several branches the newest that promises sound, until one of them is heard."""
        if self.sounded and branch != self._early_branch:
            return False
        taken = self._take_answer(sdp)
        if taken:
            self._early_branch = branch
        return taken

    def _take_answer(self, sdp: bytes) -> bool:
        """Whether there was an answer that opens sound; a bad early one is simply not heard."""
        if not sdp:
            return False
        try:
            self.media.accept_answer(sdp)
        except NotAcceptable as error:
            _log.info("answer_not_acceptable", leg=self.name, problem=str(error))
            return False
        self._tell_change()
        return True

    def _offered(self, sdp: bytes) -> None:
        try:
            ours = self.media.answer(sdp) if sdp else self.media.reoffer()
        except NotAcceptable as error:
            self.sip.refuse_offer(error.status)
            return
        self.sip.accept_offer(ours)
        if sdp:
            self._tell_change()

    def _tell_change(self) -> None:
        if not self.answered:
            return
        if self.media.held == self.held:
            self.listener.leg_renegotiated(self)
            return
        self.held = self.media.held
        tell = self.listener.leg_held if self.held else self.listener.leg_resumed
        tell(self)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _decline_refer(leg: Leg, _: Referred) -> None:
    leg.decline_refer()


def outcome_of(status: int, *, local: bool) -> OfferOutcome:
    """What a final refusal says about the phone, RFC 3261 §21.4 to §21.6."""
    if status in (486, 600):
        return OfferOutcome.BUSY
    if status in (488, 606):
        return OfferOutcome.MEDIA_FAILED
    if local or 500 <= status < 600 or status in (404, 410, 480, 604):
        return OfferOutcome.UNREACHABLE
    if status in (408, 487):  # a proxy's or a phone's own ringing limit
        return OfferOutcome.NO_ANSWER
    return OfferOutcome.REJECTED


def tell_each_others_news(first: Leg, second: Leg) -> None:
    """A carrier's news of who is there now reaches the other side's phone, RFC 4916. Not a phone's:
    it is who it proved to be, whatever it says later."""
    for leg, peer in ((first, second), (second, first)):
        leg.on_identity = peer.show if leg.line[0] == "trunk" else _unheard


def _unheard(party: Party) -> None:
    """Nobody is shown it."""
