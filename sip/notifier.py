"""Whoever watches a state of ours: the notifier of RFC 6665 §4.2, for any event package.

    ──SUBSCRIBE──> ACTIVE ──SUBSCRIBE──> ACTIVE
                     │ └── change: NOTIFY, one at a time, not more often than `interval_s`
                     ├── Expires: 0, or no refresh in time ──> NOTIFY "terminated" ──> gone
                     └── a NOTIFY refused or unanswered ──> gone

Pure: `now` is an argument, and what is returned must be sent. A state is a mapping of names to
texts; a subscriber that was told one hears only of another.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sip.dialogs.dialog import dialog_of_callee
from sip.headers.cseq import parse_cseq
from sip.headers.name_addr import parse_name_addr
from sip.headers.numeric import parse_delta_seconds
from sip.message import (
    Headers,
    Request,
    Response,
    header,
    header_or_none,
    header_values,
    response_to,
)
from sip.subscription import EventPackage, Id, Notify, Subscriber, Subscription, is_last

_SUBSCRIBE_AT_LEAST_S: Final = 3600
"""A shorter wish may be refused with 423 only below this, RFC 6665 §4.2.1.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierLimits:
    """Seconds, and how many subscriptions there may be."""

    min_expires_s: int = 60
    default_expires_s: int = 3600
    max_expires_s: int = 3600
    interval_s: float = 1.0
    max_per_user: int = 50
    max_total: int = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """To a SUBSCRIBE, and what follows it."""

    response: Response
    notifies: Sequence[Notify] = ()


class _Refused(Exception):
    def __init__(self, status: int, headers: Headers = ()) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers


