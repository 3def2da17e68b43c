"""RTP: packets as they flow, and the quality of each leg when it closed."""

from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from events.calls import MediaMeasured
from events.speech import SpeechFailed
from telemetry.face import Series, Surroundings
from telemetry.labels import Children

JITTER_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
MOS_BUCKETS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 3.3, 3.6, 3.8, 4.0, 4.1, 4.2, 4.3, 4.4, 4.5)


class SoundSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._counted: dict[tuple[str, str], float] = {}
        self._totals(surroundings)
        registry = surroundings.registry
        self._jitter = Histogram(
            "sentral_rtp_jitter_seconds",
            "Interarrival jitter of a leg when it closed, RFC 3550 A.8.",
            buckets=JITTER_BUCKETS,
            registry=registry,
        )
        self._mos = Histogram(
            "sentral_call_mos",
            "Estimated mean opinion score of a leg, ITU-T G.107.",
            buckets=MOS_BUCKETS,
            registry=registry,
        )
        self._round_trip = Histogram(
            "sentral_rtp_round_trip_seconds",
            "Round trip of a leg when it closed, from RTCP (RFC 3550 §6.4.1).",
            buckets=JITTER_BUCKETS,
            registry=registry,
        )
        self._concealed = Counter(
            "sentral_rtp_concealed_seconds",
            "Sound that stood in for missing packets, where it was decoded.",
            registry=registry,
        )
        self._failed = Counter(
            "sentral_speech_failures",
            "Texts that a speech engine did not say, or not to their end.",
            registry=registry,
        )
        self.on(MediaMeasured, self._measured)
        self.on(SpeechFailed, self._speech_failed)

    def refresh(self) -> None:
        gauges = self._around.gauges
        self._follow("packets", self._packets, gauges.rtp_packets)
        self._follow("dropped", self._dropped, gauges.rtp_dropped)
        lost = gauges.rtp_lost()
        self._lost.inc(self._growth("lost", "", lost))
        self._starved.inc(self._growth("starved", "", gauges.speech_starved_s()))
        for state, ports in gauges.media_ports().items():
            self._ports(state).set(ports)

    def _totals(self, surroundings: Surroundings) -> None:
        registry = surroundings.registry
        self._packets = Children(
            Counter("sentral_rtp_packets", "RTP packets.", ["direction"], registry=registry)
        )
        self._lost = Counter(
            "sentral_rtp_lost_packets", "RTP packets that never came.", registry=registry
        )
        self._dropped = Children(
            Counter(
                "sentral_rtp_dropped_packets",
                "RTP packets that came and were not used.",
                ["reason"],
                registry=registry,
            )
        )
        self._starved = Counter(
            "sentral_speech_late_seconds",
            "Silence that callers heard because a speech engine was late.",
            registry=registry,
        )
        self._ports = Children(
            Gauge("sentral_media_ports", "RTP ports by state.", ["state"], registry=registry)
        )

    def _measured(self, event: MediaMeasured, at: float) -> None:
        if event.packets_received:
            self._jitter.observe(event.jitter_s)
        if event.round_trip_s is not None:
            self._round_trip.observe(event.round_trip_s)
        self._concealed.inc(event.concealed_s)
        if event.mos is not None:
            self._mos.observe(event.mos)

    def _speech_failed(self, event: SpeechFailed, at: float) -> None:
        self._failed.inc()

    def _follow(
        self, name: str, counter: Children[Counter], totals: Callable[[], Mapping[str, int]]
    ) -> None:
        for label, total in totals().items():
            counter(label).inc(self._growth(name, label, total))

    def _growth(self, name: str, label: str, total: float) -> float:
        """How much the engine's total grew since the last scrape; never less than nothing."""
        before = self._counted.get((name, label), 0)
        self._counted[name, label] = max(before, total)
        return max(0, total - before)
