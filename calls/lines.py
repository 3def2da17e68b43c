"""What a leg occupies while it lives: its phone, which is busy, or a line of its trunk."""

from functools import partial

from calls.desk import Desk
from calls.leg import Leg
from calls.trunk_numbers import told_later
from calls.trunks import Trunks
from events.ids import PhoneId, TrunkName


class Lines:
    def __init__(self, desk: Desk, trunks: Trunks, *, tell_phones: bool = True) -> None:
        """`tell_phones`: whom they talk with, after a transfer or a pick-up."""
        self._tell_phones = tell_phones
        self._desk = desk
        self._trunks = trunks

    def is_in_use(self, phone: PhoneId) -> bool:
        return self._desk.is_busy(phone)

    def occupy(self, leg: Leg, kind: str, name: str) -> None:
        """Count the leg on the phone or trunk until it closes."""
        leg.line = (kind, name)
        if kind == "phone":
            if not self._tell_phones:
                leg.shows = lambda _: None
            self._desk.leg_begins(PhoneId(name))
            leg.on_close = lambda: self._desk.leg_ends(PhoneId(name))
        elif kind == "trunk":
            self._trunks.call_begins(TrunkName(name))
            if (settings := self._trunks.settings.get(TrunkName(name))) is not None:
                leg.shows = partial(told_later, settings)
            leg.on_close = lambda: self._trunks.call_ends(TrunkName(name))
