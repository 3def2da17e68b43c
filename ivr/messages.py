"""Mailboxes as a flow sees them."""

from typing import Protocol


class Messages(Protocol):
    """`calls.voicemail.voicemail.Voicemail`; rehearsals and tests bring their own.

    What `Caller.record` took with a mailbox as its label is a message when it is sent, or when its
    caller has hung up.
    """

    def knows(self, mailbox: str) -> bool: ...

    def is_full(self, mailbox: str) -> bool: ...

    def is_enough(self, mailbox: str, spoken_s: float) -> bool:
        """Whether whoever spoke so long has said anything."""

    def send(self, recording: str, spoken_s: float) -> bool:
        """Put it into its mailbox; False: it was too short, and is dropped."""

    def drop(self, recording: str) -> None:
        """The caller wants to say it again."""
