"""Requests outside dialogs that need nobody else: OPTIONS and REGISTER, and every refusal."""

from collections.abc import Callable
from random import Random

from sip.address import Address
from sip.dialogs.capabilities import options_response
from sip.edges.outgoing import random_tag
from sip.edges.registrations import Registrations
from sip.edges.transaction_layer import TransactionLayer
from sip.guard import Guard
from sip.message import Request
from sip.observer import SipObserver
from sip.rejections import Rejection
from sip.transactions.matching import Key


class Reception:
    def __init__(
        self,
        layer: TransactionLayer,
        registrations: Registrations,
        guard: Guard,
        observer: SipObserver,
        *,
        rng: Random,
        is_trusted: Callable[[Address], bool],
    ) -> None:
        self._layer = layer
        self._registrations = registrations
        self._guard = guard
        self._observer = observer
        self._rng = rng
        self._is_trusted = is_trusted

    def asked(self, request: Request, key: Key, source: Address) -> None:
        """OPTIONS: 200 without authentication, §11.2, but not without limit."""
        now = self._layer.now()
        if not self._is_trusted(source) and not self._guard.allows(source.host, "options", now):
            self._observer.rejected(Rejection.OPTIONS_RATE)
            self.refuse(request, key, 480)
            return
        self._layer.respond(key, options_response(request, to_tag=random_tag(self._rng)))

    def register(self, request: Request, key: Key, source: Address) -> None:
        transport = self._layer.listeners.transport(source)
        received_by = transport.local if transport is not None else None
        right = self._registrations.register(
            request, source, received_by, lambda response: self._layer.respond(key, response)
        )
        if right is None:
            return
        if right:
            self._guard.credentials_accepted(source.host)
        else:
            self.distrust(source)

    def refuse(self, request: Request, key: Key, status: int) -> None:
        self._layer.respond(key, self._layer.refusal(request, status))

    def distrust(self, source: Address) -> None:
        """Count wrong credentials. A trunk or a proxy is never banned: all its calls would stop."""
        self._observer.rejected(Rejection.CREDENTIALS)
        if not self._is_trusted(source):
            self._guard.credentials_failed(source.host, self._layer.now())
