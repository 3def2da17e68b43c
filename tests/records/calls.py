"""Events of whole calls, numbered and timed by a log of their own."""

from events.callbacks import CallBackLeft, CallBackQueued
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    Direction,
    Outcome,
    Side,
)
from events.event import Event, Recorded
from events.ids import AgentId, CallBackId, CallId, EntryId, OfferId, PartyId, QueueName, TrunkName
from events.log import EventLog
from events.queues import CallQueued, QueueAnswered, QueueCallHandled

EPOCH = 1_800_000_000.0
QUEUE, AGENT = QueueName("support"), AgentId("anna")


class Calls:
    """Appends events to whatever listens to `log`, one second apart."""

    def __init__(self, last_seq: int = 0) -> None:
        self.now = 0.0
        self.recorded: list[Recorded] = []
        self.log = EventLog(
            utc=lambda: EPOCH + self.now, steady=lambda: self.now, last_seq=last_seq
        )

    def tell(self, *events: Event) -> None:
        for event in events:
            self.now += 1.0
            self.recorded.append(self.log.append(event))

    def arrives(self, name: str, dialled: str = "1001") -> CallId:
        call = CallId(name)
        party = PartyId(f"p-{name}")
        dialog = f"{name}@127.0.0.1"
        arrived = CallArrived(
            call, Direction.INBOUND, party, dialled, dialog, trunk=TrunkName("loopback")
        )
        self.tell(arrived)
        return call

    def takes_place(self, name: str) -> CallId:
        """Nobody is on the line yet, or ever."""
        call = CallId(name)
        self.tell(CallBackQueued(CallBackId(f"{name}-b"), call, EntryId(f"{name}-e"), QUEUE))
        return call

    def leaves_place(self, call: CallId) -> None:
        entry = EntryId(f"{call}-e")
        left = CallBackLeft(
            CallBackId(f"{call}-b"), call, entry, QUEUE, "quiet_hours", attempted=False
        )
        self.tell(left)

    def talks(self, call: CallId) -> None:
        entry = EntryId(f"{call}-e")
        self.tell(
            CallAnswered(call, 0.1),
            CallQueued(call, entry, QUEUE),
            CallBridged(call, f"{call}-1", AGENT, entry),
            QueueAnswered(call, entry, QUEUE, AGENT, OfferId(1), 2.0),
        )

    def ends(self, call: CallId) -> None:
        self.tell(
            CallEnded(
                *(call, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up"),
                trunk=TrunkName("loopback"),
            )
        )

    def whole(self, name: str) -> CallId:
        """A call that is answered by an agent, ends, and is wrapped up."""
        call = self.arrives(name)
        self.talks(call)
        self.ends(call)
        entry = EntryId(f"{call}-e")
        self.tell(QueueCallHandled(call, entry, QUEUE, AGENT, 60.0, 5.0, 10.0))
        return call
