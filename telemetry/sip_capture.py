"""The SIP messages of recent calls, kept in memory for ladders: the oldest dialogs go first."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from events.calls import CallArrived, LegDialled, LegJoined
from events.event import Recorded
from events.ids import CallId
from telemetry.captured import HEAD_BYTES, CapturedMessage
from telemetry.ladder import draw_ladder
from telemetry.ladder_notes import NOTED
from telemetry.settings import TelemetrySettings

MOST_EVENTS: Final = 300
"""Events noted in one call's ladder."""

LOOK_BACK: Final = 8
"""How many messages of a dialog back a retransmission is recognised."""

_CALL_ID: Final = re.compile(
    rb"\n(?:call-id|i)[ \t]{0,8}:[ \t]{0,8}([^\r\n]{1,256})", re.IGNORECASE
)


@dataclass(slots=True)
class _Dialog:
    messages: list[CapturedMessage] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True)
class _Call:
    dialogs: dict[str, None] = field(default_factory=dict)
    events: list[Recorded] = field(default_factory=list)


class SipCapture:
    """Messages by SIP Call-ID, and which Call-IDs belong to which call."""

    def __init__(self, settings: TelemetrySettings) -> None:
        self._settings = settings
        self._dialogs: OrderedDict[str, _Dialog] = OrderedDict()
        self._calls: OrderedDict[CallId, _Call] = OrderedDict()
        self.size_bytes = 0

    def add(
        self,
        direction: Literal["in", "out"],
        transport: str,
        host: str,
        port: int,
        data: bytes,
        at: float,
    ) -> None:
        """Keep a message of a call: an INVITE, or what shares its Call-ID.

        Registrations and probes come all day and would push the calls out.
        """
        found = _CALL_ID.search(data, 0, HEAD_BYTES)
        if found is None or not self._settings.capture_calls:
            return
        sip_call_id = found[1].strip().decode("utf-8", "replace")
        dialog = self._dialogs.get(sip_call_id)
        if dialog is None:
            if not data.startswith(b"INVITE "):
                return
            dialog = self._dialogs[sip_call_id] = _Dialog()
        self._dialogs.move_to_end(sip_call_id)
        self._keep(dialog, CapturedMessage(direction, transport, host, port, data, at, sip_call_id))

    def observe(self, recorded: Recorded) -> None:
        """A listener of the event log: learns which dialogs are whose, and what to note beside."""
        match recorded.event:
            case CallArrived(call=call, sip_call_id=sip_call_id):
                self.link(call, sip_call_id)
            case (
                LegDialled(call=call, sip_call_id=sip_call_id)
                | LegJoined(call=call, sip_call_id=sip_call_id)
            ) if sip_call_id:
                self.link(call, sip_call_id)
        if isinstance(recorded.event, NOTED):
            kept = self._calls.get(recorded.event.call)
            if kept is not None and len(kept.events) < MOST_EVENTS:
                kept.events.append(recorded)

    def link(self, call: CallId, sip_call_id: str) -> None:
        """The dialog belongs to the call."""
        self._calls.setdefault(call, _Call()).dialogs[sip_call_id] = None
        self._dialogs.setdefault(sip_call_id, _Dialog())
        self._make_room()
        while len(self._calls) > self._settings.capture_calls:
            self._calls.popitem(last=False)

    def messages(self, call: CallId) -> list[CapturedMessage]:
        """What is kept of all the call's dialogs, oldest first."""
        kept: list[CapturedMessage] = []
        for sip_call_id in self.dialogs(call):
            dialog = self._dialogs.get(sip_call_id)
            kept += dialog.messages if dialog else ()
        return sorted(kept, key=lambda message: message.at)

    def dialogs(self, call: CallId) -> Sequence[str]:
        """The SIP Call-IDs that belong to the call."""
        return tuple(self._calls[call].dialogs) if call in self._calls else ()

    def ladder(self, call: CallId, width: int = 100) -> str | None:
        """The call's ladder as text; None when no message of it is kept."""
        messages = self.messages(call)
        if not messages:
            return None
        return draw_ladder(call, messages, self._calls[call].events, width=width)

    def _keep(self, dialog: _Dialog, message: CapturedMessage) -> None:
        if _count_repetition(dialog.messages, message):
            return
        if len(dialog.messages) >= self._settings.capture_messages:
            return
        dialog.messages.append(message)
        dialog.size += len(message.data)
        self.size_bytes += len(message.data)
        self._make_room()

    def _make_room(self) -> None:
        while self._dialogs and (
            len(self._dialogs) > self._settings.capture_calls
            or self.size_bytes > self._settings.capture_bytes
        ):
            _, gone = self._dialogs.popitem(last=False)
            self.size_bytes -= gone.size


def _count_repetition(messages: list[CapturedMessage], message: CapturedMessage) -> bool:
    """Whether the message is a retransmission of a kept one, which then counts it."""
    for back, kept in enumerate(reversed(messages[-LOOK_BACK:]), 1):
        if kept.direction == message.direction and kept.data == message.data:
            messages[-back] = replace(kept, repeated=kept.repeated + 1)
            return True
    return False
