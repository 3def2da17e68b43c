"""Our own registration on the network: refreshed by itself until it is stopped."""

import logging
from collections.abc import Callable
from typing import assert_never

from sip.address import Address, Target
from sip.edges.delivery import Delivery
from sip.edges.transaction_layer import TransactionLayer
from sip.errors import SipError
from sip.message import Request, Response
from sip.registration_client import (
    Ask,
    Registered,
    RegistrationClient,
    RegistrationEffect,
    RegistrationEvent,
    Tell,
)

_log = logging.getLogger(__name__)


class SipRegistration:
    """Made by `UserAgent.register`. `on_event` is told on the loop.

    Attributes:
        heard_from: where the registrar's latest answer came from.
    """

    def __init__(
        self,
        client: RegistrationClient,
        target: Target,
        layer: TransactionLayer,
        delivery: Delivery,
        on_event: Callable[[RegistrationEvent], None],
        *,
        keep_alive_s: float,
    ) -> None:
        """`keep_alive_s`: how often a router between us and the registrar sees a sign of life."""
        self._keep_alive_s = keep_alive_s
        self._sign_due: float | None = None
        self.armed_at: float | None = None
        self.on_event = on_event
        self._client = client
        self._target = target
        self._layer = layer
        self._delivery = delivery
        self.heard_from: Address | None = None

    def start(self) -> None:
        self._take(self._client.start())

    def stop(self) -> None:
        """Unregister; `Unregistered` is told when the registrar has answered or is silent."""
        self._take(self._client.stop())

    def next_deadline(self) -> float | None:
        deadlines = (self._client.next_deadline(), self._sign_due)
        return min((at for at in deadlines if at is not None), default=None)

    def wake(self, now: float) -> None:
        if self._sign_due is not None and self._sign_due <= now and self.heard_from is not None:
            self._layer.keep_alive(self.heard_from)
            self._sign_due = now + self._keep_alive_s
        self._take(self._client.handle_timers(now))

    def _take(self, effects: list[RegistrationEffect]) -> None:
        self._layer.alarms.watch(self)
        self._layer.fifo.run(self._perform, effects)

    def _perform(self, effect: RegistrationEffect) -> None:
        match effect:
            case Ask(request):
                self._ask(request)
            case Tell(event):
                there = isinstance(event, Registered)
                self._sign_due = self._layer.now() + self._keep_alive_s if there else None
                self._layer.alarms.watch(self)
                self.on_event(event)
            case _:
                assert_never(effect)

    def _ask(self, request: Request) -> None:
        def answered(response: Response) -> None:
            self.heard_from = sending.heard_from
            self._take(self._client.receive(request, response, self._layer.now()))

        sending = self._delivery.send(
            request,
            self._target.address,
            on_response=answered,
            on_failure=lambda error: self._failed(request, error),
            on_contact=self._client.found_at,
        )

    def _failed(self, request: Request, error: SipError) -> None:
        _log.debug("REGISTER at %s: %s", request.uri, error)
        self._take(self._client.failed(request, error, self._layer.now()))
