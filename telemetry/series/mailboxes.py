"""Voice mailboxes: messages in each."""

from prometheus_client import Gauge

from telemetry.face import Series, Surroundings
from telemetry.labels import Children


class MailboxSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._messages = Children(
            Gauge(
                "sentral_voicemail_messages",
                "Voice messages: new ones, and those heard and kept.",
                ["mailbox", "state"],
                registry=surroundings.registry,
            )
        )

    def refresh(self) -> None:
        for mailbox, (new, old) in self._around.gauges.mailboxes().items():
            self._messages(mailbox, "new").set(new)
            self._messages(mailbox, "old").set(old)
