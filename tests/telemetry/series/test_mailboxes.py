"""Voice mailboxes at the moment of the scrape."""

from telemetry.face import Gauges
from tests.telemetry.observing import Observed


def test_messages_are_counted_by_mailbox_and_state() -> None:
    now = {"support": (2, 1)}
    observed = Observed(gauges=Gauges(mailboxes=lambda: now))
    assert observed.value("sentral_voicemail_messages", mailbox="support", state="new") == 2
    now["support"] = (0, 3)
    assert observed.value("sentral_voicemail_messages", mailbox="support", state="new") == 0
    assert observed.value("sentral_voicemail_messages", mailbox="support", state="old") == 3
