"""Digits that a caller types while an agent speaks with them, and that nobody may know."""

from dataclasses import dataclass
from enum import StrEnum

from events.event import Event
from events.ids import AgentId, CallId


class EntryOutcome(StrEnum):
    SENT = "sent"  # they are where they belong
    NOT_ENTERED = "not_entered"  # silence, or nothing that could be right
    NOT_TAKEN = "not_taken"  # the service refused them, or did not answer
    CANCELLED = "cancelled"  # by the agent or the API
    TIMEOUT = "timeout"
    LEFT = "left"  # the two do not speak with each other any more


@dataclass(frozen=True, slots=True)
class SecureEntryBegan(Event):
    """From here on the agent and recordings have silence. `by`: "agent" or "api"."""

    call: CallId
    agent: AgentId | None
    by: str


@dataclass(frozen=True, slots=True)
class SecureEntryEnded(Event):
    """The two hear each other again, as far as they are there.

    Attributes:
        digits: how many were typed; 0 unless they were sent.
        last_four: of a number long enough that they do not give it away, else "".
        token: what the service answered in their place.
    """

    call: CallId
    agent: AgentId | None
    outcome: EntryOutcome
    digits: int = 0
    last_four: str = ""
    token: str = ""
