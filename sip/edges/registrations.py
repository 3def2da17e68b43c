"""The registrar on the network: REGISTER in, binding changes out, expiry on time."""

from collections.abc import Callable, Iterable
from random import Random

from sip.address import Address, Target
from sip.edges.alarm_clock import AlarmClock
from sip.edges.effect_fifo import EffectFifo
from sip.edges.keep_alive import KeepAlive
from sip.edges.outgoing import random_tag
from sip.location import BindingChange
from sip.message import Request, Response
from sip.registrar import Registrar


class Registrations:
    """Tells every change, after the response that it belongs to.

    Attributes:
        keep_alive: watches the ways to phones behind NAT, if anybody does.
    """

    def __init__(
        self,
        registrar: Registrar,
        *,
        alarms: AlarmClock,
        fifo: EffectFifo,
        rng: Random,
        clock: Callable[[], float],
        on_binding: Callable[[BindingChange], None],
    ) -> None:
        self.armed_at: float | None = None
        self._registrar = registrar
        self.keep_alive: KeepAlive | None = None
        self._alarms = alarms
        self._fifo = fifo
        self._rng = rng
        self._clock = clock
        self._on_binding = on_binding
        alarms.watch(self)

    def register(
        self,
        request: Request,
        source: Address,
        received_by: Address | None,
        respond: Callable[[Response], None],
    ) -> bool | None:
        """Answer a REGISTER. Whether its credentials were right; None if it had none.

        Raises:
            MalformedMessage: answer its status.
        """
        registration = self._registrar.register(
            request,
            source,
            self._clock(),
            to_tag=random_tag(self._rng),
            received_by=received_by,
        )
        respond(registration.response)
        if registration.response.status == 200 and self.keep_alive is not None:
            self.keep_alive.registered(source)
        self._tell(registration.changes)
        if registration.response.status == 401:
            return None
        return not registration.wrong_credentials

    def disconnected(self, peer: Address) -> None:
        """What was registered over the connection cannot be reached any more."""
        self._tell(self._registrar.location.drop_source(peer, self._clock()))

    def flow_failed(self, target: Target) -> None:
        self._tell(self._registrar.location.drop_flow(target, self._clock()))

    def next_deadline(self) -> float | None:
        return self._registrar.next_deadline()

    def wake(self, now: float) -> None:
        self._tell(self._registrar.expire(now))

    def _tell(self, changes: Iterable[BindingChange]) -> None:
        self._alarms.watch(self)
        self._fifo.run(self._on_binding, changes)
