"""What operators can set about voice mailboxes. Only `config` reads it."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """One mailbox. Phones hear those that their `mailboxes` name, else the one named as they are;
    those exist without being written here."""

    max_messages: Annotated[int, Ge(1)] = 100
    """Messages at once, heard ones included; more callers are told that it is full."""

    min_s: Annotated[float, Ge(0)] = 2.0
    """Whoever spoke for less has left no message."""

    kept_days: Annotated[float, Gt(0)] | None = None
    """Age at which a message is erased; none leaves it to `recording.messages_kept_days`."""
