"""Lamps on phones: messages waiting (RFC 3842) and who is on a call (RFC 4235), as subscribed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias
from xml.sax.saxutils import quoteattr

from calls import phone_dialogs
from calls.mailboxes import Mailboxes, mailboxes_at
from calls.past import Past
from calls.phone_dialogs import PhoneDialogs
from calls.settings import PhoneSettings
from events.agents import PhoneReached
from events.event import Recorded
from events.ids import PhoneId
from events.log import EventLog
from events.mailboxes import MailboxChanged
from sip.address import Target
from sip.dialog_id import DialogId
from sip.subscription import EventPackage, State

EVERYBODY: Final = "*"
"""In a phone's `watches`."""

_DIALOG_INFO: Final = "urn:ietf:params:xml:ns:dialog-info"

DialogsAt: TypeAlias = Callable[[str], Mapping[str, DialogId]]
"""The dialogs of a phone by the name of their leg, as we know them: `calls.lines`."""


class MessageSummary:
    """A phone's own mailboxes; nobody else's lamp shows them."""

    name: Final = "message-summary"
    content_type: Final = "application/simple-message-summary"

    def __init__(
        self, phones: Mapping[PhoneId, PhoneSettings], mailboxes: Mailboxes, domain: str
    ) -> None:
        self._mailboxes = mailboxes
        self._domain = domain
        self._of_phone = {str(name): mailboxes_at(name, phone) for name, phone in phones.items()}

    def admits(self, user: str, resource: str) -> int:
        if resource not in self._of_phone:
            return 404
        return 200 if user == resource else 403

    def state(self, resource: str, user: str) -> State:
        new, old = self._mailboxes.count(self._of_phone.get(resource, ()))
        return {"voice": f"{new}/{old}"}

    def body(self, resource: str, state: State, told: State | None, version: int) -> bytes:
        waiting = "no" if state["voice"].startswith("0/") else "yes"
        lines = (
            f"Messages-Waiting: {waiting}",
            f"Message-Account: sip:{resource}@{self._domain}",
            f"Voice-Message: {state['voice']} (0/0)",
        )
        return ("\r\n".join(lines) + "\r\n").encode()

    def phones_of(self, mailbox: str) -> list[str]:
        return [phone for phone, mailboxes in self._of_phone.items() if mailbox in mailboxes]


class DialogInfo:
    """Whether a phone rings or is on a call; never with whom.

    Whoever may take its calls over is told the dialogs' ids too, as the phone knows them: enough
    for an INVITE with Replaces, and to forge a BYE, which is why nobody else is.
    """

    name: Final = "dialog"
    content_type: Final = "application/dialog-info+xml"

    def __init__(
        self,
        phones: Mapping[PhoneId, PhoneSettings],
        dialogs: PhoneDialogs,
        domain: str,
        ids: DialogsAt,
    ) -> None:
        self._dialogs = dialogs
        self._ids = ids
        self._domain = domain
        self._phones = phones
        self._watches = {str(name): frozenset(phone.watches) for name, phone in phones.items()}

    def admits(self, user: str, resource: str) -> int:
        if resource not in self._watches:
            return 404
        allowed = self._watches.get(user, frozenset())
        return 200 if user == resource or allowed & {resource, EVERYBODY} else 403

    def state(self, resource: str, user: str) -> State:
        """By leg: direction, state and, where they are told, the phone's tag, ours, Call-ID."""
        dialogs = self._dialogs.of(resource)
        ids = self._ids(resource) if dialogs and self._picks_up(user, resource) else {}
        return {
            leg: " ".join((each.direction, each.state, *_as_told(ids.get(leg))))
            for leg, each in dialogs.items()
        }

    def _picks_up(self, user: str, resource: str) -> bool:
        watched, watcher = self._phones.get(PhoneId(resource)), self._phones.get(PhoneId(user))
        if watched is None or watcher is None:  # configured no more
            return False
        return user == resource or watched.permissions in watcher.picks_up

    def body(self, resource: str, state: State, told: State | None, version: int) -> bytes:
        """Full at first, then only what changed, RFC 4235 §3.9."""
        whole = told is None
        known = told or {}
        changed = {leg: how for leg, how in state.items() if known.get(leg) != how}
        ended = {leg: _terminated(how) for leg, how in known.items() if leg not in state}
        lines = [
            '<?xml version="1.0"?>',
            f'<dialog-info xmlns="{_DIALOG_INFO}" version="{version}"'
            f' state="{"full" if whole else "partial"}"'
            f" entity={quoteattr(f'sip:{resource}@{self._domain}')}>",
            *(_dialog(leg, how) for leg, how in {**changed, **ended}.items()),
            "</dialog-info>",
        ]
        return ("\n".join(lines) + "\n").encode()


