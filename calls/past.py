"""What an ended process left behind, and the state of queues and agents that follows from it.

Events are the history: the distributor and the desk are told them again, each life of the log on
its own steady clock, and moved to today's clock at the end. Nothing is performed here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from acd.distributor import Distributor
from acd.effects import Effect, RemoveFromQueue
from acd.settings import QueueSettings
from calls.callback_book import CallBackBook
from calls.callback_limits import CallBackLimits
from calls.desk import Desk
from calls.kept_places import KeptPlaces
from calls.settings import AgentSettings, PhoneSettings
from calls.voicemail.book import MessageBook
from events.callbacks import CallBackLeft
from events.calls import CallEnded
from events.centre import CentreStarted, ConfigurationReplaced
from events.event import Event, Recorded
from events.ids import AgentId, EntryId, PartyId, PhoneId, QueueName
from events.queues import CallAbandoned, CallFlowedOut, QueueAnswered

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot of queues, agents, registrations, subscriptions and counts of voice messages,
    after the event `seq` of the log.

    Attributes:
        utc, steady: when it was taken, on both clocks of the process that took it.
    """

    seq: int
    utc: float
    steady: float
    distributor: Mapping[str, Any]
    desk: Mapping[str, Any]
    bindings: Sequence[Mapping[str, Any]] = ()
    subscriptions: Sequence[Mapping[str, Any]] = ()
    mailboxes: Mapping[str, Any] = field(default_factory=dict)
    callbacks: Sequence[Mapping[str, Any]] = ()
    places: Sequence[Any] = ()
    voicemail: Mapping[str, Any] = field(default_factory=dict)
    callback_limits: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "seq": self.seq,
            "utc": self.utc,
            "steady": self.steady,
            "distributor": self.distributor,
            "desk": self.desk,
            "callbacks": list(self.callbacks),
            "places": list(self.places),
            "bindings": list(self.bindings),
            "subscriptions": list(self.subscriptions),
            "mailboxes": self.mailboxes,
            "voicemail": self.voicemail,
            "callback_limits": self.callback_limits,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError when it was not made by this version's `to_json`."""
        if data["version"] != VERSION:
            raise ValueError(f"snapshot of version {data['version']}, expected {VERSION}")
        return cls(**{name: value for name, value in data.items() if name != "version"})


@dataclass(frozen=True, slots=True)
class Past:
    """What the store still knows. Empty at the first start of all.

    Attributes:
        kept: the newest snapshot, if any was made.
        events: every event after it (from the beginning if there is none), in order.
        open_calls: every event of the calls that have not ended, in order; those in `events` may
            be among them or not.
        parties: number and name of callers, by surrogate; missing if erased.
    """

    kept: Kept | None = None
    events: Sequence[Recorded] = ()
    open_calls: Sequence[Recorded] = ()
    parties: Mapping[PartyId, tuple[str, str]] = field(default_factory=dict)

    @property
    def log_of_calls(self) -> list[Recorded]:
        """The two lists as one, nothing twice."""
        by_seq = {recorded.seq: recorded for recorded in (*self.open_calls, *self.events)}
        return [by_seq[seq] for seq in sorted(by_seq)]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Who and what is there, by today's settings."""

    queues: Mapping[QueueName, QueueSettings]
    agents: Mapping[AgentId, AgentSettings]
    phones: Mapping[PhoneId, PhoneSettings]


@dataclass(frozen=True, slots=True)
class Replayed:
    """Queues and agents as they were when the last process ended, on today's steady clock.

    Attributes:
        desk: what is there, for the desk that runs.
        leaving: told to leave their queue, but nothing was heard of it.
    """

    distributor: Distributor
    configuration: Configuration
    desk: Mapping[str, Any]
    leaving: tuple[RemoveFromQueue, ...] = ()
    callbacks: Sequence[Mapping[str, Any]] = ()
    places: Sequence[Any] = ()
    voicemail: Mapping[str, Any] = field(default_factory=dict)
    callback_limits: Mapping[str, Any] = field(default_factory=dict)


