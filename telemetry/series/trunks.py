"""Trunks: whether they answer, what they carry, and how their calls went."""

from collections import OrderedDict
from typing import Final

from prometheus_client import Counter, Gauge

from events.agents import TrunkDown, TrunkUp
from events.calls import CallBridged, CallEnded, Direction, LegDialled, LegEnded
from telemetry.face import Series, Surroundings
from telemetry.labels import Children

MOST_LEGS: Final = 20_000
"""Legs through trunks that may be open at once; older ones are forgotten uncounted."""


class TrunkSeries(Series):
    """A call through a trunk counts once: inbound at its end, outbound when its leg is decided."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        registry = surroundings.registry
        self._up = Children(
            Gauge(
                "sentral_trunk_up",
                "1 while the trunk answers, 0 while not.",
                ["trunk"],
                registry=registry,
            )
        )
        self._active = Children(
            Gauge(
                "sentral_trunk_calls_active",
                "Calls on the trunk now.",
                ["trunk"],
                registry=registry,
            )
        )
        self._calls = Children(
            Counter(
                "sentral_trunk_calls",
                "Calls through the trunk by final SIP status; 200 is answered, 487 given up.",
                ["trunk", "direction", "code"],
                registry=registry,
            )
        )
        self._trunks = set(surroundings.trunks)
        self._legs: OrderedDict[str, str] = OrderedDict()
        self.on(TrunkUp, self._came_up)
        self.on(TrunkDown, self._went_down)
        self.on(LegDialled, self._dialled)
        self.on(CallBridged, self._bridged)
        self.on(LegEnded, self._leg_ended)
        self.on(CallEnded, self._call_ended)

    def refresh(self) -> None:
        counts = self._around.gauges.trunk_calls_active()
        for trunk in {*self._trunks, *counts}:
            self._active(trunk).set(counts.get(trunk, 0))

    def _came_up(self, event: TrunkUp, at: float) -> None:
        self._up(event.trunk).set(1)

    def _went_down(self, event: TrunkDown, at: float) -> None:
        self._up(event.trunk).set(0)

    def _dialled(self, event: LegDialled, at: float) -> None:
        if event.target_kind == "trunk":
            self._legs[event.leg] = event.target
            if len(self._legs) > MOST_LEGS:
                self._legs.popitem(last=False)

    def _bridged(self, event: CallBridged, at: float) -> None:
        self._decided(event.leg, 200)

    def _leg_ended(self, event: LegEnded, at: float) -> None:
        given_up = 487 if event.cause == "cancelled" else 500
        self._decided(event.leg, event.status or given_up)

    def _decided(self, leg: str, code: int) -> None:
        trunk = self._legs.pop(leg, None)
        if trunk is not None:
            self._calls(trunk, Direction.OUTBOUND, code).inc()

    def _call_ended(self, event: CallEnded, at: float) -> None:
        if event.trunk is not None and event.direction is Direction.INBOUND:
            self._calls(event.trunk, event.direction, event.status or 200).inc()
