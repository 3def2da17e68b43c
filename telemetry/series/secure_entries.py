"""Digits typed while an agent is on the line: how that ended."""

from prometheus_client import Counter

from events.secure_entry import EntryOutcome, SecureEntryEnded
from telemetry.face import Series, Surroundings


class SecureEntrySeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        ended = Counter(
            "sentral_secure_entries",
            "Times that a caller was to type digits that nobody hears, by how it ended.",
            ["outcome"],
            registry=surroundings.registry,
        )
        self._ended = {outcome: ended.labels(outcome) for outcome in EntryOutcome}
        self.on(SecureEntryEnded, self._was_ended)

    def _was_ended(self, event: SecureEntryEnded, at: float) -> None:
        self._ended[event.outcome].inc()
