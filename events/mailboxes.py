"""Voice mailboxes: how many messages wait in each."""

from dataclasses import dataclass

from events.event import Event


@dataclass(frozen=True, slots=True)
class MailboxChanged(Event):
    """A message came, was heard or was erased. What is there now, not the difference.

    Attributes:
        new: messages that nobody has heard.
        old: messages that were heard and kept.
    """

    mailbox: str
    new: int
    old: int = 0
