"""Where each phone is now: bindings of addresses of record to contacts, RFC 3261 §10.3.

In memory, bounded, with expiry by `now` (seconds, steady clock). Static contacts come from the
configuration and never expire.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sip.address import Address, Target
from sip.errors import MalformedMessage
from sip.uri import parse_uri, same_uri

_TIDY_ABOVE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One phone that registered.

    Attributes:
        user: whose address of record it is.
        contact_uri: as registered, without its header parameters.
        source: where the REGISTER came from, which may be the outside of a NAT. Requests go
            there: for TCP that finds the connection, and for UDP the pinhole.
        received_by: the transport address of ours that it came to, if the edge tells.
        path: Route to the phone through the proxies that the REGISTER came by, RFC 3327.
        instance: the device, as it names itself by `+sip.instance`; "" if it does not.
        reg_id: which of the device's flows this is, RFC 5626; 0 for an ordinary contact.
        behind_nat: its Contact or Via differs from `source`, and no proxy stands between.
        registered_at: of the latest refresh.
        q: preference from 0 to 1, 1 by default.
    """

    user: str
    contact_uri: str
    source: Address
    expires_at: float
    registered_at: float
    call_id: str
    cseq: int
    q: float = 1.0
    user_agent: str = ""
    received_by: Address | None = None
    path: tuple[str, ...] = ()
    instance: str = ""
    reg_id: int = 0
    behind_nat: bool = False

    @property
    def target(self) -> Target:
        """Where requests to the phone go: through its proxies, else back through its flow."""
        address = None if self.path else self.source
        return Target(self.contact_uri, address=address, route=self.path, registered=True)

    @property
    def device(self) -> str:
        """What its flows have in common."""
        return self.instance or self.contact_uri


@dataclass(frozen=True, slots=True)
class BindingChange:
    """A user became reachable, or stopped being so. Refreshes and further contacts are silent.

    `reason`: "registered", "unregistered", "expired" or "unreachable".
    """

    user: str
    reachable: bool
    reason: str


