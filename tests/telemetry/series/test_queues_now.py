"""Queues at the moment of the scrape."""

from telemetry.face import Gauges, QueueNow, QueueTargets
from tests.telemetry.observing import Observed


def test_a_scrape_shows_what_is_so_when_it_comes() -> None:
    now = [QueueNow(name="q", waiting=2, longest_wait_s=31.5, able=3, agents={"talking": 1})]
    observed = Observed(gauges=Gauges(queues=lambda: now))
    assert observed.value("sentral_queue_calls_waiting", queue="q") == 2
    assert observed.value("sentral_queue_longest_wait_seconds", queue="q") == 31.5
    assert observed.value("sentral_agents_able", queue="q") == 3
    assert observed.value("sentral_queue_agents", queue="q", state="talking") == 1
    now[0] = QueueNow(name="q", waiting=0, longest_wait_s=0, able=3)
    assert observed.value("sentral_queue_calls_waiting", queue="q") == 0
    assert observed.value("sentral_queue_agents", queue="q", state="talking") == 0


def test_a_queue_that_is_gone_is_empty() -> None:
    now = [QueueNow(name="q", waiting=2, longest_wait_s=31.5, able=3, agents={"talking": 1})]
    observed = Observed(gauges=Gauges(queues=lambda: now))
    assert observed.value("sentral_queue_calls_waiting", queue="q") == 2
    now.clear()
    assert observed.value("sentral_queue_calls_waiting", queue="q") == 0
    assert observed.value("sentral_queue_agents", queue="q", state="talking") == 0


def test_a_configured_queue_is_shown_empty() -> None:
    observed = Observed(queues={"q": QueueTargets()})
    assert observed.value("sentral_queue_calls_waiting", queue="q") == 0
