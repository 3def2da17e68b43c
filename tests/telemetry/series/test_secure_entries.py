"""Digits typed in conversations, counted by how that ended."""

from events.ids import AgentId, CallId
from events.secure_entry import EntryOutcome, SecureEntryBegan, SecureEntryEnded
from tests.telemetry.observing import Observed


def test_ends_are_counted_by_outcome() -> None:
    observed, call, agent = Observed(), CallId("c"), AgentId("1")
    observed.tell(
        SecureEntryBegan(call, agent, "api"),
        SecureEntryEnded(call, agent, EntryOutcome.SENT, 16, "1111", "tok"),
        SecureEntryEnded(call, agent, EntryOutcome.TIMEOUT),
    )
    name = "sentral_secure_entries_total"
    counted = {each: observed.value(name, outcome=each) for each in EntryOutcome}
    assert counted == {
        **dict.fromkeys(EntryOutcome, 0),
        EntryOutcome.SENT: 1,
        EntryOutcome.TIMEOUT: 1,
    }