class Location:
    """Every method but `expire` sees only bindings that have not expired at `now`."""

    def __init__(self, static_contacts: Mapping[str, Target] | None = None) -> None:
        """`static_contacts`: by user, where phones are that never register."""
        self.on_move: Callable[[], None] = lambda: None
        """Told when somebody is to be met elsewhere: what was kept before is out of date."""
        self._static = dict(static_contacts or {})
        self._bindings: dict[str, list[Binding]] = {}
        self._users_at: dict[Address, set[str]] = {}
        self._deadlines: list[tuple[float, str]] = []  # a heap; refreshed ones stay behind,
        self._tidy_at = _TIDY_ABOVE  # until there are so many

    def bindings(self, user: str, now: float) -> list[Binding]:
        """Those still valid, the preferred and then the newest first; a device's together."""
        valid = [binding for binding in self._bindings.get(user, ()) if binding.expires_at > now]
        if len(valid) < 2:
            return valid
        ranked = sorted(valid, key=lambda binding: (-binding.q, -binding.registered_at))
        devices = list(dict.fromkeys(binding.device for binding in ranked))
        return sorted(ranked, key=lambda binding: devices.index(binding.device))

    def targets(self, user: str, now: float) -> list[Target]:
        """Where to send a request for the user: one after the other, until a phone answers."""
        found = [binding.target for binding in self.bindings(user, now)]
        if not found and user in self._static:
            return [self._static[user]]
        return found

    def target(self, user: str, now: float) -> Target | None:
        """The first of `targets`, None if no phone of theirs is known."""
        return next(iter(self.targets(user, now)), None)

    def is_reachable(self, user: str, now: float) -> bool:
        return user in self._static or bool(self.bindings(user, now))

    def behind_nat_at(self, source: Address, now: float) -> Binding | None:
        """A binding of a phone whose router we talk to there."""
        for user in self._users_at.get(source, ()):
            for binding in self._bindings[user]:
                here = binding.source == source and binding.expires_at > now
                if here and binding.behind_nat and not binding.path:
                    return binding
        return None

    def sources_behind_nat(self, now: float) -> list[Address]:
        return [source for source in self._users_at if self.behind_nat_at(source, now)]

    @property
    def static_users(self) -> frozenset[str]:
        return frozenset(self._static)

    def set_static(self, static_contacts: Mapping[str, Target], now: float) -> list[BindingChange]:
        """Take over changed configuration."""
        users = self._static.keys() | static_contacts.keys()
        before = {user: self.is_reachable(user, now) for user in users}
        self._static = dict(static_contacts)
        return [
            change
            for user in sorted(users)
            for change in self._change(user, before[user], now, "unregistered")
        ]

    def replace(
        self, user: str, bindings: Sequence[Binding], now: float, *, reason: str = "unregistered"
    ) -> list[BindingChange]:
        """Make these the user's bindings, all at once; `reason` is told if none is left."""
        before = self.is_reachable(user, now)
        if {each.target for each in bindings} != {
            each.target for each in self._bindings.get(user, ())
        }:
            self.on_move()
        self._put(user, bindings)
        if bindings:
            for binding in bindings:
                heapq.heappush(self._deadlines, (binding.expires_at, user))
            self._tidy()
        return self._change(user, before, now, reason)

    def drop_source(self, source: Address, now: float) -> list[BindingChange]:
        """Forget what was registered over a connection that has closed."""
        changes: list[BindingChange] = []
        for user in sorted(self._users_at.get(source, ())):
            before = self._bindings[user]
            kept = [
                binding
                for binding in before
                if binding.source != source or binding.path  # a proxy can be reached again
            ]
            if len(kept) == len(before):
                continue
            changes += self.replace(user, kept, now, reason="unreachable")
        return changes

    def drop_flow(self, target: Target, now: float) -> list[BindingChange]:
        """Forget the binding behind a target: its proxy says that the flow failed (430)."""
        for user, bindings in self._bindings.items():
            kept = [binding for binding in bindings if binding.target != target]
            if len(kept) < len(bindings):
                return self.replace(user, kept, now, reason="unreachable")
        return []

    def expire(self, now: float) -> list[BindingChange]:
        """Drop what has expired. Call it at `next_deadline`."""
        due: set[str] = set()
        while self._deadlines and self._deadlines[0][0] <= now:
            due.add(heapq.heappop(self._deadlines)[1])
        changes: list[BindingChange] = []
        for user in sorted(due):
            bindings = self._bindings.get(user, [])
            kept = [binding for binding in bindings if binding.expires_at > now]
            if len(kept) == len(bindings):
                continue
            self._put(user, kept)
            if not kept and user not in self._static:
                changes.append(BindingChange(user, reachable=False, reason="expired"))
        return changes

    def next_deadline(self) -> float | None:
        """When `expire` may have work; None if nothing is registered."""
        while self._deadlines and not self._is_current(*self._deadlines[0]):
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def snapshot(self, now: float) -> list[dict[str, Any]]:
        """JSON values; times are relative to `now`, as a steady clock means nothing elsewhere."""
        entries = []
        for user in sorted(self._bindings):
            for binding in self.bindings(user, now):
                entry = asdict(binding)
                entry["source"] = list(binding.source)
                entry["path"] = list(binding.path)
                entry["received_by"] = list(binding.received_by) if binding.received_by else None
                entry["expires_in_s"] = entry.pop("expires_at") - now
                entry["registered_ago_s"] = now - entry.pop("registered_at")
                entries.append(entry)
        return entries

    def restore(
        self, snapshot: Sequence[Mapping[str, Any]], now: float, *, elapsed_s: float = 0.0
    ) -> list[BindingChange]:
        """Take over a snapshot made `elapsed_s` ago; tells who is reachable by it."""
        by_user: dict[str, list[Binding]] = {}
        for entry in snapshot:
            values = dict(entry)
            values["source"] = Address(*values["source"])
            ours = values["received_by"]
            values["received_by"] = Address(*ours) if ours else None
            values["path"] = tuple(values.get("path", ()))
            values["expires_at"] = now + values.pop("expires_in_s") - elapsed_s
            values["registered_at"] = now - values.pop("registered_ago_s") - elapsed_s
            binding = Binding(**values)
            if binding.expires_at > now:
                by_user.setdefault(binding.user, []).append(binding)
        return [
            change
            for user, bindings in sorted(by_user.items())
            for change in self.replace(user, bindings, now)
        ]

    def __len__(self) -> int:
        """Registered bindings, those included whose expiry has not been run yet."""
        return sum(len(bindings) for bindings in self._bindings.values())

    def _put(self, user: str, bindings: Sequence[Binding]) -> None:
        for old in self._bindings.pop(user, ()):
            users = self._users_at.get(old.source, set())
            users.discard(user)
            if not users:
                self._users_at.pop(old.source, None)
        if bindings:
            self._bindings[user] = list(bindings)
        for binding in bindings:
            self._users_at.setdefault(binding.source, set()).add(user)

    def _change(self, user: str, before: bool, now: float, reason: str) -> list[BindingChange]:
        after = self.is_reachable(user, now)
        if after == before:
            return []
        return [BindingChange(user, after, "registered" if after else reason)]

    def _tidy(self) -> None:
        """Rebuild the heap once most of it is left over from refreshes."""
        if len(self._deadlines) > self._tidy_at:
            self._deadlines = [
                (binding.expires_at, user)
                for user, bindings in self._bindings.items()
                for binding in bindings
            ]
            heapq.heapify(self._deadlines)
            self._tidy_at = 2 * len(self._deadlines) + _TIDY_ABOVE

    def _is_current(self, expires_at: float, user: str) -> bool:
        return any(binding.expires_at == expires_at for binding in self._bindings.get(user, ()))


def same_contact(left: str, right: str) -> bool:
    """Whether two contact URIs are one binding, §10.3 step 7."""
    if left == right:
        return True
    try:
        return same_uri(parse_uri(left), parse_uri(right))
    except MalformedMessage:
        return False