class Notifier:
    def __init__(
        self, packages: Iterable[EventPackage] = (), limits: NotifierLimits | None = None
    ) -> None:
        self._packages = {package.name: package for package in packages}
        self._limits = limits or NotifierLimits()
        self._all: dict[Id, Subscription] = {}
        self._watching: dict[tuple[str, str], dict[Id, Subscription]] = {}
        self._per_user: Counter[str] = Counter()
        self._deadlines: list[tuple[float, Id]] = []

    def __len__(self) -> int:
        return len(self._all)

    def unknown_event(self, request: Request, *, to_tag: str) -> Response | None:
        """489 for a SUBSCRIBE to what we do not offer, whoever asks, §4.2.1.1."""
        if _event_name(request) in self._packages:
            return None
        headers = (("Allow-Events", ", ".join(self._packages) or "none"),)
        return response_to(request, 489, to_tag=to_tag, headers=headers)

    def subscribe(
        self,
        request: Request,
        subscriber: Subscriber,
        resource: str,
        now: float,
        *,
        local_tag: str,
        contact: str,
    ) -> Answer:
        """A SUBSCRIBE outside any dialog whose sender was proved.

        Raises:
            MalformedMessage: answer its status.
        """
        try:
            package = self._packages[_event_name(request)]
            expires_s = self._admit(request, package, subscriber.user, resource)
        except _Refused as refused:
            return Answer(
                response_to(request, refused.status, to_tag=local_tag, headers=refused.headers)
            )
        dialog = dialog_of_callee(request, local_tag=local_tag, contact=contact)
        subscription = Subscription(
            package.name, resource, header(request, "Event"), subscriber, dialog, now + expires_s
        )
        self._add(subscription)
        return self._granted(request, subscription, expires_s, now)

    def refresh(self, request: Request, now: float) -> Answer:
        """A SUBSCRIBE within a dialog: longer, or no longer, §4.2.1.4.

        Raises:
            MalformedMessage: answer its status.
        """
        tag = parse_name_addr(header(request, "To"), "To").tag or ""
        subscription = self._all.get((header(request, "Call-ID"), tag))
        if subscription is None or subscription.ending:
            return Answer(response_to(request, 481))
        dialog = subscription.dialog
        number, _ = parse_cseq(header(request, "CSeq"))
        if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
            return Answer(response_to(request, 500))
        dialog.remote_cseq = number
        try:
            expires_s = self._expires_s(request)
        except _Refused as refused:
            return Answer(response_to(request, refused.status, headers=refused.headers))
        dialog.refresh_target(request)
        subscription.expires_at = now + expires_s
        subscription.told = None  # a refresh is answered by the full state, RFC 4235 §3.9
        return self._granted(request, subscription, expires_s, now)

    def changed(self, package: str, resource: str, now: float) -> list[Notify]:
        """The resource may have another state now."""
        watching = tuple(self._watching.get((package, resource), {}).values())
        return [notify for each in watching for notify in self._tell(each, now)]

    def answered(self, notify: Notify, status: int, now: float) -> list[Notify]:
        """What became of a NOTIFY: its final status, 408 for none, §4.2.2."""
        subscription = notify.subscription
        if subscription.open is not notify.request:
            return []
        subscription.open = None
        if not 200 <= status < 300 or is_last(notify.request):
            self._remove(subscription)
            return []
        return self._tell(subscription, now) if subscription.waits else []

    def handle_timers(self, now: float) -> list[Notify]:
        notifies: list[Notify] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            at, key = heapq.heappop(self._deadlines)
            subscription = self._all.get(key)
            if subscription is None or subscription.armed_at != at:
                continue  # gone, or moved since
            subscription.armed_at = None
            if subscription.expires_at <= now and not subscription.ending:
                subscription.ending = "timeout"
            if subscription.waits or subscription.ending:
                notifies += self._tell(subscription, now)
            if not subscription.ending:
                self._wake_at(subscription.expires_at, subscription)
        return notifies

    def next_deadline(self) -> float | None:
        return self._deadlines[0][0] if self._deadlines else None

    def snapshot(self, now: float) -> list[dict[str, Any]]:
        """JSON values; times are relative to `now`."""
        return [each.snapshot(now) for each in self._all.values() if not each.ending]

    def restore(
        self, snapshot: Iterable[Mapping[str, Any]], now: float, *, elapsed_s: float = 0.0
    ) -> list[Notify]:
        """Take over a snapshot made `elapsed_s` ago; everybody is told the full state."""
        notifies: list[Notify] = []
        for entry in snapshot:
            subscription = Subscription.restore(entry, now - elapsed_s)
            if entry["package"] in self._packages and subscription.expires_at > now:
                self._add(subscription)
                notifies += self._tell(subscription, now)
        return notifies

    # ---- inside

    def _admit(self, request: Request, package: EventPackage, user: str, resource: str) -> int:
        """The seconds granted."""
        status = package.admits(user, resource)
        if status != 200:
            raise _Refused(status)
        accepted = [value.partition(";")[0].strip() for value in header_values(request, "Accept")]
        if accepted and not {package.content_type, "*/*", "application/*"} & set(accepted):
            raise _Refused(406)
        limits = self._limits
        if len(self._all) >= limits.max_total or self._per_user[user] >= limits.max_per_user:
            raise _Refused(480)
        return self._expires_s(request)

    def _expires_s(self, request: Request) -> int:
        limits, value = self._limits, header_or_none(request, "Expires")
        wanted_s = limits.default_expires_s
        if value is not None:
            wanted_s = parse_delta_seconds(value, "Expires")
        if 0 < wanted_s < min(limits.min_expires_s, _SUBSCRIBE_AT_LEAST_S):
            raise _Refused(423, (("Min-Expires", str(limits.min_expires_s)),))
        return min(wanted_s, limits.max_expires_s)

    def _granted(
        self, request: Request, subscription: Subscription, expires_s: int, now: float
    ) -> Answer:
        if expires_s == 0:
            subscription.ending = "timeout"
        headers = (("Contact", subscription.dialog.contact), ("Expires", str(expires_s)))
        tag = subscription.dialog.local_tag
        response = response_to(request, 200, to_tag=tag, headers=headers)
        self._wake_at(subscription.expires_at, subscription)
        subscription.free_at = now  # §4.2.1.2: at once
        return Answer(response, self._tell(subscription, now))

    def _tell(self, subscription: Subscription, now: float) -> list[Notify]:
        """The NOTIFY, unless there is nothing new, one is open, or the last one was just now."""
        package = self._packages[subscription.package]
        state = package.state(subscription.resource, subscription.subscriber.user)
        if state == subscription.told and not subscription.ending:
            subscription.waits = False
            return []
        subscription.waits = True
        if subscription.open is not None:
            return []
        if now < subscription.free_at and not subscription.ending:
            self._wake_at(subscription.free_at, subscription)
            return []
        request = subscription.notify(package, state, now)
        subscription.free_at = now + self._limits.interval_s
        return [Notify(subscription, request)]

    def _add(self, subscription: Subscription) -> None:
        key = subscription.id
        self._all[key] = subscription
        self._watching.setdefault((subscription.package, subscription.resource), {})[key] = (
            subscription
        )
        self._per_user[subscription.subscriber.user] += 1
        self._wake_at(subscription.expires_at, subscription)

    def _remove(self, subscription: Subscription) -> None:
        if self._all.pop(subscription.id, None) is None:
            return
        place = (subscription.package, subscription.resource)
        del self._watching[place][subscription.id]
        if not self._watching[place]:
            del self._watching[place]
        user = subscription.subscriber.user
        self._per_user[user] -= 1
        if not self._per_user[user]:
            del self._per_user[user]

    def _wake_at(self, at: float, subscription: Subscription) -> None:
        if subscription.armed_at is None or at < subscription.armed_at:
            subscription.armed_at = at
            heapq.heappush(self._deadlines, (at, subscription.id))


def _event_name(request: Request) -> str:
    return (header_or_none(request, "Event") or "").partition(";")[0].strip().lower()