class Notifications(Protocol):
    """`sip.edges.subscriptions.Subscriptions`."""

    def changed(self, package: str, resource: str) -> None: ...
    def tell(self, package: EventPackage, resource: str, targets: Sequence[Target]) -> None: ...
    def restore(self, snapshot: Iterable[Mapping[str, Any]], *, elapsed_s: float) -> None: ...


class Whereabouts(Protocol):
    """`sip.location.Location`."""

    def targets(self, user: str, now: float) -> Sequence[Target]: ...


class Phones(Protocol):
    """`sip.edges.user_agent.UserAgent`, once it has started."""

    @property
    def subscriptions(self) -> Notifications: ...
    @property
    def location(self) -> Whereabouts: ...


class Lamps:
    """Follows the log and tells the phones."""

    def __init__(
        self, phones: Mapping[PhoneId, PhoneSettings], domain: str, ids: DialogsAt
    ) -> None:
        """`domain`: host of the phones' addresses of record."""
        self.mailboxes = Mailboxes()
        self.dialogs = PhoneDialogs()
        self._summary = MessageSummary(phones, self.mailboxes, domain)
        self._unasked = {str(name) for name, phone in phones.items() if phone.mwi == "unasked"}
        self.packages: tuple[EventPackage, ...] = (
            self._summary,
            DialogInfo(phones, self.dialogs, domain, ids),
        )
        self._phones: Phones

    def light(self, past: Past, log: EventLog, phones: Phones, *, elapsed_s: float) -> None:
        """Begin, with what an earlier process left `elapsed_s` ago; `phones` has started."""
        self._phones = phones
        kept = past.kept
        self.mailboxes.restore(kept.mailboxes if kept else {})
        for recorded in past.events:
            self.mailboxes.follow(recorded.event)
        for recorded in past.log_of_calls:
            self.dialogs.follow(recorded.event)
        phones.subscriptions.restore(kept.subscriptions if kept else (), elapsed_s=elapsed_s)
        log.listen(self.observe, *phone_dialogs.FOLLOWED, MailboxChanged, PhoneReached)

    def resumed(self) -> None:
        """Calls of an earlier process go on: their dialogs can be named from now on."""
        for phone in self.dialogs.phones():
            self._phones.subscriptions.changed(DialogInfo.name, phone)

    def observe(self, recorded: Recorded) -> None:
        event = recorded.event
        for phone in sorted(self.dialogs.follow(event)):
            self._phones.subscriptions.changed(DialogInfo.name, phone)
        mailbox = self.mailboxes.follow(event)
        if mailbox is not None:
            for phone in self._summary.phones_of(mailbox):
                self._phones.subscriptions.changed(MessageSummary.name, phone)
                self._tell_unasked(phone, recorded.steady)
        elif isinstance(event, PhoneReached):
            self._tell_unasked(str(event.phone), recorded.steady)

    def _tell_unasked(self, phone: str, now: float) -> None:
        if phone in self._unasked:
            targets = self._phones.location.targets(phone, now)
            self._phones.subscriptions.tell(self._summary, phone, targets)


def _as_told(dialog: DialogId | None) -> tuple[str, ...]:
    return () if dialog is None else (dialog.remote_tag, dialog.local_tag, dialog.call_id)


def _terminated(how: str) -> str:
    direction, _, *ids = how.split(" ", 4)
    return " ".join((direction, "terminated", *ids))


def _dialog(leg: str, how: str) -> str:
    direction, state, *ids = how.split(" ", 4)
    values = ("local-tag", "remote-tag", "call-id")
    named = "".join(f" {name}={quoteattr(value)}" for name, value in zip(values, ids, strict=False))
    return (
        f'<dialog id={quoteattr(leg)}{named} direction="{direction}">'
        f"<state>{state}</state></dialog>"
    )