def replay(
    past: Past,
    configuration: Configuration,
    *,
    utc: float,
    steady: float,
    seed: int = 0,
    first_offer: int = 1,
) -> Replayed:
    """Tell the events again.

    Args:
        utc, steady: now, on both clocks.
        seed: of the process that begins, as its `CentreStarted` will say.
        first_offer: higher than any offer in the log, e.g. the number that its next event gets.
    """
    tape = _Tape(past, configuration)
    for recorded in past.events:
        tape.tell(recorded)
    tape.reach(utc, steady, first_offer, seed)
    leaving = tuple(tape.leaving.values())
    return Replayed(
        tape.distributor,
        configuration,
        tape.desk.snapshot(),
        leaving,
        tape.callbacks.snapshot(),
        tape.places.snapshot(),
        tape.voicemail.snapshot(),
        tape.callback_limits.snapshot(),
    )


class _Tape:
    """Plays the log to a distributor and a desk of its own."""

    def __init__(self, past: Past, configuration: Configuration) -> None:
        self.leaving: dict[EntryId, RemoveFromQueue] = {}
        self.desk = Desk(configuration.agents, configuration.phones, lambda _: None)
        self.callbacks = CallBackBook()
        self.places = KeptPlaces()
        self.voicemail = MessageBook()
        self.callback_limits = CallBackLimits()
        self._configuration = configuration
        self._last: tuple[float, float] | None = None  # UTC and steady time of what came last
        queues, agents = configuration.queues, configuration.agents
        if past.kept is None:
            first = past.events[0].seq if past.events else 1  # as the first process began
            self.distributor = Distributor(queues, agents, first_offer=first)
        else:
            self.desk.restore(past.kept.desk)
            self.callbacks.restore(past.kept.callbacks)
            self.places.restore(past.kept.places)
            self.voicemail.restore(past.kept.voicemail)
            self.callback_limits.restore(past.kept.callback_limits)
            self.distributor = Distributor.restore(past.kept.distributor, queues, agents)
            self._last = (past.kept.utc, past.kept.steady)

    def tell(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, CentreStarted):
            self.reach(recorded.utc, recorded.steady, recorded.seq, event.seed)
            self._note_leaving(self._configured(recorded.steady))  # as `calls.resumption` does
        elif isinstance(event, ConfigurationReplaced):
            self._note_leaving(self._configured(recorded.steady))  # as `calls.feed` does
        self._last = (recorded.utc, recorded.steady)
        self.desk.follow(event)
        self.callbacks.follow(recorded)
        self.places.follow(recorded)
        self.voicemail.follow(recorded)
        self.callback_limits.follow(recorded)
        self._note_leaving(self.distributor.handle(event, recorded.steady))
        self._note_left(event)

    def reach(self, utc: float, steady: float, first_offer: int, seed: int) -> None:
        """A new process begins: its clock shows `steady`, and nobody rings any more.

        Its offers are numbered from `first_offer` on, so that none is ever taken for another.
        """
        shift_s = 0.0
        if self._last is not None:
            last_utc, last_steady = self._last
            down_s = max(0.0, utc - last_utc)  # a clock set back shall not stop the queues
            shift_s = steady - last_steady - down_s
        snapshot = self.distributor.snapshot()
        snapshot["next_offer"] = max(snapshot["next_offer"], first_offer)
        self.distributor = Distributor.restore(
            snapshot,
            self._configuration.queues,
            self._configuration.agents,
            shift_s=shift_s,
            ringing=False,
        )
        self.distributor.reseed(seed)

    def _configured(self, steady: float) -> list[Effect]:
        return self.distributor.configure(
            self._configuration.queues, self._configuration.agents, steady
        )

    def _note_leaving(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, RemoveFromQueue):
                self.leaving[effect.entry] = effect

    def _note_left(self, event: Event) -> None:
        match event:
            case CallFlowedOut() | CallAbandoned() | QueueAnswered() | CallBackLeft():
                self.leaving.pop(event.entry, None)
            case CallEnded(call=call):
                gone = [at for at, effect in self.leaving.items() if effect.call == call]
                for entry in gone:
                    del self.leaving[entry]
