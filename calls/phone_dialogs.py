"""What each phone is doing, for busy lamps: RFC 4235's dialog states, as the events tell them."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallRang,
    LegDialled,
    LegEnded,
    LegRang,
)
from events.event import Event
from events.ids import CallId

_KeyT = TypeVar("_KeyT", bound=str)


class DialogState(StrEnum):
    TRYING = "trying"
    EARLY = "early"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class PhoneDialog:
    """`direction`: the phone is the "initiator" or the "recipient" of the call."""

    phone: str
    direction: str
    state: DialogState = DialogState.TRYING


class PhoneDialogs:
    """Legs on phones, from their INVITE to their end."""

    def __init__(self) -> None:
        self._legs: dict[str, PhoneDialog] = {}
        self._of_call: dict[CallId, set[str]] = {}
        self._of_phone: dict[str, set[str]] = {}

    def of(self, phone: str) -> dict[str, PhoneDialog]:
        """Its dialogs by the name of their leg."""
        return {leg: self._legs[leg] for leg in sorted(self._of_phone.get(phone, ()))}

    def follow(self, event: Event) -> frozenset[str]:
        """Keep up with what was logged; the phones that do something else now."""
        match event:
            case CallArrived(call, phone=phone) if phone is not None:
                return self._begin(call, f"{call}-0", PhoneDialog(phone, "initiator"))
            case LegDialled(call, leg, "phone", phone):
                return self._begin(call, leg, PhoneDialog(phone, "recipient"))
            case CallRang(call):
                return self._becomes(f"{call}-0", DialogState.EARLY)
            case CallAnswered(call):
                return self._becomes(f"{call}-0", DialogState.CONFIRMED)
            case LegRang(_, leg):
                return self._becomes(leg, DialogState.EARLY)
            case CallBridged(_, leg):
                return self._becomes(leg, DialogState.CONFIRMED)
            case LegEnded(call, leg):
                return self._end(call, leg)
            case CallEnded(call):
                legs = tuple(self._of_call.get(call, ()))
                return frozenset[str]().union(*(self._end(call, leg) for leg in legs))
        return frozenset()

    def _begin(self, call: CallId, leg: str, dialog: PhoneDialog) -> frozenset[str]:
        self._legs[leg] = dialog
        self._of_call.setdefault(call, set()).add(leg)
        self._of_phone.setdefault(dialog.phone, set()).add(leg)
        return frozenset((dialog.phone,))

    def _becomes(self, leg: str, state: DialogState) -> frozenset[str]:
        dialog = self._legs.get(leg)
        if dialog is None or dialog.state is state:
            return frozenset()
        self._legs[leg] = replace(dialog, state=state)
        return frozenset((dialog.phone,))

    def _end(self, call: CallId, leg: str) -> frozenset[str]:
        dialog = self._legs.pop(leg, None)
        if dialog is None:
            return frozenset()
        _discard(self._of_call, call, leg)
        _discard(self._of_phone, dialog.phone, leg)
        return frozenset((dialog.phone,))


def _discard(table: dict[_KeyT, set[str]], key: _KeyT, leg: str) -> None:
    table[key].discard(leg)
    if not table[key]:
        del table[key]
