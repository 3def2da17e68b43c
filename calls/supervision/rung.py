"""A supervisor whose phone we ring, until it answers and from then on."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from calls.conversation import tell_leg_over
from calls.leg import Leg
from calls.problems import Refused
from calls.supervision.supervision import Supervised, Supervision
from events.calls import CallEnded
from events.event import Event
from events.ids import PhoneId
from events.queues import OfferOutcome
from events.supervision import Mode


class Joining(Protocol):
    """`calls.supervision.supervisors.Supervisors`, as this needs it."""

    def join(
        self,
        call: Supervised,
        leg: Leg,
        mode: Mode,
        phone: PhoneId,
        *,
        on_over: Callable[[str], None],
    ) -> Supervision: ...


class RungSupervisor:
    """The leg's listener and owner; what becomes of the leg is told of the call."""

    def __init__(self, joining: Joining, call: Supervised, phone: PhoneId, mode: Mode) -> None:
        self._joining = joining
        self._call = call
        self._phone = phone
        self._mode = mode
        self._supervision: Supervision | None = None
        self._stop_ringing: Callable[[], None] = lambda: None

    def wait(self, leg: Leg, ring_s: float) -> None:
        """Let it ring so long, and not longer than the call lasts."""
        call, loop = self._call, asyncio.get_running_loop()
        patience = loop.call_later(ring_s, self._hang_up, leg, "no_answer")

        def follow(event: Event) -> None:
            if isinstance(event, CallEnded):
                self._hang_up(leg, "call_ended")

        def stop_ringing() -> None:
            self._stop_ringing = lambda: None
            patience.cancel()
            call.watchers.remove(follow)

        call.watchers.append(follow)
        self._stop_ringing = stop_ringing

    def leg_answered(self, leg: Leg) -> None:
        self._stop_ringing()
        try:
            self._supervision = self._joining.join(
                self._call,
                leg,
                self._mode,
                self._phone,
                on_over=lambda cause: self._hang_up(leg, cause),
            )
        except Refused:
            self._hang_up(leg, "refused")

    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None:
        self._stop_ringing()
        tell_leg_over(self._call.happened, self._call.id, leg, outcome.value, status)

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self._stop_ringing()
        if self._supervision is not None:
            self._supervision.end("lost" if lost else "hung_up")
        tell_leg_over(self._call.happened, self._call.id, leg, cause)

    def leg_silent(self, leg: Leg) -> None:
        """Not watched: a supervisor who listens may well send nothing."""

    def leg_key(self, leg: Leg, key: str) -> None:
        if self._supervision is not None:
            self._supervision.press(key)

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None: ...
    def leg_held(self, leg: Leg) -> None: ...
    def leg_resumed(self, leg: Leg) -> None: ...
    def leg_renegotiated(self, leg: Leg) -> None: ...
    def leg_played(self, leg: Leg, playback: int) -> None: ...

    def _hang_up(self, leg: Leg, cause: str) -> None:
        self._stop_ringing()
        if not leg.closed:
            leg.hang_up(cause)
            tell_leg_over(self._call.happened, self._call.id, leg, cause)
