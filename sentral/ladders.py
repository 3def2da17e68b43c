"""A call's ladder: from memory while that holds, else from the captures on disk and the log."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from events.calls import CallArrived, LegDialled, LegJoined
from events.event import Recorded
from events.ids import CallId
from records.past import CallDetail
from telemetry.capture_files import read_capture
from telemetry.ladder import draw_ladder
from telemetry.ladder_notes import NOTED
from telemetry.sip_capture import MOST_EVENTS, SipCapture

AFTER_S: Final = 120.0
"""Messages so long after a call's last event are looked for: retransmissions, a late BYE."""


class Ladders:
    def __init__(
        self,
        capture: SipCapture,
        folder: Path | None,
        find: Callable[[CallId], CallDetail | None],
    ) -> None:
        """`folder`: of the captures on disk, None if none are kept. `find` blocks."""
        self._capture = capture
        self._folder = folder
        self._find = find

    def live(self, call: CallId, width: int) -> str | None:
        return self._capture.ladder(call, width)

    def past(self, call: CallId, width: int) -> str | None:
        """Blocks. None when nothing is kept of the call."""
        detail = self._find(call) if self._folder is not None else None
        if detail is None or self._folder is None or not detail.events:
            return None
        messages = read_capture(
            self._folder,
            _dialogs(detail.events),
            utc_from=detail.events[0].utc,
            utc_to=detail.events[-1].utc + AFTER_S,
        )
        if not messages:
            return None
        noted = [each for each in detail.events if isinstance(each.event, NOTED)][:MOST_EVENTS]
        return draw_ladder(
            call, messages, [replace(each, steady=each.utc) for each in noted], width=width
        )


def _dialogs(events: Sequence[Recorded]) -> set[str]:
    return {
        recorded.event.sip_call_id
        for recorded in events
        if isinstance(recorded.event, CallArrived | LegDialled | LegJoined)
    } - {""}
