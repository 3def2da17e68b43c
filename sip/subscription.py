"""One watcher of a state of ours, RFC 6665 §4.2, and what its NOTIFYs say."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol, TypeAlias

from sip.address import Address
from sip.dialogs.dialog import Dialog
from sip.message import Headers, Request, header

State: TypeAlias = Mapping[str, str]
Id: TypeAlias = tuple[str, str]
"""Call-ID and our tag."""

RESTART_JUMP: Final = 10_000
"""Added to CSeq and version by `restore`: what was sent after the snapshot is not known."""


class EventPackage(Protocol):
    """One kind of state, RFC 6665 §7.2."""

    @property
    def name(self) -> str: ...
    @property
    def content_type(self) -> str: ...

    def admits(self, user: str, resource: str) -> int:
        """200, or the status that refuses the user this resource."""

    def state(self, resource: str, user: str) -> State:
        """What it is now, as far as it is the user's business."""

    def body(self, resource: str, state: State, told: State | None, version: int) -> bytes:
        """As the subscriber reads it; `told` is what it knows, None for nothing."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who subscribes, from where; `behind_nat`: requests without a Route keep to `source`."""

    user: str
    source: Address
    behind_nat: bool


@dataclass(slots=True)
class Subscription:
    """One watcher of one resource.

    Attributes:
        event: the Event header's value, with its id.
        told: the state that was sent last, None before the first one.
        open: our NOTIFY without an answer.
        waits: something is to be told as soon as it may be.
        free_at: not before then.
        ending: why it is over, once it is: "timeout" after Expires 0 as well.
        armed_at: when its notifier will look at it next.
    """

    package: str
    resource: str
    event: str
    subscriber: Subscriber
    dialog: Dialog
    expires_at: float
    version: int = 0
    told: State | None = None
    open: Request | None = None
    waits: bool = False
    free_at: float = 0.0
    ending: str = ""
    armed_at: float | None = None

    @property
    def id(self) -> Id:
        return self.dialog.call_id, self.dialog.local_tag

    def notify(self, package: EventPackage, state: State, now: float) -> Request:
        """The next NOTIFY; afterwards the subscriber counts as told."""
        body = package.body(self.resource, state, self.told, self.version)
        left_s = max(0, int(self.expires_at - now))
        how = f"terminated;reason={self.ending}" if self.ending else f"active;expires={left_s}"
        headers: Headers = (
            ("Contact", self.dialog.contact),
            ("Event", self.event),
            ("Subscription-State", how),
            ("Content-Type", package.content_type),
        )
        self.open = self.dialog.request("NOTIFY", headers=headers, body=body)
        self.version += 1
        self.told, self.waits = state, False
        return self.open

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON values; times are relative to `now`."""
        return {
            "package": self.package,
            "resource": self.resource,
            "event": self.event,
            "subscriber": {**asdict(self.subscriber), "source": list(self.subscriber.source)},
            "dialog": self.dialog.snapshot(),
            "expires_in_s": self.expires_at - now,
            "version": self.version,
        }

    @classmethod
    def restore(cls, data: Mapping[str, Any], taken_at: float) -> "Subscription":
        """`taken_at`: when the snapshot was, on today's clock."""
        dialog = Dialog.restore(data["dialog"])
        dialog.local_cseq += RESTART_JUMP
        who = data["subscriber"]
        return cls(
            data["package"],
            data["resource"],
            data["event"],
            Subscriber(who["user"], Address(*who["source"]), who["behind_nat"]),
            dialog,
            taken_at + data["expires_in_s"],
            version=data["version"] + RESTART_JUMP,
        )


@dataclass(frozen=True, slots=True)
class Notify:
    """Send it within the subscription's dialog, and report what became of it."""

    subscription: Subscription
    request: Request


def is_last(notify: Request) -> bool:
    return header(notify, "Subscription-State").startswith("terminated")
