"""Who is to be called back: all of it follows from events, so that it outlives the process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from events.callbacks import CallBackEnded, CallBackLeft, CallBackQueued, CallBackRequested
from events.calls import CallEnded
from events.event import Recorded
from events.ids import CallBackId, CallId, EntryId, PartyId, QueueName

FOLLOWED: Final = (
    CallBackRequested,
    CallBackQueued,
    CallBackLeft,
    CallBackEnded,
    CallEnded,
)
"""The events that `CallBackBook.follow` heeds."""


@dataclass(slots=True)
class OpenCallBack:
    """Instants are UTC seconds: they outlive the process.

    Attributes:
        since: start of the customer's wait; their place is by it.
        customer: `party`, whatever the spelling of the number.
        variables: what the flow found out in which they asked.
        queue, asked_for: where their place is or will be, and where it began.
        left_at: when the last attempt ended, or the queue gave its place up.
        call, entry: of the attempt that has a place in the queue now.
    """

    id: CallBackId
    party: PartyId
    queue: QueueName
    skills: Mapping[str, int]
    languages: tuple[str, ...]
    priority: int
    customer_first: bool
    requested_at: float
    since: float
    customer: PartyId
    asked_for: QueueName
    left_at: float | None = None
    attempts: int = 0
    call: CallId | None = None
    entry: EntryId | None = None
    any_of: tuple[Mapping[str, int], ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    excluded: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        lists = ("languages", "tiers", "sites", "excluded")
        return values | {
            "skills": dict(self.skills),
            "any_of": [dict(group) for group in self.any_of],
            **{name: list(values[name]) for name in lists},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        earlier = {"customer": values["party"], "asked_for": values["queue"]}
        return cls(**earlier | values)


class CallBackBook:
    """Feed it the log. Nothing is done here."""

    def __init__(self) -> None:
        self.open: dict[CallBackId, OpenCallBack] = {}
        self._by_call: dict[CallId, CallBackId] = {}
        self._by_customer: dict[PartyId, list[CallBackId]] = {}

    def of_call(self, call: CallId) -> OpenCallBack | None:
        """The one whose attempt has this id."""
        found = self._by_call.get(call)
        return None if found is None else self.open.get(found)

    def of_customer(self, customer: PartyId, queue: QueueName) -> OpenCallBack | None:
        """The one about this queue."""
        found = (one for one in self.all_of(customer) if queue in (one.queue, one.asked_for))
        return next(found, None)

    def all_of(self, customer: PartyId) -> list[OpenCallBack]:
        ids = self._by_customer.get(customer, ())
        return [self.open[each] for each in ids]

    def follow(self, recorded: Recorded) -> None:
        match recorded.event:
            case CallBackRequested() as asked:
                self._add(
                    OpenCallBack(
                        asked.callback,
                        asked.party,
                        asked.queue,
                        asked.skills,
                        asked.languages,
                        asked.priority,
                        asked.customer_first,
                        requested_at=recorded.utc,
                        since=recorded.utc - asked.waited_s,
                        any_of=asked.any_of,
                        tiers=asked.tiers,
                        sites=asked.sites,
                        customer_type=asked.customer_type,
                        excluded=asked.excluded,
                        customer=asked.customer or asked.party,
                        asked_for=asked.queue,
                        variables=asked.variables,
                    )
                )
            case CallBackQueued(callback, call, entry, queue) if callback in self.open:
                one = self.open[callback]
                one.call, one.entry, one.queue = call, entry, queue
                self._by_call[call] = callback
            case CallBackLeft(callback, attempted=attempted) if callback in self.open:
                self._left(self.open[callback], recorded.utc, attempted=attempted)
            case CallBackEnded(callback) if callback in self.open:
                self._remove(self.open.pop(callback))
            case CallEnded(call) if call in self._by_call:  # it died with an earlier process
                self._left(self.open[self._by_call[call]], recorded.utc, attempted=True)

    def snapshot(self) -> list[dict[str, Any]]:
        return [one.to_json() for one in self.open.values()]

    def restore(self, data: Sequence[Mapping[str, Any]]) -> None:
        for each in data:
            one = OpenCallBack.from_json(each)
            self._add(one)
            if one.call is not None:
                self._by_call[one.call] = one.id

    def _add(self, one: OpenCallBack) -> None:
        self.open[one.id] = one
        self._by_customer.setdefault(one.customer, []).append(one.id)

    def _remove(self, one: OpenCallBack) -> None:
        if one.call is not None:
            self._by_call.pop(one.call, None)
        self._by_customer[one.customer].remove(one.id)
        if not self._by_customer[one.customer]:
            del self._by_customer[one.customer]

    def _left(self, one: OpenCallBack, utc: float, *, attempted: bool) -> None:
        if one.call is not None:
            self._by_call.pop(one.call, None)
        one.call = one.entry = None
        one.attempts += attempted
        one.left_at = utc
