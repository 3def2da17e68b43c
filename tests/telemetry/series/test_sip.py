"""SIP series: what the stack's observer is told."""

from events.ids import CallId
from sip.address import Address
from sip.observer import SipObserver
from telemetry.face import Gauges
from telemetry.series.sip import SipSeries
from telemetry.settings import TelemetrySettings
from telemetry.sip_capture import SipCapture
from tests.telemetry.observing import Observed

PEER = Address("UDP", "127.0.0.1", 5070)


def test_it_can_be_handed_to_the_stack() -> None:
    observer: SipObserver = Observed().metrics.part(SipSeries)
    observer.request_seen("INVITE", "UDP", "in")


def test_requests_responses_retransmissions_and_refusals() -> None:
    observed = Observed()
    sip = observed.metrics.part(SipSeries)
    sip.request_seen("INVITE", "UDP", "in")
    sip.response_seen("INVITE", 200, "out")
    sip.retransmitted("INVITE")
    sip.rejected("malformed")
    requests = {"method": "INVITE", "transport": "UDP", "direction": "in"}
    assert observed.value("sentral_sip_requests_total", **requests) == 1
    responses = {"method": "INVITE", "code": "200", "direction": "out"}
    assert observed.value("sentral_sip_responses_total", **responses) == 1
    assert observed.value("sentral_sip_retransmissions_total", method="INVITE") == 1
    assert observed.value("sentral_sip_rejected_total", reason="malformed") == 1


def test_invented_methods_share_one_label() -> None:
    observed = Observed()
    sip = observed.metrics.part(SipSeries)
    for number in range(1000):
        sip.request_seen(f"METHOD{number}", "UDP", "in")
    other = {"method": "other", "transport": "UDP", "direction": "in"}
    assert observed.value("sentral_sip_requests_total", **other) == 1000


def test_what_the_stack_holds() -> None:
    gauges = Gauges(
        sip_transactions=lambda: {"client": 2}, sip_dialogs=lambda: 3, sip_registrations=lambda: 4
    )
    observed = Observed(gauges=gauges)
    assert observed.value("sentral_sip_transactions", kind="client") == 2
    assert observed.value("sentral_sip_transactions", kind="invite_server") == 0
    assert observed.value("sentral_sip_dialogs") == 3
    assert observed.value("sentral_sip_registrations") == 4


def test_messages_go_into_the_capture() -> None:
    capture = SipCapture(TelemetrySettings())
    sip = Observed().metrics.part(SipSeries)
    sip.message(
        "in", PEER, b"INVITE sip:a SIP/2.0\r\nCall-ID: d\r\n\r\n", 1.0
    )  # nowhere to keep it
    sip.capture_into(capture)
    sip.message("in", PEER, b"INVITE sip:a SIP/2.0\r\nCall-ID: d\r\n\r\n", 2.0)
    capture.link(CallId("c"), "d")
    assert [(kept.at, kept.port) for kept in capture.messages(CallId("c"))] == [(2.0, 5070)]
