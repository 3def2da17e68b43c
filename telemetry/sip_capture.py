"""The SIP messages of recent calls, kept in memory for ladders: the oldest dialogs go first."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from events.calls import CallArrived, LegDialled
from events.event import Recorded
from events.ids import CallId
from telemetry.settings import TelemetrySettings

LOOK_BACK: Final = 8
"""How many messages of a dialog back a retransmission is recognised."""

HEAD_BYTES: Final = 8_192
"""How far into a message its Call-ID is looked for."""

_CALL_ID: Final = re.compile(
    rb"\n(?:call-id|i)[ \t]{0,8}:[ \t]{0,8}([^\r\n]{1,256})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CapturedMessage:
    """A SIP message as it was on the wire.

    Attributes:
        direction: "in" to us, "out" from us.
        at: seconds on the steady clock.
        repeated: how often the very same bytes followed soon after it.
    """

    direction: Literal["in", "out"]
    transport: str
    host: str
    port: int
    data: bytes
    at: float
    repeated: int = 0


@dataclass(slots=True)
class _Dialog:
    messages: list[CapturedMessage] = field(default_factory=list)
    left_out: int = 0
    size: int = 0


class SipCapture:
    """Messages by SIP Call-ID, and which Call-IDs belong to which call."""

    def __init__(self, settings: TelemetrySettings) -> None:
        self._settings = settings
        self._dialogs: OrderedDict[str, _Dialog] = OrderedDict()
        self._calls: OrderedDict[CallId, list[str]] = OrderedDict()
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
        """Keep a message; one without a readable Call-ID belongs to no ladder."""
        found = _CALL_ID.search(data, 0, HEAD_BYTES)
        if found is None or not self._settings.capture_calls:
            return
        message = CapturedMessage(direction, transport, host, port, data, at)
        self._keep(found[1].strip().decode("utf-8", "replace"), message)

    def observe(self, recorded: Recorded) -> None:
        """A listener of the event log: learns which dialogs are whose."""
        match recorded.event:
            case CallArrived(call=call, sip_call_id=sip_call_id):
                self.link(call, sip_call_id)
            case LegDialled(call=call, sip_call_id=sip_call_id) if sip_call_id:
                self.link(call, sip_call_id)

    def link(self, call: CallId, sip_call_id: str) -> None:
        """The dialog belongs to the call."""
        linked = self._calls.setdefault(call, [])
        if sip_call_id not in linked:
            linked.append(sip_call_id)
        while len(self._calls) > self._settings.capture_calls:
            self._calls.popitem(last=False)

    def of_call(self, call: CallId) -> list[CapturedMessage]:
        """What is kept of all the call's dialogs, oldest first."""
        return self.of_dialogs(self._calls.get(call, ()))

    def of_dialogs(self, sip_call_ids: Iterable[str]) -> list[CapturedMessage]:
        """What is kept of these SIP Call-IDs, oldest first; [] when they are unknown or gone."""
        kept: list[CapturedMessage] = []
        for sip_call_id in dict.fromkeys(sip_call_ids):
            dialog = self._dialogs.get(sip_call_id)
            kept += dialog.messages if dialog else ()
        return sorted(kept, key=lambda message: message.at)

    def dialogs_of(self, call: CallId) -> Sequence[str]:
        """The SIP Call-IDs that were linked to the call."""
        return tuple(self._calls.get(call, ()))

    def _keep(self, sip_call_id: str, message: CapturedMessage) -> None:
        dialog = self._dialogs.setdefault(sip_call_id, _Dialog())
        self._dialogs.move_to_end(sip_call_id)
        if _count_repetition(dialog.messages, message):
            return
        if len(dialog.messages) >= self._settings.capture_messages:
            dialog.left_out += 1
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
    for index in range(len(messages) - 1, max(-1, len(messages) - 1 - LOOK_BACK), -1):
        kept = messages[index]
        if kept.direction == message.direction and kept.data == message.data:
            messages[index] = replace(kept, repeated=kept.repeated + 1)
            return True
    return False
