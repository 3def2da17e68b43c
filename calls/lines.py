"""What a leg occupies while it lives: its phone, which is busy, or a line of its trunk."""

from collections.abc import Mapping
from functools import partial

from calls.desk import Desk
from calls.leg import Leg
from calls.settings import KeyWay, PhoneSettings, TrunkSettings
from calls.trunk_numbers import told_later
from calls.trunks import Trunks
from events.ids import PhoneId, TrunkName
from sip.dialog_id import DialogId


class Lines:
    def __init__(
        self,
        desk: Desk,
        trunks: Trunks,
        phones: Mapping[PhoneId, PhoneSettings],
        *,
        tell_phones: bool = True,
    ) -> None:
        """`tell_phones`: whom they talk with, after a transfer or a pick-up."""
        self._tell_phones = tell_phones
        self._phones = phones
        self._desk = desk
        self._trunks = trunks
        self._on_phone: dict[str, dict[str, Leg]] = {}

    def is_in_use(self, phone: PhoneId) -> bool:
        return self._desk.is_busy(phone)

    def dialogs_at(self, phone: str) -> dict[str, DialogId]:
        """By the name of their leg, as we know them."""
        legs = self._on_phone.get(phone, {}).values()
        return {leg.name: found for leg in legs if (found := leg.sip.dialog_id) is not None}

    def outside(self, phone: PhoneId) -> tuple[TrunkName, str] | None:
        """Trunk and number of a telephone elsewhere; None of one of ours."""
        settings = self._phones.get(phone)
        if settings is None or settings.number is None or settings.trunk is None:
            return None
        return TrunkName(settings.trunk), settings.number

    def occupy(self, leg: Leg, kind: str, name: str) -> None:
        """Count the leg on the phone or trunk until it closes."""
        leg.line = (kind, name)
        if self._keys_of(kind, name) == "info":
            leg.media.tell_keys(True)
        if kind == "phone":
            if not self._tell_phones:
                leg.shows = lambda _: None
            outside = self.outside(PhoneId(name))
            self._desk.leg_begins(PhoneId(name))
            if outside is not None:
                self._trunks.call_begins(outside[0])
            self._on_phone.setdefault(name, {})[leg.name] = leg
            leg.on_close = lambda: self._free_phone(leg, PhoneId(name), outside)
        elif kind == "trunk":
            self._trunks.call_begins(TrunkName(name))
            if (settings := self._trunks.settings.get(TrunkName(name))) is not None:
                leg.shows = partial(told_later, settings)
            leg.on_close = lambda: self._trunks.call_ends(TrunkName(name))

    def _keys_of(self, kind: str, name: str) -> KeyWay:
        outside = self.outside(PhoneId(name)) if kind == "phone" else None
        trunk = outside[0] if outside is not None else TrunkName(name)
        settings: PhoneSettings | TrunkSettings | None = self._trunks.settings.get(trunk)
        if kind == "phone" and outside is None:
            settings = self._phones.get(PhoneId(name))
        return settings.keys if settings is not None else "auto"

    def _free_phone(self, leg: Leg, phone: PhoneId, outside: tuple[TrunkName, str] | None) -> None:
        self._desk.leg_ends(phone)
        legs = self._on_phone[phone]
        legs.pop(leg.name, None)
        if not legs:
            del self._on_phone[phone]
        if outside is not None:
            self._trunks.call_ends(outside[0])
