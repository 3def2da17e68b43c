"""How many voice messages wait in each mailbox, as the events tell."""

from collections.abc import Iterable, Mapping

from calls.settings import PhoneSettings
from events.event import Event
from events.ids import PhoneId
from events.mailboxes import MailboxChanged


class Mailboxes:
    """A mailbox that nobody ever told of is empty."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int]] = {}

    def follow(self, event: Event) -> str | None:
        """Keep up with what was logged; the mailbox that it is about."""
        if not isinstance(event, MailboxChanged):
            return None
        self._counts[event.mailbox] = (event.new, event.old)
        return event.mailbox

    def count(self, mailboxes: Iterable[str]) -> tuple[int, int]:
        """(new, old) messages in all of these."""
        found = [self._counts.get(each, (0, 0)) for each in mailboxes]
        return sum(new for new, _ in found), sum(old for _, old in found)

    def snapshot(self) -> dict[str, list[int]]:
        return {mailbox: [new, old] for mailbox, (new, old) in sorted(self._counts.items())}

    def restore(self, data: Mapping[str, Iterable[int]]) -> None:
        for mailbox, counts in data.items():
            new, old = counts
            self._counts[mailbox] = (new, old)


def mailboxes_at(name: PhoneId, phone: PhoneSettings) -> tuple[str, ...]:
    """Those that a phone hears, and whose messages light its lamp."""
    return phone.mailboxes or (str(name),)
