"""Keeps the ways to phones behind NAT open: OPTIONS or CRLF on UDP, CRLF on connections."""

from collections.abc import Callable

from sip.address import Address, Target
from sip.edges.alarm_clock import AlarmClock
from sip.edges.transaction_layer import TransactionLayer
from sip.location import Location
from sip.pinholes import Pinholes


class KeepAlive:
    """Watches whoever registers from behind a NAT until the registration ends."""

    def __init__(
        self,
        pinholes: Pinholes,
        location: Location,
        layer: TransactionLayer,
        *,
        ask: Callable[[Target], None] | None,
    ) -> None:
        """`ask` sends an OPTIONS and does not mind the answer; without it UDP gets CRLFs too."""
        self.armed_at: float | None = None
        self._pinholes = pinholes
        self._location = location
        self._layer = layer
        self._ask = ask
        now = layer.now()
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
            if source.reliable or self._ask is None:
                self._layer.keep_alive(source)
            else:
                self._ask(binding.target)

    @property
    def _alarms(self) -> AlarmClock:
        return self._layer.alarms
