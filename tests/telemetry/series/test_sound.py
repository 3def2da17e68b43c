"""RTP: totals that only grow, and the quality of legs."""

from events.calls import MediaMeasured
from events.ids import CallId
from telemetry.face import Gauges
from tests.telemetry.observing import Observed

C = CallId("c")


def test_packets_follow_the_engines_totals() -> None:
    packets = {"in": 10, "out": 12}
    observed = Observed(
        gauges=Gauges(
            rtp_packets=lambda: packets, rtp_lost=lambda: 3, speech_starved_s=lambda: 0.25
        )
    )
    assert observed.value("sentral_speech_late_seconds_total") == 0.25
    assert observed.value("sentral_rtp_packets_total", direction="in") == 10
    packets["in"] = 15
    assert observed.value("sentral_rtp_packets_total", direction="in") == 15
    assert observed.value("sentral_rtp_packets_total", direction="out") == 12
    assert observed.value("sentral_rtp_lost_packets_total") == 3


def test_a_total_that_shrinks_takes_nothing_back() -> None:
    lost = [5]
    observed = Observed(gauges=Gauges(rtp_lost=lambda: lost[0]))
    assert observed.value("sentral_rtp_lost_packets_total") == 5
    lost[0] = 4
    assert observed.value("sentral_rtp_lost_packets_total") == 5
    lost[0] = 6
    assert observed.value("sentral_rtp_lost_packets_total") == 6


def test_quality_counts_only_where_something_was_heard() -> None:
    observed = Observed()
    observed.tell(
        MediaMeasured(C, "c-0", 100, 100, 0, 0.004, 4.4),
        MediaMeasured(C, "c-1", 100, 0, 0, 0.0, None),
    )
    assert observed.value("sentral_rtp_jitter_seconds_count") == 1
    assert observed.value("sentral_call_mos_count") == 1
    assert observed.value("sentral_call_mos_sum") == 4.4


def test_reasons_and_ports() -> None:
    gauges = Gauges(rtp_dropped=lambda: {"source": 2}, media_ports=lambda: {"in_use": 8})
    observed = Observed(gauges=gauges)
    assert observed.value("sentral_rtp_dropped_packets_total", reason="source") == 2
    assert observed.value("sentral_media_ports", state="in_use") == 8
