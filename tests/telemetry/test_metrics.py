"""Every file of `telemetry/series/` is served, in a text that Prometheus can read."""

import math
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from events.calls import CallAnswered, CallEnded, Direction, Outcome, Side
from events.ids import CallId, QueueName
from events.queues import CallAbandoned, CallQueued
from telemetry.face import QueueTargets
from telemetry.metrics import series_kinds
from telemetry.series.sip import SipSeries
from tests.telemetry.observing import Observed

PROMISED = (
    *("sentral_build_info", "sentral_calls_active", "sentral_calls", "sentral_call_setup_seconds"),
    *("sentral_queue_calls_waiting", "sentral_queue_longest_wait_seconds", "sentral_queue_offered"),
    *("sentral_queue_answered", "sentral_queue_answered_in_target", "sentral_queue_abandoned"),
    *("sentral_queue_flowed_out", "sentral_queue_wait_seconds", "sentral_queue_handle_seconds"),
    *("sentral_queue_service_level_ratio", "sentral_agents", "sentral_agents_able"),
    *("sentral_agent_state_seconds", "sentral_offers", "sentral_offer_latency_seconds"),
    *("sentral_ivr_visits", "sentral_ivr_contained", "sentral_sip_requests"),
    *("sentral_sip_responses", "sentral_sip_retransmissions", "sentral_sip_transactions"),
    *("sentral_sip_dialogs", "sentral_sip_registrations", "sentral_sip_rejected"),
    *("sentral_trunk_up", "sentral_trunk_calls_active", "sentral_trunk_calls"),
    *("sentral_queue_agents", "sentral_rtp_packets", "sentral_rtp_lost_packets"),
    *("sentral_rtp_jitter_seconds", "sentral_call_mos", "sentral_store_queue_length"),
    *("sentral_event_loop_lag_seconds",),
)
"""METRICS.md's first set, but for recordings, which do not exist yet."""


@pytest.fixture
def busy() -> Observed:
    observed = Observed(queues={"support": QueueTargets()}, trunks=("carrier",))
    call, queue = CallId("c"), QueueName("support")
    observed.tell(
        CallAnswered(call, 0.2),
        CallQueued(call, "e", queue),  # type: ignore[arg-type]
        CallAbandoned(call, "e", queue, 3.0),  # type: ignore[arg-type]
        CallEnded(call, Direction.INBOUND, Outcome.ABANDONED, Side.CALLER, 'odd "cause"\n'),
    )
    observed.metrics.part(SipSeries).request_seen("INVITE", "UDP", "in")
    observed.metrics.refresh()
    return observed


def test_every_series_that_was_promised_is_served(busy: Observed) -> None:
    families = text_string_to_metric_families(busy.metrics.render().decode())
    assert set(PROMISED) <= {family.name for family in families}


def test_no_series_of_ours_is_left_unnamed(busy: Observed) -> None:
    families = list(text_string_to_metric_families(busy.metrics.render().decode()))
    assert all(family.name.startswith("sentral_") for family in families)
    assert all(family.documentation for family in families)
    assert not any(family.name.endswith("_created") for family in families)


def test_prometheus_own_tool_finds_nothing_to_complain_about(busy: Observed) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; the parser of prometheus_client has read the text")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=busy.metrics.render(), capture_output=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_file_of_the_folder_is_a_group_of_series() -> None:
    folder = Path(__file__).parents[2] / "telemetry" / "series"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {kind.__module__.rpartition(".")[2] for kind in series_kinds()} == files


def test_events_of_no_interest_are_passed_over(busy: Observed) -> None:
    before = busy.metrics.render()
    from events.centre import CentreStopped

    busy.tell(CentreStopped("test"))
    assert busy.metrics.render() == before


def test_a_queue_without_calls_has_no_service_level() -> None:
    observed = Observed(queues={"support": QueueTargets()})
    level = observed.value("sentral_queue_service_level_ratio", queue="support")
    assert level is not None
    assert math.isnan(level)
