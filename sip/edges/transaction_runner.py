"""The edge between a transaction and the rest: it performs effects, and knows where to send."""

from collections.abc import Callable
from typing import Protocol, assert_never

from sip.address import Address
from sip.edges.alarm_clock import AlarmClock
from sip.edges.effect_fifo import EffectFifo
from sip.errors import SipError, TransportFailed
from sip.message import Message, Request, Response
from sip.transactions.client import ClientTransaction
from sip.transactions.effects import Deliver, DeliverAck, Effect, Fail, Forget, Send
from sip.transactions.invite_client import InviteClientTransaction
from sip.transactions.invite_server import InviteServerTransaction
from sip.transactions.matching import Key
from sip.transactions.server import ServerTransaction

Client = InviteClientTransaction | ClientTransaction
Server = InviteServerTransaction | ServerTransaction


class Surroundings(Protocol):
    """What the runners of one transaction layer share."""

    alarms: AlarmClock
    fifo: EffectFifo

    def now(self) -> float: ...

    def transmit(
        self,
        message: Message,
        to: Address,
        *,
        repeated: bool,
        failed: Callable[[TransportFailed], None],
    ) -> None: ...

    def reaches(self, to: Address) -> bool: ...

    def acknowledged(self, ack: Request) -> None: ...


class ServerRunner:
    """A server transaction. A response that cannot go the way the request came, because the
    connection was closed, goes to `fallback`, RFC 3261 §18.2.2."""

    __slots__ = (
        "_around",
        "_forget",
        "_sent",
        "armed_at",
        "destination",
        "fallback",
        "key",
        "machine",
        "merged_key",
    )

    def __init__(
        self,
        machine: Server,
        key: Key,
        destination: Address,
        around: Surroundings,
        forget: "Callable[[ServerRunner], None]",
    ) -> None:
        self.armed_at: float | None = None
        self.machine = machine
        self.key = key
        self.merged_key: Key | None = None
        self.destination = destination
        self.fallback = destination
        self._around = around
        self._forget = forget
        self._sent: Message | None = None

    def start(self) -> None:
        self._take(self.machine.start(self._around.now()))

    def receive(self, request: Request) -> None:
        self._take(self.machine.receive(request, self._around.now()))

    def respond(self, response: Response) -> None:
        self._take(self.machine.respond(response, self._around.now()))

    def next_deadline(self) -> float | None:
        return self.machine.next_deadline()

    def wake(self, now: float) -> None:
        self._take(self.machine.handle_timers(now))

    def _failed(self, error: TransportFailed) -> None:
        self._take(self.machine.transport_failed(error, self._around.now()))

    def _take(self, effects: list[Effect]) -> None:
        self._around.alarms.watch(self)
        if effects:
            self._around.fifo.run(self._perform, effects)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send(message, repeated):
                gone = self.destination.reliable and not self._around.reaches(self.destination)
                to = self.fallback if gone else self.destination
                repeated = repeated or message is self._sent  # a 2xx, or a 180 after a minute
                self._sent = message
                self._around.transmit(message, to, repeated=repeated, failed=self._failed)
            case DeliverAck(ack):
                self._around.acknowledged(ack)
            case Forget():
                self._forget(self)
            case Fail() | Deliver():
                pass  # the peer repeats its request, or the dialog's own timers end the call
            case _:
                assert_never(effect)


class ClientRunner:
    """A client transaction and whoever waits for its responses.

    Attributes:
        heard_from: where the latest response came from, None before the first.
    """

    __slots__ = (
        "_around",
        "_forget",
        "_on_failure",
        "_on_response",
        "armed_at",
        "destination",
        "heard_from",
        "key",
        "machine",
    )

    def __init__(
        self,
        machine: Client,
        key: Key,
        destination: Address,
        around: Surroundings,
        forget: "Callable[[ClientRunner], None]",
        *,
        on_response: Callable[[Response], None],
        on_failure: Callable[[SipError], None],
    ) -> None:
        self.armed_at: float | None = None
        self.machine = machine
        self.key = key
        self.destination = destination
        self.heard_from: Address | None = None
        self._around = around
        self._forget = forget
        self._on_response = on_response
        self._on_failure = on_failure

    def start(self) -> None:
        self._take(self.machine.start(self._around.now()))

    def receive(self, response: Response, source: Address) -> None:
        self.heard_from = source
        self._take(self.machine.receive(response, self._around.now()))

    def fail(self, error: TransportFailed) -> None:
        """What was sent cannot have arrived, or nobody is there to answer it any more."""
        self._take(self.machine.transport_failed(error, self._around.now()))

    def abandon(self) -> None:
        """Forget it now; whatever still comes is a stray."""
        self.armed_at = None  # no alarm finds it any more
        self._forget(self)

    def next_deadline(self) -> float | None:
        return self.machine.next_deadline()

    def wake(self, now: float) -> None:
        self._take(self.machine.handle_timers(now))

    def _take(self, effects: list[Effect]) -> None:
        self._around.alarms.watch(self)
        if effects:
            self._around.fifo.run(self._perform, effects)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send(message, repeated):
                self._around.transmit(
                    message, self.destination, repeated=repeated, failed=self.fail
                )
            case Deliver(response):
                self._on_response(response)
            case Fail(error):
                self._on_failure(error)
            case Forget():
                self._forget(self)
            case DeliverAck():
                raise AssertionError("a client transaction has no ACK to deliver")
            case _:
                assert_never(effect)
