"""What each phone is doing, for busy lamps: RFC 4235's dialog states, as the events tell them."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallerReplaced,
    CallRang,
    LegDialled,
    LegEnded,
    LegJoined,
    LegRang,
)
from events.event import Event
from events.ids import CallId

FOLLOWED: Final = (
    *(CallArrived, CallerReplaced, CallRang, CallAnswered, CallBridged, CallEnded),
    *(LegDialled, LegJoined, LegRang, LegEnded),
)
"""The events that `follow` heeds."""

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
        self._call_of: dict[str, CallId] = {}
        self._of_call: dict[CallId, set[str]] = {}
        self._of_phone: dict[str, set[str]] = {}
        self._callers: dict[CallId, str] = {}  # of calls whose caller was replaced
        self._joining: dict[CallId, str] = {}

    def of(self, phone: str) -> dict[str, PhoneDialog]:
        """Its dialogs by the name of their leg."""
        return {leg: self._legs[leg] for leg in sorted(self._of_phone.get(phone, ()))}

    def phones(self) -> list[str]:
        """Those with a dialog."""
        return sorted(self._of_phone)

    def follow(self, event: Event) -> frozenset[str]:
        """Keep up with what was logged; the phones that do something else now."""
        match event:
            case CallArrived(call, phone=phone) if phone is not None:
                return self._begin(call, f"{call}-0", PhoneDialog(phone, "initiator"))
            case LegDialled(call, leg, "phone", phone):
                return self._begin(call, leg, PhoneDialog(phone, "recipient"))
            case LegJoined(call, leg, kind, name):
                return self._join(call, leg, name if kind == "phone" else "")
            case CallerReplaced(call, leg):
                return self._take_callers_place(call, leg)
            case CallRang(call):
                return self._becomes(f"{call}-0", DialogState.EARLY)
            case CallAnswered(call):
                return self._becomes(f"{call}-0", DialogState.CONFIRMED)
            case LegRang(_, leg):
                return self._becomes(leg, DialogState.EARLY)
            case CallBridged(call, leg):
                self._joining.pop(call, None)
                return self._becomes(leg, DialogState.CONFIRMED)
            case LegEnded(call, leg):
                return self._end(call, leg)
            case CallEnded(call):
                self._callers.pop(call, None)
                self._joining.pop(call, None)
                legs = tuple(self._of_call.get(call, ()))
                return frozenset[str]().union(*(self._end(call, leg) for leg in legs))
        return frozenset()

    def _begin(self, call: CallId, leg: str, dialog: PhoneDialog) -> frozenset[str]:
        self._legs[leg], self._call_of[leg] = dialog, call
        self._of_call.setdefault(call, set()).add(leg)
        self._of_phone.setdefault(dialog.phone, set()).add(leg)
        return frozenset((dialog.phone,))

    def _join(self, call: CallId, leg: str, phone: str) -> frozenset[str]:
        """A leg that picked up, or comes from another call and goes on in this one."""
        self._joining[call] = leg
        before = self._legs.get(leg)
        if before is not None:
            self._forget(leg)
            self._begin(call, leg, before)
            return frozenset()
        if not phone:
            return frozenset()
        return self._begin(call, leg, PhoneDialog(phone, "initiator", DialogState.CONFIRMED))

    def _take_callers_place(self, call: CallId, leg: str) -> frozenset[str]:
        """Who was there is gone, unless both sides only changed places."""
        old = self._callers.get(call, f"{call}-0")
        self._callers[call] = leg
        return self._end(call, old) if self._joining.pop(call, None) == leg else frozenset()

    def _becomes(self, leg: str, state: DialogState) -> frozenset[str]:
        dialog = self._legs.get(leg)
        if dialog is None or dialog.state is state:
            return frozenset()
        self._legs[leg] = replace(dialog, state=state)
        return frozenset((dialog.phone,))

    def _end(self, call: CallId, leg: str) -> frozenset[str]:
        if leg not in self._of_call.get(call, ()):  # it went on in another call
            return frozenset()
        return frozenset((self._forget(leg).phone,))

    def _forget(self, leg: str) -> PhoneDialog:
        dialog = self._legs.pop(leg)
        _discard(self._of_call, self._call_of.pop(leg), leg)
        _discard(self._of_phone, dialog.phone, leg)
        return dialog


def _discard(table: dict[_KeyT, set[str]], key: _KeyT, leg: str) -> None:
    table[key].discard(leg)
    if not table[key]:
        del table[key]
