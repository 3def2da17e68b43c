"""Keeps the ways to phones behind NAT open: OPTIONS or CRLF on UDP, CRLF on connections."""

from sip.address import Address, Target
from sip.edges.alarm_clock import AlarmClock
from sip.edges.delivery import Delivery
from sip.edges.own_contact import OwnContact
from sip.location import Location
from sip.pinholes import Pinholes


class KeepAlive:
    """Watches whoever registers from behind a NAT until the registration ends."""

    def __init__(
        self,
        pinholes: Pinholes,
        location: Location,
        delivery: Delivery,
        own: OwnContact,
        *,
        by_options: bool,
    ) -> None:
        """Without `by_options` UDP gets CRLFs as well."""
        self.armed_at: float | None = None
        self._pinholes = pinholes
        self._location = location
        self._delivery = delivery
        self._layer = delivery.layer
        self._own = own
        self._by_options = by_options
        now = self._layer.now()
        pinholes.restore(location.sources_behind_nat(now), now)
        self._alarms.watch(self)

    def registered(self, source: Address) -> None:
        """A REGISTER was accepted from there."""
        now = self._layer.now()
        if self._location.behind_nat_at(source, now) is not None:
            self._pinholes.watch(source, now)
            self._alarms.watch(self)

    def next_deadline(self) -> float | None:
        return self._pinholes.next_deadline()

    def wake(self, now: float) -> None:
        for source in self._pinholes.due(now):
            binding = self._location.behind_nat_at(source, now)
            if binding is None:
                continue
            self._pinholes.watch(source, now)
            if source.reliable or not self._by_options:
                self._layer.keep_alive(source)
            else:
                self._ask(binding.target)

    def _ask(self, target: Target) -> None:
        """Whatever the phone answers, it has answered: that opens its router."""
        self._delivery.send(
            self._own.options_to(target),
            target.address,
            pinned=True,
            on_response=lambda _: None,
            on_failure=lambda _: None,
        )

    @property
    def _alarms(self) -> AlarmClock:
        return self._layer.alarms
