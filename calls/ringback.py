"""What a caller hears while the other side is being rung: the gateway model of RFC 3960 §3.2.

A session description in a provisional response promises sound, and some never send any. So the
other side's sound is passed on from its first packet on; until then, after a plain 180, or when a
promise is not kept, the caller hears the country's ringback. Who has not been answered yet and
hears nothing of ours is told 180, and rings by their own phone, which costs no sound of ours.
"""

import asyncio

from calls.call import Call
from calls.leg import Leg


class Ringback:
    """For one leg that rings, until `stop`."""

    def __init__(self, call: Call, leg: Leg) -> None:
        self._call = call
        self._leg = leg
        self._passed_on = False
        self._rings = False
        self._promise: asyncio.TimerHandle | None = None
        leg.on_sound = self._sound_began

    def rang(self, *, promised: bool) -> None:
        """A provisional response came; it `promised` sound by a session description.

        Told again for each one. After the first sound none of them changes anything, and a 180 that
        follows a 183 leaves the promise its time.
        """
        if self._passed_on or self._rings:
            return
        if self._promise is not None:
            return  # many gateways say 183 and 180 in one breath
        if self._leg.sounded:
            self._sound_began()
        elif not promised:
            self._ring()
        else:
            wait_s = self._call.services.settings.early_media_wait_s
            self._promise = asyncio.get_running_loop().call_later(wait_s, self._ring)

    def stop(self) -> None:
        """Answered, failed, or given up: what is heard is somebody else's business."""
        self._leg.on_sound = _nothing
        self._stop_waiting()

    def _sound_began(self) -> None:
        call = self._call
        if self._passed_on or call.leg.closed:
            return
        self._passed_on = True
        self._stop_waiting()
        call.progress()
        call.leg.media.stop()
        call.leg.media.bridge(self._leg.media)

    def _ring(self) -> None:
        call = self._call
        self._rings = True
        self._stop_waiting()
        if not call.hears_us and call.services.settings.early_media == "always":
            call.progress()
        if call.hears_us:
            call.leg.media.tone("ringback")
        else:
            call.ring()

    def _stop_waiting(self) -> None:
        if self._promise is not None:
            self._promise.cancel()
            self._promise = None


def _nothing() -> None:
    """Nobody waits for sound."""
