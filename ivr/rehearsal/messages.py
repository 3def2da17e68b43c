"""Mailboxes of a rehearsed call: whatever a flow names exists."""

from typing import Final

MIN_S: Final = 2.0
"""As a mailbox has it unless its settings say otherwise."""


class RehearsalMessages:
    """`ivr.messages.Messages`. Attributes: `left`, the mailboxes of what was left, in order;
    `missing`, those that do not exist."""

    def __init__(self, *, full: bool) -> None:
        self.left: list[str] = []
        self.missing: set[str] = set()
        self._full = full
        self._undecided: dict[str, tuple[str, float]] = {}

    def knows(self, mailbox: str) -> bool:
        return mailbox not in self.missing

    def is_full(self, mailbox: str) -> bool:
        return self._full

    def is_enough(self, mailbox: str, spoken_s: float) -> bool:
        return spoken_s >= MIN_S

    def taken(self, recording: str, mailbox: str, seconds: float) -> None:
        """The caller has spoken."""
        self._undecided[recording] = (mailbox, seconds)

    def send(self, recording: str, spoken_s: float) -> bool:
        mailbox, _ = self._undecided.pop(recording)
        if spoken_s >= MIN_S:
            self.left.append(mailbox)
        return spoken_s >= MIN_S

    def drop(self, recording: str) -> None:
        del self._undecided[recording]

    def call_over(self) -> None:
        """Who hung up after speaking has left a message."""
        self.left += [mailbox for mailbox, said_s in self._undecided.values() if said_s >= MIN_S]
        self._undecided.clear()
